"""Time passes when a test says so, and not otherwise."""

from __future__ import annotations

import asyncio

import pytest

from dfs_core.clock import Clock
from dfs_core.testing.clock import ManualClock


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


async def sleep_and_tell(clock: Clock, seconds: float, told: list[float]) -> None:
    await clock.sleep(seconds)
    told.append(seconds)


async def test_sleepers_wake_in_the_order_of_their_times(clock: ManualClock) -> None:
    told: list[float] = []
    async with asyncio.TaskGroup() as group:
        for seconds in (3, 1, 2):
            group.create_task(sleep_and_tell(clock, seconds, told))
        await clock.sleeping(3)
        clock.advance(10)
    assert told == [1, 2, 3]
    assert clock.now() == 10


async def test_nobody_wakes_early(clock: ManualClock) -> None:
    told: list[float] = []
    async with asyncio.TaskGroup() as group:
        sleeper = group.create_task(sleep_and_tell(clock, 5, told))
        await clock.sleeping()
        clock.advance(4.999)
        await asyncio.sleep(0)
        assert not sleeper.done()
        clock.advance(0.001)
    assert told == [5]


async def test_a_cancelled_sleeper_is_forgotten(clock: ManualClock) -> None:
    sleeper = asyncio.ensure_future(clock.sleep(5))
    await clock.sleeping()
    sleeper.cancel()
    await asyncio.wait([sleeper])
    waiting = asyncio.ensure_future(clock.sleeping())
    await asyncio.sleep(0)
    assert not waiting.done(), "it no longer counts as sleeping"
    clock.advance(10)
    other = asyncio.ensure_future(clock.sleep(1))
    await waiting
    clock.advance(1)
    await other


async def test_no_time_to_sleep_lets_others_run(clock: ManualClock) -> None:
    told: list[str] = []
    asyncio.get_running_loop().call_soon(told.append, "other")
    await clock.sleep(0)
    assert told == ["other"]
    assert clock.now() == 0


def test_the_wall_moves_along_and_may_jump(clock: ManualClock) -> None:
    start = clock.wall()
    clock.advance(5)
    assert clock.wall() == start + 5
    clock.set_wall(0)
    assert (clock.wall(), clock.now()) == (0, 5)


def test_time_does_not_go_back(clock: ManualClock) -> None:
    with pytest.raises(ValueError, match="back"):
        clock.advance(-1)
