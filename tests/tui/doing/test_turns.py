"""Whose turn is next."""

from __future__ import annotations

import asyncio

from dfs_tui.doing.turns import Turns

from .test_gate import until


class Waiters:
    """Things that wait for a turn, and each keep theirs until they are told to end."""

    def __init__(self, at_once: int) -> None:
        self.turns = Turns(at_once)
        self.ranks: dict[str, int] = {}
        self.had: list[str] = []
        self.ends: dict[str, asyncio.Event] = {}
        self.tasks: dict[str, asyncio.Task[None]] = {}

    async def come(self, *names: str) -> None:
        for name in names:
            self.ends[name] = asyncio.Event()
            self.tasks[name] = asyncio.create_task(self._wait(name))
        for _ in range(3):
            await asyncio.sleep(0)

    async def _wait(self, name: str) -> None:
        async with self.turns.turn(lambda: self.ranks.get(name, 0)):
            self.had.append(name)
            await self.ends[name].wait()

    async def end(self, name: str) -> None:
        self.ends[name].set()
        before = len(self.had)
        await until(lambda: self.tasks[name].done() and len(self.had) > before)


async def test_who_came_first_goes_first_among_equals() -> None:
    waiters = Waiters(2)
    await waiters.come("a", "b", "c", "d")
    assert waiters.had == ["a", "b"]
    await waiters.end("b")
    await waiters.end("a")
    assert waiters.had == ["a", "b", "c", "d"]


async def test_a_rank_that_is_given_while_all_wait_decides_who_is_next() -> None:
    waiters = Waiters(1)
    await waiters.come("a", "b", "c", "d")
    waiters.ranks |= {"d": 1, "b": -1}
    assert waiters.had == ["a"], "what has its turn keeps it"
    for name in "adc":
        await waiters.end(name)
    assert waiters.had == ["a", "d", "c", "b"]


async def test_who_is_cancelled_while_it_waits_takes_no_turn() -> None:
    waiters = Waiters(1)
    await waiters.come("a", "b", "c")
    waiters.tasks["b"].cancel()
    await waiters.end("a")
    assert waiters.had == ["a", "c"]


async def test_a_turn_given_to_one_who_is_cancelled_in_that_moment_goes_to_the_next() -> None:
    waiters = Waiters(1)
    async with waiters.turns.turn(lambda: 0):
        await waiters.come("b", "c")
    waiters.tasks["b"].cancel()  # it was given the turn just now, and does not know yet
    await until(lambda: waiters.had == ["c"])
    assert waiters.tasks["b"].cancelled()
