from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from dfs_core.errors import ChunkNotFound, RemoteProtocolError, StoreFull
from dfs_core.limits import RESYNC_BACKOFF_S_MAX
from dfs_core.model.ids import Address
from dfs_core.model.layout import Layout
from dfs_core.model.member import State
from dfs_core.replication.bandwidth import Bandwidth
from dfs_core.replication.memberlist import MemberList, known_members
from dfs_core.replication.workers import owed as owed_module
from dfs_core.replication.workers.moving import Mover
from dfs_core.replication.workers.owed import Owed
from dfs_core.replication.workers.resync import Action, ChunkFacts, Resync, decide, work_off
from dfs_core.replication.workers.worker import Figures, Runner
from dfs_core.store.queue import ResyncQueue
from dfs_core.store.state import NodeState
from dfs_core.testing.clock import ManualClock

from ..chunk_world import World, node_id

ME, OTHER, THIRD = node_id(1), node_id(2), node_id(3)
TEA = Address.of(b"tea")


# Every combination of facts, and what is to be done. "Elsewhere" is how many placed holders have just confirmed.
#   held   placed referenced condemned elsewhere
DECISIONS = [
    (False, False, False, False, 0, Action.NOTHING),
    (False, False, False, True, 0, Action.NOTHING),
    (False, False, True, False, 0, Action.NOTHING),
    (False, False, True, True, 0, Action.NOTHING),
    (False, True, False, False, 0, Action.NOTHING),
    (False, True, False, True, 0, Action.NOTHING),
    (False, True, True, False, 0, Action.FETCH),
    (False, True, True, True, 0, Action.FETCH),
    (True, False, False, False, 0, Action.NOTHING),
    (True, False, False, True, 0, Action.DELETE),
    (True, False, True, False, 0, Action.OFFLOAD),
    (True, False, True, True, 0, Action.OFFLOAD),
    (True, True, False, False, 0, Action.NOTHING),
    (True, True, False, True, 0, Action.DELETE),
    (True, True, True, False, 0, Action.NOTHING),
    (True, True, True, True, 0, Action.NOTHING),
    (True, False, True, False, 2, Action.OFFLOAD),
    (True, False, True, False, 3, Action.DELETE),
    (True, False, True, True, 3, Action.DELETE),
    (True, False, False, False, 3, Action.NOTHING),
    (True, True, True, False, 3, Action.NOTHING),
    (False, True, True, False, 3, Action.FETCH),
]


@pytest.mark.parametrize(("held", "placed", "referenced", "condemned", "elsewhere", "action"), DECISIONS)
def test_each_combination_of_facts_has_one_answer(
    held: bool, placed: bool, referenced: bool, condemned: bool, elsewhere: int, action: Action
) -> None:
    assert decide(ChunkFacts(held, placed, referenced, condemned, elsewhere), copies=3) is action


def test_the_table_is_whole() -> None:
    assert {row[:4] for row in DECISIONS} == {
        (held, placed, referenced, condemned)
        for held in (False, True)
        for placed in (False, True)
        for referenced in (False, True)
        for condemned in (False, True)
    }


def test_a_copy_that_nobody_confirmed_stays_even_where_no_copies_are_wanted() -> None:
    assert decide(ChunkFacts(True, False, True, False, 0), copies=0) is Action.OFFLOAD


class Bench:
    """A resync worker over three nodes' stores, and the clock that its backoff goes by."""

    def __init__(self, folder: Path) -> None:
        self.world = World()
        self.clock = ManualClock()
        self.state = NodeState(folder / "state.sqlite")
        self.members = MemberList(known_members(1, 3, self.world.layout.members))
        self.limit = 0
        self.lengths: list[int] = []
        self.restored: list[Address] = []
        self._heard = asyncio.Event()
        self._start()

    def _start(self) -> None:
        self.owed = Owed(node=ME, queue=ResyncQueue(self.state), clock=self.clock, length=self._length)
        mover = Mover(
            node=ME,
            store=self.world.stores[ME],
            chunks=self.world.chunks,
            peers=self.world,
            members=self.members,
            bandwidth=Bandwidth(self.clock, lambda: self.limit),
            restored=self._restored,
            referenced=self._referenced,
        )
        self.resync = Resync(owed=self.owed, mover=mover, members=self.members)
        self.running = asyncio.create_task(Runner(self.resync, self.clock, pace=0.0).run())

    def _restored(self, address: Address, size: int) -> None:
        assert size > 0
        self.restored.append(address)

    async def _referenced(self, addresses: Sequence[Address]) -> list[bool]:
        return [True] * len(addresses)

    def _length(self, length: int) -> None:
        self.lengths.append(length)
        self._heard.set()

    async def until(self, holds: Callable[[], bool]) -> None:
        """Return once `holds()`, looked at whenever the worker has taken another look at its queue."""
        async with asyncio.timeout(10):
            while not holds():
                self._heard.clear()
                await self._heard.wait()

    async def rest(self) -> None:
        """Let the worker look at its queue twice more, so that what it was going to do it has done."""
        seen = len(self.lengths)
        await self.until(lambda: len(self.lengths) >= seen + 3)

    def list_as(self, node: int, state: State) -> None:
        """The log says that this member is in another state now."""
        layout = self.world.layout
        members = tuple(
            replace(member, state=state) if member.node == node_id(node) else member for member in layout.members
        )
        self.world.layout = Layout(layout.revision + 1, members, layout.copies)
        self.members.offer(known_members(layout.revision + 1, layout.copies, members))

    async def restart(self) -> None:
        await self.stop()
        self._start()

    async def stop(self) -> None:
        self.running.cancel()
        await asyncio.wait({self.running})

    async def close(self) -> None:
        await self.stop()
        await self.world.chunks.close()
        self.state.close()


@pytest.fixture
async def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bench]:
    monkeypatch.setattr(owed_module, "LOOK_S", 0.005)
    made = Bench(tmp_path)
    yield made
    await made.close()


async def test_a_copy_that_is_owed_is_handed_over(bench: Bench) -> None:
    await bench.world.stores[ME].put(TEA, b"tea")
    bench.owed.owe(TEA, OTHER)
    await bench.until(lambda: TEA in bench.world.stores[OTHER].chunks)
    await bench.until(lambda: bench.lengths[-1] == 0)


async def test_a_copy_is_fetched_elsewhere_when_this_node_has_none(bench: Bench) -> None:
    await bench.world.stores[THIRD].put(TEA, b"tea")
    bench.owed.owe(TEA, OTHER)
    await bench.until(lambda: TEA in bench.world.stores[OTHER].chunks)


async def test_who_has_the_copy_already_is_sent_nothing(bench: Bench) -> None:
    for node in (ME, OTHER):
        await bench.world.stores[node].put(TEA, b"tea")
    bench.owed.owe(TEA, OTHER)
    await bench.until(lambda: 1 in bench.lengths and bench.lengths[-1] == 0)
    assert bench.world.sent == []


async def test_a_holder_that_is_down_gets_its_copy_when_it_is_back(bench: Bench) -> None:
    await bench.world.stores[ME].put(TEA, b"tea")
    bench.world.down.add(OTHER)
    bench.owed.owe(TEA, OTHER)
    await bench.until(lambda: 1 in bench.lengths)
    await bench.rest()
    assert bench.lengths[-1] == 1
    bench.world.down.clear()
    bench.clock.advance(RESYNC_BACKOFF_S_MAX)
    await bench.until(lambda: TEA in bench.world.stores[OTHER].chunks)


async def test_who_is_back_gets_its_copies_whatever_the_backoff(bench: Bench) -> None:
    await bench.world.stores[ME].put(TEA, b"tea")
    bench.world.down.add(OTHER)
    bench.owed.owe(TEA, OTHER)
    await bench.until(lambda: 1 in bench.lengths)
    await bench.rest()
    bench.world.down.clear()
    bench.owed.returned(THIRD)
    await bench.rest()
    assert bench.world.sent == [], "somebody else is back"
    bench.owed.returned(OTHER)
    await bench.until(lambda: TEA in bench.world.stores[OTHER].chunks)


async def test_a_peer_that_is_back_is_asked_for_what_this_node_is_to_hand_over_and_has_not(bench: Bench) -> None:
    await bench.world.stores[THIRD].put(TEA, b"tea")
    bench.world.down.add(THIRD)
    bench.owed.owe(TEA, OTHER)
    await bench.until(lambda: 1 in bench.lengths)
    await bench.rest()
    bench.world.down.clear()
    bench.owed.returned(THIRD)
    await bench.until(lambda: TEA in bench.world.stores[OTHER].chunks)


async def test_a_peer_that_is_back_is_asked_for_what_this_node_lacks(bench: Bench) -> None:
    bench.owed.owe(TEA, ME)
    await bench.until(lambda: 1 in bench.lengths)
    await bench.rest()
    await bench.world.stores[OTHER].put(TEA, b"tea")
    bench.owed.returned(OTHER)
    await bench.until(lambda: TEA in bench.world.stores[ME].chunks)


@pytest.mark.parametrize("failure", [StoreFull("no room"), RemoteProtocolError("nonsense")])
async def test_what_cannot_be_done_now_waits_and_is_tried_again(
    bench: Bench, failure: StoreFull | RemoteProtocolError
) -> None:
    await bench.world.stores[ME].put(TEA, b"tea")
    bench.world.failing[OTHER] = failure
    bench.owed.owe(TEA, OTHER)
    await bench.until(lambda: 1 in bench.lengths)
    await bench.rest()
    bench.world.failing.clear()
    await bench.rest()
    assert bench.world.sent == []
    assert not bench.running.done()
    bench.clock.advance(RESYNC_BACKOFF_S_MAX)
    await bench.until(lambda: TEA in bench.world.stores[OTHER].chunks)


@pytest.mark.parametrize("write", ["done_all", "failed"])
async def test_what_a_full_disk_did_not_let_be_written_down_is_tried_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, write: str
) -> None:
    """Taken and never given back, it would wait until the next start, and the cluster would never be clean."""

    def full(*_: object) -> None:
        raise StoreFull("no room")

    await bench.stop()
    await bench.world.stores[ME].put(TEA, b"tea")
    bench.world.down = {THIRD}
    for holder in (OTHER, THIRD):
        bench.owed.owe(TEA, holder)
    await bench.owed.flush()
    items = await bench.owed.take(8, 0, 2)
    with monkeypatch.context() as patched:
        patched.setattr(ResyncQueue, write, full)
        with pytest.raises(StoreFull):
            await work_off(items, bench.owed, bench.resync._mover, Figures())
    left = await bench.owed.take(8, 0, 2)
    assert (TEA, THIRD) in left
    assert len(left) == (2 if write == "done_all" else 1)


async def test_what_was_owed_is_still_owed_after_a_restart(bench: Bench) -> None:
    await bench.world.stores[ME].put(TEA, b"tea")
    bench.world.down.add(OTHER)
    bench.owed.owe(TEA, OTHER)
    await bench.until(lambda: 1 in bench.lengths)
    await bench.restart()
    bench.world.down.clear()
    bench.clock.advance(RESYNC_BACKOFF_S_MAX)
    await bench.until(lambda: TEA in bench.world.stores[OTHER].chunks)


async def test_an_own_copy_that_is_missing_is_fetched(bench: Bench) -> None:
    await bench.world.stores[OTHER].put(TEA, b"tea")
    bench.owed.owe(TEA, ME)
    await bench.until(lambda: bench.world.stores[ME].chunks.get(TEA) == b"tea")
    await bench.until(lambda: bench.lengths[-1] == 0)


async def test_an_own_copy_that_is_damaged_is_set_aside_and_replaced(bench: Bench) -> None:
    await bench.world.stores[OTHER].put(TEA, b"tea")
    bench.world.stores[ME].chunks[TEA] = b"rot"
    bench.owed.owe(TEA, ME)
    await bench.until(lambda: bench.world.stores[ME].chunks.get(TEA) == b"tea")
    assert bench.world.stores[ME].quarantined == [(TEA, b"rot")]


async def test_an_own_copy_that_is_good_stays_as_it_is(bench: Bench) -> None:
    await bench.world.stores[ME].put(TEA, b"tea")
    bench.owed.owe(TEA, ME)
    await bench.until(lambda: 1 in bench.lengths and bench.lengths[-1] == 0)
    assert bench.world.stores[ME].quarantined == []
    assert bench.world.checks == []


async def test_the_last_damaged_copy_is_set_aside_and_not_lost(bench: Bench) -> None:
    bench.world.stores[ME].chunks[TEA] = b"rot"
    bench.owed.owe(TEA, ME)
    await bench.until(lambda: bool(bench.world.stores[ME].quarantined))
    await bench.rest()
    assert bench.lengths[-1] == 1, "it is still owed: somebody may come back with it"
    with pytest.raises(ChunkNotFound):
        await bench.world.stores[ME].get(TEA)


@pytest.mark.parametrize("state", ["removed", "draining", "out"])
async def test_nothing_is_owed_to_who_is_not_placed_any_more(bench: Bench, state: State) -> None:
    await bench.world.stores[ME].put(TEA, b"tea")
    bench.list_as(2, state)
    bench.owed.owe(TEA, OTHER)
    await bench.until(lambda: 1 in bench.lengths and bench.lengths[-1] == 0)
    assert bench.world.sent == []


async def test_nothing_is_owed_to_a_stranger(bench: Bench) -> None:
    bench.owed.owe(TEA, node_id(9))
    await bench.until(lambda: 1 in bench.lengths and bench.lengths[-1] == 0)


async def test_noticing_the_same_gap_often_is_one_item(bench: Bench) -> None:
    bench.world.down.add(OTHER)
    for _ in range(100):
        bench.owed.owe(TEA, OTHER)
    await bench.until(lambda: bool(bench.lengths) and bench.lengths[-1] > 0)
    assert max(bench.lengths) == 1


async def test_one_that_cannot_be_done_does_not_hold_up_the_others(bench: Bench) -> None:
    bench.world.down.add(OTHER)
    chunks = [b"chunk %d" % number for number in range(30)]
    for data in chunks:
        await bench.world.stores[ME].put(Address.of(data), data)
        bench.owed.owe(Address.of(data), OTHER)
        bench.owed.owe(Address.of(data), THIRD)
    await bench.until(lambda: len(bench.world.stores[THIRD].chunks) == 30)
    await bench.until(lambda: bench.lengths[-1] == 30)


async def test_the_fewest_copies_are_brought_back_first(bench: Bench) -> None:
    chunks = [Address.of(b"chunk %d" % number) for number in range(40)]
    for number, address in enumerate(chunks):
        await bench.world.stores[OTHER].put(address, b"chunk %d" % number)
    await bench.stop()
    await bench.owed.owe_here(chunks[:20], bytes([2] * 20))
    await bench.owed.owe_here(chunks[20:], bytes([0] * 20))
    bench.running = asyncio.create_task(Runner(bench.resync, bench.clock, pace=0.0).run())
    await bench.until(lambda: len(bench.restored) == 40)
    assert set(bench.restored[:20]) == set(chunks[20:])


async def test_what_has_all_its_copies_is_left_to_rebalancing(bench: Bench) -> None:
    await bench.world.stores[OTHER].put(TEA, b"tea")
    await bench.owed.owe_here([TEA], bytes([3]))
    await bench.rest()
    assert bench.lengths[-1] == 1
    assert TEA not in bench.world.stores[ME].chunks
    assert bench.resync.figures.waiting == 0


async def test_what_moves_is_counted_and_kept_to_the_clusters_limit(bench: Bench) -> None:
    bench.limit = 1000
    chunks = [bytes([number]) * 1000 for number in range(6)]
    for data in chunks:
        await bench.world.stores[OTHER].put(Address.of(data), data)
        bench.owed.owe(Address.of(data), ME)
    while len(bench.restored) < 6:
        bench.clock.advance(0.05)
        await asyncio.sleep(0.001)
    await bench.until(lambda: bench.resync.figures.done == 6)
    assert bench.resync.figures.done_bytes == 6000
    assert bench.clock.now() >= 4.0, "the first may be a large one, the others wait for their turn"
    assert "1,000 bytes a second" in bench.resync.figures.detail
