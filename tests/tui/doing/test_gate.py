"""Pausing."""

from __future__ import annotations

import asyncio

import pytest

from dfs_tui.doing.gate import Gate


async def until(condition: object) -> None:
    async with asyncio.timeout(5):
        while not condition():  # type: ignore[operator]
            await asyncio.sleep(0)


async def passing(gate: Gate, begun: list[int], end: asyncio.Event) -> asyncio.Task[None]:
    """Something that notes each time it is begun, goes on until `end`, and has begun once."""

    async def act() -> None:
        begun.append(1)
        await end.wait()

    running = asyncio.create_task(gate.pass_through(act))
    await until(lambda: len(begun) == 1)
    return running


async def test_what_is_paused_is_broken_off_and_begun_again() -> None:
    gate, begun, end = Gate(), list[int](), asyncio.Event()
    running = await passing(gate, begun, end)
    gate.pause()
    assert gate.paused
    for _ in range(5):
        await asyncio.sleep(0)
    assert len(begun) == 1
    gate.resume()
    await until(lambda: len(begun) == 2)
    end.set()
    await running


async def test_cancelled_from_outside_it_ends_also_while_paused() -> None:
    gate = Gate()
    gate.pause()

    async def act() -> None:
        raise AssertionError("nothing begins while paused")

    running = asyncio.create_task(gate.pass_through(act))
    await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_what_it_raises_comes_out() -> None:
    async def act() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await Gate().pass_through(act)


async def test_what_goes_on_before_it_was_quite_broken_off_is_begun_again_all_the_same() -> None:
    gate, begun, end = Gate(), list[int](), asyncio.Event()
    running = await passing(gate, begun, end)
    gate.pause()
    gate.resume()
    end.set()
    await running
    assert len(begun) == 2
