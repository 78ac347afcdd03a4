"""What is noticed comes into the queue, also when the disk is full for a while."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dfs_core.errors import StoreFull
from dfs_core.model.ids import Address, NodeId
from dfs_core.replication.workers import owed as owed_module
from dfs_core.replication.workers.owed import Owed
from dfs_core.store.queue import ResyncQueue
from dfs_core.store.state import NodeState
from dfs_core.testing.clock import ManualClock

ME, OTHER = NodeId(b"\x01" * 32), NodeId(b"\x02" * 32)
TEA, MILK = Address.of(b"tea"), Address.of(b"milk")


class Bench:
    def __init__(self, folder: Path) -> None:
        self.clock = ManualClock()
        self.state = NodeState(folder / "state.sqlite")
        self.queue = ResyncQueue(self.state)
        self.lengths: list[int] = []
        self.owed = Owed(node=ME, queue=self.queue, clock=self.clock, length=self.lengths.append)

    async def due(self) -> list[tuple[Address, NodeId]]:
        await self.owed.flush()
        return await self.owed.take(10, 0, 10)


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.state.close()


async def test_what_is_noticed_is_queued_at_the_next_flush_and_wakes_everybody(bench: Bench) -> None:
    events = [bench.owed.listen(), bench.owed.listen()]
    bench.owed.owe(TEA, OTHER)
    assert all(event.is_set() for event in events)
    assert bench.owed.length() == 0
    assert await bench.due() == [(TEA, OTHER)]
    assert bench.lengths == [1]


async def test_what_the_audit_tells_is_on_disk_when_it_is_answered(bench: Bench) -> None:
    await bench.owed.owe_here([TEA, MILK], bytes([2, 0]))
    assert (bench.owed.length(0, 0), bench.owed.length(2, 2)) == (1, 1)
    assert await bench.due() == [(MILK, ME), (TEA, ME)]
    await bench.owed.owe_here([Address.of(b"many")], bytes([255]))
    assert bench.owed.length() == 3


async def test_a_full_disk_forgets_nothing(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise StoreFull("no room")

    bench.owed.owe(TEA, OTHER)
    bench.owed.returned(OTHER)
    with monkeypatch.context() as patched:
        patched.setattr(bench.queue, "add_all", full)
        with pytest.raises(StoreFull):
            await bench.owed.flush()
    assert await bench.due() == [(TEA, OTHER)]


async def test_there_is_a_bound_to_what_waits_for_the_disk(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(owed_module, "ARRIVED_MAX", 2)
    for number in range(5):
        bench.owed.owe(Address.of(bytes([number])), OTHER)
    assert len(await bench.due()) == 2


async def test_what_failed_waits_unless_somebody_came_back_meanwhile(bench: Bench) -> None:
    for back, due_again in ((False, []), (True, [(TEA, OTHER)])):
        bench.owed.owe(TEA, OTHER)
        bench.owed.hurry()
        (item,) = await bench.due()
        returns = bench.owed.returns
        if back:
            bench.owed.returned(OTHER)
        await bench.owed.failed(item, "it was down", returns)
        assert await bench.due() == due_again


async def test_who_comes_back_while_a_failure_is_written_down_is_not_waited_for(bench: Bench) -> None:
    """Found by seed 29: a flush in between hurried the item before it waited."""
    bench.owed.owe(TEA, OTHER)
    (item,) = await bench.due()
    returns = bench.owed.returns
    bench.owed.returned(OTHER)
    failing = asyncio.ensure_future(bench.owed.failed(item, "it was down", returns))
    await bench.owed.flush()
    await failing
    assert await bench.due() == [item]


async def test_what_nobody_had_waits_until_anybody_comes_back_whoever_is_owed_it(bench: Bench) -> None:
    third = NodeId(bytes([3] * 32))
    bench.owed.owe(TEA, OTHER)
    (item,) = await bench.due()
    for sourceless, due_again in ((False, []), (True, [item])):
        await bench.owed.failed(item, "it is on no reachable node", bench.owed.returns, sourceless=sourceless)
        assert await bench.due() == []
        bench.owed.returned(third)
        assert await bench.due() == due_again


async def test_after_a_start_nothing_waits_for_its_backoff(bench: Bench) -> None:
    bench.owed.owe(TEA, OTHER)
    (item,) = await bench.due()
    await bench.owed.failed(item, "it is on no reachable node", bench.owed.returns)
    anew = Owed(node=ME, queue=ResyncQueue(bench.state), clock=bench.clock, length=bench.lengths.append)
    await anew.flush()
    assert await anew.take(10, 0, 10) == [item]


async def test_hurrying_makes_everything_due(bench: Bench) -> None:
    bench.owed.owe(TEA, OTHER)
    (item,) = await bench.due()
    await bench.owed.failed(item, "it is down", bench.owed.returns)
    assert await bench.due() == []
    bench.owed.hurry()
    assert await bench.due() == [item]


async def test_what_is_done_is_gone_and_the_age_is_that_of_the_oldest_left(bench: Bench) -> None:
    assert await bench.owed.oldest_s(0, 10) == -1.0
    bench.owed.owe(TEA, OTHER)
    await bench.due()
    bench.clock.advance(5.0)
    assert await bench.owed.oldest_s(0, 10) == 5.0
    await bench.owed.done([(TEA, OTHER)])
    assert (bench.owed.length(), bench.lengths[-1]) == (0, 0)


async def test_waiting_ends_when_something_comes_and_by_itself(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    event = bench.owed.listen()
    async with asyncio.timeout(10):
        waiting = asyncio.create_task(bench.owed.wait(event))
        bench.owed.owe(TEA, OTHER)
        await waiting
        event.clear()
        monkeypatch.setattr(owed_module, "LOOK_S", 0.001)
        await bench.owed.wait(event)
