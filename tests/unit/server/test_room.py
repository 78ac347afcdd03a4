from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from dfs_core.encoding.control_messages import EventRecorded
from dfs_core.errors import StoreError
from dfs_core.limits import MIB
from dfs_core.server.events import EventBus
from dfs_core.server.room import Room
from dfs_core.store.memory import MemoryChunkStore
from dfs_core.testing.clock import ManualClock


class Bench:
    """A node's room: the disk reserve is what the test says, the store is full when its capacity is 0."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.store = MemoryChunkStore(capacity_bytes=100 * MIB)
        self.events = EventBus(self.clock)
        self.watcher = self.events.subscribe()
        self.kept, self.failing, self.returns = True, False, 0
        self.room = Room(self, store=self.store, events=self.events, clock=self.clock, returned=self._returned)  # type: ignore[arg-type]

    def look(self) -> bool:
        if self.failing:
            raise StoreError("the disk is gone")
        return self.kept

    async def _returned(self) -> None:
        self.returns += 1


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    yield Bench()


async def test_room_is_not_worth_a_word(bench: Bench) -> None:
    await bench.room.look()
    assert (bench.room.alarm(), bench.returns) == ([], 0)


async def test_no_room_is_said_once_and_what_waited_for_some_goes_on_when_there_is(bench: Bench) -> None:
    bench.store.set_capacity(0)
    for _ in range(2):
        await bench.room.look()
    assert bench.room.alarm() == ["this node has no room for chunks; others take them"]
    assert bench.returns == 0
    bench.store.set_capacity(100 * MIB)
    for _ in range(2):
        await bench.room.look()
    assert (bench.room.alarm(), bench.returns) == ([], 1)
    lines = [await bench.watcher.next(), await bench.watcher.next()]
    assert [line.level for line in lines if isinstance(line, EventRecorded)] == ["warning", "info"]


async def test_room_for_a_chunk_or_two_is_not_room_again(bench: Bench) -> None:
    bench.store.set_capacity(0)
    await bench.room.look()
    bench.store.set_capacity(MIB)
    await bench.room.look()
    assert bench.returns == 0
    assert bench.room.alarm()


async def test_a_disk_that_others_fill_is_said_to_be_full(bench: Bench) -> None:
    bench.kept = False
    await bench.room.look()
    assert bench.room.alarm() == ["the disk of this node is full, others fill it too: free space on it"]


async def test_a_disk_that_does_not_answer_is_looked_at_again(bench: Bench) -> None:
    bench.failing = True
    running = asyncio.create_task(bench.room.run())
    await bench.clock.sleeping()
    bench.failing, bench.kept = False, False
    bench.clock.advance(1.0)
    await bench.clock.sleeping()
    assert bench.room.alarm()
    running.cancel()
    await asyncio.wait({running})
