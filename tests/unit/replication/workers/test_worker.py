"""One worker's loop on a clock that stands still: when it works, rests, waits, and what it says of itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from dfs_core.errors import NoMajority, StoreFull
from dfs_core.replication.workers.worker import ERROR_REST_S_MAX, PACE_MAX, REST_S_MAX, Rate, Runner
from dfs_core.testing.clock import ManualClock

from .working import Diligent, settle


class Bench:
    """A worker, what runs it, and its time."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.worker = Diligent(self.clock)
        self.runner = Runner(self.worker, self.clock, pace=2.0)
        self.running = asyncio.create_task(self.runner.run())

    @property
    def state(self) -> str:
        return self.runner.status().state

    async def work_for(self, seconds: float) -> None:
        """A step that takes so long, up to its end."""
        self.worker.give(seconds)
        await self.clock.sleeping()
        self.clock.advance(seconds)
        await settle()


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    made = Bench()
    await settle()
    yield made
    made.running.cancel()
    await asyncio.wait({made.running})


async def test_a_worker_without_work_is_idle_until_there_is_some(bench: Bench) -> None:
    assert (bench.state, bench.worker.stepped, bench.worker.waited) == ("idle", 1, 1)
    bench.worker.give(0.0)
    await settle()
    assert bench.worker.figures.done == 1
    assert bench.state == "idle"


async def test_after_a_step_it_rests_as_many_times_as_long_as_the_pace_says(bench: Bench) -> None:
    bench.worker.give(3.0, 3.0)
    await bench.clock.sleeping()
    assert bench.state == "busy"
    bench.clock.advance(3.0)
    await settle()
    assert (bench.state, bench.worker.figures.done) == ("resting", 1)
    bench.clock.advance(5.9)
    await settle()
    assert (bench.state, bench.worker.stepped) == ("resting", 2)
    bench.clock.advance(0.1)
    await settle()
    assert (bench.state, bench.worker.stepped) == ("busy", 3)


async def test_a_step_that_hung_is_not_followed_by_hours_of_rest(bench: Bench) -> None:
    await bench.work_for(10_000.0)
    bench.worker.give(1.0)
    bench.clock.advance(REST_S_MAX)
    await settle()
    assert bench.state == "busy"


async def test_a_pace_of_nothing_never_rests_and_lets_others_run(bench: Bench) -> None:
    bench.runner.set_pace(0.0)
    bench.worker.give(*[0.0] * 5)
    await settle()
    assert (bench.worker.figures.done, bench.state) == (5, "idle")


@pytest.mark.parametrize("pace", [-0.1, PACE_MAX + 1, float("nan"), float("inf")])
async def test_a_pace_that_means_nothing_is_refused(bench: Bench, pace: float) -> None:
    with pytest.raises(ValueError, match="pace"):
        bench.runner.set_pace(pace)
    assert bench.runner.pace == 2.0


async def test_a_paused_worker_ends_its_step_and_begins_no_other(bench: Bench) -> None:
    bench.worker.give(3.0, 3.0)
    await bench.clock.sleeping()
    bench.runner.pause()
    assert (bench.state, bench.runner.status().paused) == ("busy", True)
    bench.clock.advance(3.0)
    await settle()
    assert (bench.state, bench.worker.figures.done) == ("paused", 1)
    bench.clock.advance(1000.0)
    await settle()
    assert bench.worker.figures.done == 1
    bench.runner.resume()
    await bench.clock.sleeping()
    assert bench.state == "busy"


async def test_a_pause_is_heard_while_it_rests_and_while_it_waits(bench: Bench) -> None:
    bench.runner.pause()
    await settle()
    assert bench.state == "paused"
    bench.runner.resume()
    await bench.work_for(3.0)
    assert bench.state == "resting"
    bench.runner.pause()
    await settle()
    assert bench.state == "paused"


async def test_who_hurries_a_worker_ends_its_rest_but_not_its_pause(bench: Bench) -> None:
    await bench.work_for(3.0)
    bench.worker.give(1.0)
    bench.runner.hurry()
    await settle()
    assert bench.state == "busy"
    bench.runner.pause()
    bench.clock.advance(1.0)
    await settle()
    stepped = bench.worker.stepped
    bench.runner.hurry()
    await settle()
    assert (bench.state, bench.worker.stepped) == ("paused", stepped)


async def test_a_hurry_during_a_step_is_not_lost(bench: Bench) -> None:
    bench.worker.give(3.0, 1.0)
    await bench.clock.sleeping()
    bench.runner.hurry()
    bench.clock.advance(3.0)
    await settle()
    assert (bench.state, bench.worker.stepped) == ("busy", 3)


async def test_an_expected_error_is_shown_and_tried_again_ever_more_slowly(bench: Bench) -> None:
    assert (bench.runner.status().last_error, bench.runner.status().last_error_s) == ("", -1.0)
    bench.worker.give(StoreFull("no room"), *[NoMajority([])] * 9)
    await settle()
    assert bench.state == "resting"
    assert "no room" in bench.runner.status().last_error
    waited = []
    while bench.worker.work:
        before, started = len(bench.worker.work), bench.clock.now()
        while len(bench.worker.work) == before:
            bench.clock.advance(0.5)
            await settle()
        waited.append(bench.clock.now() - started)
    assert waited == [1.0, 2.0, 4.0, 8.0, 16.0, *[ERROR_REST_S_MAX] * 4]
    bench.clock.advance(ERROR_REST_S_MAX)
    await settle()
    status = bench.runner.status()
    assert (status.state, status.last_error_s) == ("idle", ERROR_REST_S_MAX), "the last error stays to be seen"


async def test_an_error_that_is_over_is_forgotten_by_the_rest_of_the_next_one(bench: Bench) -> None:
    bench.worker.give(StoreFull("no room"), StoreFull("no room"))
    await settle()
    bench.clock.advance(1.0)
    await settle()
    bench.clock.advance(2.0)
    await settle()
    assert bench.state == "idle"
    bench.worker.give(StoreFull("no room"))
    await settle()
    bench.clock.advance(1.0)
    await settle()
    assert bench.state == "idle"


async def test_a_bug_ends_the_loop(bench: Bench) -> None:
    bench.worker.give(RuntimeError("a bug"))
    with pytest.raises(RuntimeError, match="a bug"):
        await bench.running
    assert bench.state == "stopped"


async def test_a_timeout_that_the_worker_itself_lets_out_is_a_bug_too(bench: Bench) -> None:
    bench.worker.give(TimeoutError("not ours"))
    with pytest.raises(TimeoutError, match="not ours"):
        await bench.running


async def test_a_status_shows_what_the_worker_counts(bench: Bench) -> None:
    bench.worker.figures.oldest_s, bench.worker.figures.detail = 12.0, "half-way"
    bench.worker.give(3.0, 3.0)
    await bench.clock.sleeping()
    status = bench.runner.status()
    assert (status.name, status.waiting, status.oldest_s, status.detail) == ("diligent", 2, 12.0, "half-way")
    assert (status.done, status.done_bytes, status.pace) == (0, 0, 2.0)


def test_a_rate_follows_what_is_done_and_falls_when_nothing_is() -> None:
    rate = Rate()
    assert rate.at(0.0, 0) == 0.0
    rates = [rate.at(second, 10 * second) for second in range(1, 30)]
    assert rates == sorted(rates)
    assert rates[-1] == pytest.approx(10.0, rel=0.01)
    assert rate.at(29.1, 290) == rates[-1], "asked too soon to say anything new"
    falling = [rate.at(30.0 + second, 290) for second in range(30)]
    assert falling == sorted(falling, reverse=True)
    assert falling[-1] < 0.1
