from __future__ import annotations

import asyncio
import time

from dfs_core.clock import Clock, SystemClock
from dfs_core.testing.clock import ManualClock


async def test_now_is_the_time_of_the_running_loop() -> None:
    before = asyncio.get_running_loop().time()
    now = SystemClock().now()
    assert before <= now <= asyncio.get_running_loop().time()


async def test_sleep_lets_others_run_and_at_least_that_much_time_pass() -> None:
    clock = SystemClock()
    began, ran = clock.now(), asyncio.Event()
    asyncio.get_running_loop().call_soon(ran.set)
    await clock.sleep(0.01)
    assert ran.is_set()
    assert clock.now() - began >= 0.01


async def test_a_sleep_can_be_cancelled() -> None:
    sleeper = asyncio.create_task(SystemClock().sleep(3600))
    await asyncio.sleep(0)
    sleeper.cancel()
    await asyncio.wait({sleeper})
    assert sleeper.cancelled()


def test_the_wall_clock_is_seconds_since_1970() -> None:
    before = time.time()
    assert before <= SystemClock().wall() <= time.time()


async def test_a_clock_of_the_tests_can_stand_in_for_it() -> None:
    clock: Clock = ManualClock(now=5.0)
    assert clock.now() == 5.0
    sleeper = asyncio.create_task(clock.sleep(2))
    assert isinstance(clock, ManualClock)
    await clock.sleeping()
    clock.advance(2)
    await sleeper
    assert clock.now() == 7.0
