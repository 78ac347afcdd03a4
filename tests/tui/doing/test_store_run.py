"""One store of many files."""

from __future__ import annotations

import asyncio

from dfs_tui.doing.gate import Gate
from dfs_tui.doing.store_run import StoreRun
from dfs_tui.doing.turns import Turns
from dfs_tui.sources.base import Moved, SourceError
from dfs_tui.view.plan import ToStore

FILES = [ToStore(f"/d/{name}", name, 10) for name in "abcd"]


def run_of(fails: dict[str, SourceError], told: list[tuple[int, int]]) -> StoreRun:
    async def store(item: ToStore, moved: Moved) -> None:
        moved(5)
        if item.key in fails:
            raise fails[item.key]

    turns = Turns(1)
    return StoreRun(
        store, lambda _: turns.turn(lambda: 0), Gate(), FILES, lambda done, files, stored: told.append((done, files))
    )


async def test_one_that_fails_does_not_stop_the_others_and_is_what_is_left() -> None:
    told: list[tuple[int, int]] = []
    run = run_of({"b": SourceError("no")}, told)
    await run.carry_out(2)
    assert [item.key for item in run.left()] == ["b"]
    assert run.failures == [(FILES[1], "no")]
    assert told[-1] == (30, 3)


async def test_what_concerns_everything_stops_everything() -> None:
    run = run_of({"a": SourceError("full", everything=True)}, [])
    await run.carry_out(1)
    assert len(run.left()) == 4
    assert len(run.failures) == 1
    assert run.said_when_cancelled() == "0 of 4 files were stored"


async def test_what_is_paused_gives_its_turn_to_others() -> None:
    turns, gate, end, begun = Turns(1), Gate(), asyncio.Event(), asyncio.Event()

    async def store(item: ToStore, moved: Moved) -> None:
        begun.set()
        await end.wait()

    run = StoreRun(store, lambda _: turns.turn(lambda: 0), gate, FILES[:1], lambda done, files, stored: None)
    running = asyncio.create_task(run.carry_out(1))
    await begun.wait()
    gate.pause()
    async with asyncio.timeout(5), turns.turn(lambda: 0):
        assert not run.files_done
    gate.resume()
    end.set()
    async with asyncio.timeout(5):
        await running
    assert run.files_done == 1
