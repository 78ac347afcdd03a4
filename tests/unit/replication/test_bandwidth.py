"""The limit of repair, on a clock that stands still."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

import pytest

from dfs_core.replication.bandwidth import BURST_S, Bandwidth
from dfs_core.testing.clock import ManualClock


class Bench:
    def __init__(self, limit: int) -> None:
        self.clock, self.limit = ManualClock(), limit
        self.bandwidth = Bandwidth(self.clock, lambda: self.limit)

    async def seconds(self, work: Awaitable[None], step_s: float = 0.25) -> float:
        """How long `work` takes, as far as the clock tells."""
        started = self.clock.now()
        task = asyncio.ensure_future(work)
        while True:
            for _ in range(5):
                await asyncio.sleep(0)
            if task.done():
                return self.clock.now() - started
            self.clock.advance(step_s)


async def test_without_a_limit_nothing_waits() -> None:
    bench = Bench(0)
    for _ in range(100):
        assert await bench.seconds(bench.bandwidth.take(1 << 30)) == 0.0
    assert bench.bandwidth.limit == 0


async def test_on_average_the_limit_holds_whatever_the_sizes() -> None:
    bench = Bench(1000)

    async def all_of_it() -> None:
        for size in (10, 990, 5000, 1, 999, 3000):
            await bench.bandwidth.take(size)

    took = await bench.seconds(all_of_it())
    assert 10_000 - 3000 - 1000 * BURST_S <= 1000 * took <= 10_000


async def test_who_comes_first_goes_first() -> None:
    bench, order = Bench(100), list[int]()

    async def take(number: int) -> None:
        await bench.bandwidth.take(100)
        order.append(number)

    async def all_of_them() -> None:
        await asyncio.gather(*(take(number) for number in range(5)))

    assert await bench.seconds(all_of_them()) >= 3.0
    assert order == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(("after", "least", "most"), [(0, 0.0, 1.0), (100_000, 0.0, 1.0), (10, 50.0, 110.0)])
async def test_a_change_holds_at_once_for_those_who_wait(after: int, least: float, most: float) -> None:
    bench = Bench(100)
    await bench.seconds(bench.bandwidth.take(1000))
    waiting = asyncio.create_task(bench.bandwidth.take(1000))
    await bench.clock.sleeping()
    bench.limit = after
    took = await bench.seconds(asyncio.wait_for(waiting, None))
    assert least <= took <= most


async def test_what_was_not_needed_after_all_is_there_for_the_next() -> None:
    bench = Bench(100)
    await bench.seconds(bench.bandwidth.take(1_000_000))
    bench.bandwidth.give_back(999_990)
    assert await bench.seconds(bench.bandwidth.take(10)) <= 1.0


async def test_who_stops_waiting_takes_nothing() -> None:
    bench = Bench(100)
    await bench.seconds(bench.bandwidth.take(150))
    waiting = asyncio.create_task(bench.bandwidth.take(1_000_000))
    await bench.clock.sleeping()
    waiting.cancel()
    await asyncio.wait({waiting})
    assert await bench.seconds(bench.bandwidth.take(10)) <= 1.0
