"""The workers of a node together: what is set for them lasts, and what changes is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from dfs_core.encoding.message import Message
from dfs_core.encoding.worker_messages import WorkerReported, WorkerStatus
from dfs_core.errors import InvalidInput, NotFound, StoreFull
from dfs_core.replication.workers.crew import PACE_DEFAULT, Crew
from dfs_core.testing.clock import ManualClock

from .working import Diligent, settle


class State:
    """What a node keeps, in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.full = False

    def get(self, name: str) -> bytes | None:
        return self.kept.get(name)

    def put(self, name: str, value: bytes) -> None:
        if self.full:
            raise StoreFull("no room")
        self.kept[name] = value


class Bench:
    """Two workers under one crew; `restart` is the node's."""

    def __init__(self) -> None:
        self.state, self.clock = State(), ManualClock()
        self.told: list[WorkerStatus] = []
        self.start()

    def start(self) -> None:
        self.first, self.second = Diligent(self.clock, "first"), Diligent(self.clock, "second")
        self.crew = Crew(kept=self.state, clock=self.clock, reported=self._hear)
        self.crew.add(self.first)
        self.crew.add(self.second, pace=7.0)
        self.running = asyncio.create_task(self.crew.run())

    def _hear(self, event: Message) -> None:
        assert isinstance(event, WorkerReported)
        self.told.append(event.worker)

    async def until(self, name: str, state: str) -> None:
        async with asyncio.timeout(10):
            while self.crew.status(name).state != state:
                await asyncio.sleep(0.001)

    async def stop(self) -> None:
        self.running.cancel()
        await asyncio.wait({self.running})


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    made = Bench()
    await made.until("second", "idle")
    yield made
    await made.stop()


async def test_workers_are_listed_in_their_order_with_their_pace(bench: Bench) -> None:
    assert [(one.name, one.pace, one.paused) for one in bench.crew.listing()] == [
        ("first", PACE_DEFAULT, False),
        ("second", 7.0, False),
    ]


async def test_what_is_set_for_a_worker_holds_over_a_restart(bench: Bench) -> None:
    assert (await bench.crew.set("first", "pause")).paused
    assert (await bench.crew.set("second", "pace", 0.5)).pace == 0.5
    await bench.stop()
    assert [one.state for one in bench.crew.listing()] == ["stopped", "stopped"]
    bench.start()
    await bench.until("first", "paused")
    await bench.until("second", "idle")
    assert [(one.paused, one.pace) for one in bench.crew.listing()] == [(True, PACE_DEFAULT), (False, 0.5)]
    assert not (await bench.crew.set("first", "resume")).paused
    await bench.until("first", "idle")


async def test_a_pause_holds_even_where_it_cannot_be_kept(bench: Bench) -> None:
    bench.state.full = True
    with pytest.raises(StoreFull):
        await bench.crew.set("first", "pause")
    await bench.until("first", "paused")


@pytest.mark.parametrize("action", ["stop", "", "Pause"])
async def test_what_a_worker_cannot_be_told_is_refused(bench: Bench, action: str) -> None:
    with pytest.raises(InvalidInput):
        await bench.crew.set("first", action)
    with pytest.raises(InvalidInput, match="pace"):
        await bench.crew.set("first", "pace", -1.0)
    assert bench.state.kept == {}


async def test_a_worker_that_is_not_there_is_named_with_those_that_are(bench: Bench) -> None:
    with pytest.raises(NotFound, match="first, second"):
        await bench.crew.set("third", "pause")
    with pytest.raises(NotFound):
        bench.crew.hurry("third")


async def test_two_workers_of_one_name_are_a_mistake(bench: Bench) -> None:
    with pytest.raises(ValueError, match="first"):
        bench.crew.add(Diligent(bench.clock, "first"))


async def test_changes_are_told_once_and_bursts_as_one(bench: Bench) -> None:
    bench.clock.advance(1.0)
    await settle()
    bench.told.clear()
    bench.first.give(*[0.0] * 50)
    await bench.first.idle(50)
    bench.clock.advance(1.0)
    await settle()
    assert [(one.name, one.done) for one in bench.told] == [("first", 50)]
    bench.clock.advance(1.0)
    await settle()
    assert len(bench.told) == 1, "nothing changed since"


async def test_who_hurries_a_worker_has_it_step(bench: Bench) -> None:
    stepped = bench.first.stepped
    bench.crew.hurry("first")
    await settle()
    assert bench.first.stepped == stepped + 1


async def test_a_bug_in_one_worker_ends_them_all(bench: Bench) -> None:
    bench.first.give(RuntimeError("a bug"))
    with pytest.raises(ExceptionGroup) as raised:
        await bench.running
    assert raised.value.subgroup(RuntimeError)
    assert [one.state for one in bench.crew.listing()] == ["stopped", "stopped"]
