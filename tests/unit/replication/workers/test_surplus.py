"""A copy in the wrong place goes only when every placed holder has just confirmed its own, under one layout."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from dfs_core.encoding.message import Message
from dfs_core.encoding.peer_messages import ChunkChecked
from dfs_core.encoding.repair_messages import GOOD, ConfirmChunks
from dfs_core.errors import PeerUnreachable, StoreError
from dfs_core.limits import RESYNC_BACKOFF_S_MAX, RESYNC_BACKOFF_S_MIN
from dfs_core.model.ids import Address, NodeId
from dfs_core.model.layout import Layout
from dfs_core.replication.workers import surplus
from dfs_core.replication.workers.surplus import KNOWN_MAX, Surplus
from dfs_core.server import repair_api
from dfs_core.store.base import ChunkStore

from .repairing import Cluster, RepairNode, nothing_happens

TEA = Address.of(b"tea")


class Bench:
    """Four nodes, three copies: of each chunk one node has none to keep. It is that node's surplus."""

    def __init__(self, folder: Path) -> None:
        self.cluster = Cluster(folder, nodes=4, copies=3)
        self.me = self.cluster.misplaced(TEA)
        self.holders = self.cluster.placed(TEA)

    @property
    def surplus(self) -> Surplus:
        return self.me.surplus

    async def put(self, nodes: Sequence[RepairNode]) -> None:
        for node in nodes:
            await node.store.put(TEA, b"tea")

    async def release(self, as_of: int = 7) -> list[Address]:
        self.surplus.release([TEA], as_of)
        return await self.surplus.step()

    async def again(self) -> list[Address]:
        self.cluster.clock.advance(RESYNC_BACKOFF_S_MAX)
        return await self.surplus.step()

    @property
    def kept(self) -> bool:
        return TEA in self.me.store.chunks


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    made = Bench(tmp_path)
    await made.put([made.me, *made.holders])
    yield made
    await made.cluster.close()


async def test_a_copy_that_every_placed_holder_confirms_goes(bench: Bench) -> None:
    assert await bench.release() == [TEA]
    assert not bench.kept
    assert bench.surplus.length == 0
    assert all(TEA in holder.store.chunks for holder in bench.holders)


async def test_each_holder_re_reads_its_copy_and_answers_as_of_what_the_releaser_had_read(bench: Bench) -> None:
    await bench.release(as_of=41)
    asked = [(node, request) for node, request in bench.cluster.asked if isinstance(request, ConfirmChunks)]
    assert {node for node, _ in asked} == {holder.node for holder in bench.holders}
    assert {(request.revision, request.as_of) for _, request in asked} == {(bench.cluster.layout.revision, 41)}
    assert [holder.fenced for holder in bench.holders] == [[41]] * 3


async def test_the_newest_verdict_known_here_counts_as_well(bench: Bench) -> None:
    bench.me.newest = 50
    await bench.release(as_of=41)
    assert [holder.fenced for holder in bench.holders] == [[50]] * 3


async def test_a_holder_that_cannot_be_reached_keeps_the_copy_here(bench: Bench) -> None:
    bench.cluster.down.add(bench.holders[1].node)
    assert await bench.release() == []
    assert bench.kept
    bench.cluster.down.clear()
    assert await bench.surplus.step() == [], "it waits for its turn"
    assert await bench.again() == [TEA]


async def test_a_holder_without_a_copy_keeps_the_copy_here_and_is_owed_one(bench: Bench) -> None:
    await bench.holders[2].store.delete(TEA)
    assert await bench.release() == []
    assert bench.kept
    assert bench.me.owed_to == [(TEA, bench.holders[2].node)]
    await bench.put([bench.holders[2]])
    assert await bench.again() == [TEA]


async def test_a_holder_whose_copy_is_damaged_keeps_the_copy_here_and_sets_its_own_aside(bench: Bench) -> None:
    bench.holders[0].store.chunks[TEA] = b"rot"
    assert await bench.release() == []
    assert bench.kept
    assert bench.holders[0].store.quarantined == [(TEA, b"rot")]
    assert bench.holders[0].damaged == [TEA]


@pytest.mark.parametrize("lagging", [True, False])
async def test_a_holder_at_another_revision_keeps_the_copy_here(bench: Bench, lagging: bool) -> None:
    layout = bench.cluster.layout
    bench.cluster.change_layout(only=[bench.me, *bench.holders[1:]] if lagging else [bench.holders[0]])
    assert await bench.release() == []
    assert bench.kept
    bench.cluster.change_layout()
    assert bench.cluster.layout.revision > layout.revision
    assert await bench.again() == [TEA]


async def test_a_layout_that_changes_while_holders_confirm_keeps_the_copy_here(bench: Bench) -> None:
    bench.cluster.before_answer = lambda: bench.cluster.change_layout(only=[bench.me])
    assert await bench.release() == []
    assert bench.kept
    bench.cluster.before_answer = lambda: None
    bench.cluster.change_layout()
    assert await bench.again() == [TEA]


async def copies_left_when_each_of_two_holds_the_other_ones_copy_for_the_one_that_stays(folder: Path) -> int:
    """One copy is wanted, there are two. While the answer to the first node is on its way, the layout changes places.

    The holder has confirmed under the older layout and has none to keep under the newer one; it asks the first node,
    which has read it as well.
    """
    cluster = Cluster(folder, nodes=2, copies=1)
    me, (holder,) = cluster.misplaced(TEA), cluster.placed(TEA)
    for node in (me, holder):
        await node.store.put(TEA, b"tea")

    async def the_layout_changes_and_the_holder_releases_its_copy() -> None:
        cluster.after_answer = nothing_happens
        cluster.set_state(holder, "draining")
        assert cluster.placed(TEA) == [me]
        holder.surplus.release([TEA], 7)
        assert await holder.surplus.step() == [TEA]

    cluster.after_answer = the_layout_changes_and_the_holder_releases_its_copy
    me.surplus.release([TEA], 7)
    await me.surplus.step()
    await cluster.close()
    return sum(TEA in node.store.chunks for node in (me, holder))


async def test_a_layout_that_changes_places_while_a_confirmation_is_on_its_way_leaves_a_copy(tmp_path: Path) -> None:
    assert await copies_left_when_each_of_two_holds_the_other_ones_copy_for_the_one_that_stays(tmp_path) == 1


async def test_without_a_look_at_the_own_revision_the_last_two_copies_go_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ablation: a copy is confirmed and deleted under one layout."""
    monkeypatch.setattr(surplus, "check_revision", lambda asked, own: None)
    assert await copies_left_when_each_of_two_holds_the_other_ones_copy_for_the_one_that_stays(tmp_path) == 0


def takes_every_answer_for_good(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the holders say, the copy is there, they say."""
    act = Surplus._act

    async def acted(
        self: Surplus,
        address: Address,
        placed: tuple[NodeId, ...],
        found: dict[tuple[NodeId, Address], int],
        layout: Layout,
    ) -> bool:
        return await act(self, address, placed, dict.fromkeys([(node, address) for node in placed], GOOD), layout)

    monkeypatch.setattr(Surplus, "_act", acted)


async def test_without_confirmation_the_last_copy_goes(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ablation: the audit, which says what is surplus, knows what holders reported, not what they have."""
    takes_every_answer_for_good(monkeypatch)
    for holder in bench.holders:
        await holder.store.delete(TEA)
    assert await bench.release() == [TEA]
    assert not any(TEA in node.store.chunks for node in bench.cluster.nodes.values())


async def test_without_a_second_reading_the_last_good_copy_goes(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ablation: a holder that says what it has, and has not re-read it."""

    async def looked_up(store: ChunkStore, address: Address, damaged: object) -> ChunkChecked:
        return ChunkChecked(held=await store.has(address), damaged=False)

    monkeypatch.setattr(repair_api, "reread", looked_up)
    for holder in bench.holders:
        holder.store.chunks[TEA] = b"rot"
    assert await bench.release() == [TEA]
    assert not any(node.store.chunks.get(TEA) == b"tea" for node in bench.cluster.nodes.values())


async def test_a_holder_that_has_condemnations_to_carry_out_keeps_the_copy_here(bench: Bench) -> None:
    bench.holders[1].behind = True
    assert await bench.release() == []
    assert bench.kept
    bench.holders[1].behind = False
    assert await bench.again() == [TEA]


async def test_a_copy_that_belongs_here_by_now_stays_and_is_forgotten(bench: Bench) -> None:
    bench.cluster.take_out(bench.holders[0])
    assert await bench.release() == []
    assert (bench.kept, bench.surplus.length) == (True, 0)
    assert bench.cluster.asked == []


async def test_what_the_catalog_does_not_refer_to_is_left_to_collect(bench: Bench) -> None:
    bench.me.referenced = False
    assert await bench.release() == []
    assert (bench.kept, bench.surplus.length) == (True, 0)


async def test_what_is_not_here_is_forgotten(bench: Bench) -> None:
    await bench.me.store.delete(TEA)
    assert await bench.release() == []
    assert bench.surplus.length == 0


async def test_fewer_placed_holders_than_copies_wanted_release_nothing(bench: Bench) -> None:
    """Two of four nodes are out, one of them is here again and holds a copy: it may be needed."""
    bench.cluster.take_out(bench.me)
    bench.cluster.take_out(bench.holders[0])
    assert await bench.release() == []
    assert bench.kept


async def test_tries_become_rarer_and_can_be_hurried(bench: Bench) -> None:
    bench.cluster.down.add(bench.holders[0].node)
    await bench.release()
    clock, waits = bench.cluster.clock, list[float]()
    for _ in range(14):
        began, asked = clock.now(), len(bench.cluster.asked)
        while len(bench.cluster.asked) == asked:
            clock.advance(RESYNC_BACKOFF_S_MIN)
            await bench.surplus.step()
        waits.append(clock.now() - began)
    assert waits[:4] == [1.0, 2.0, 4.0, 8.0]
    assert waits[-1] == RESYNC_BACKOFF_S_MAX
    assert not bench.surplus.due
    bench.surplus.hurry()
    assert bench.surplus.due
    assert bench.surplus.oldest_s == clock.now()


async def test_a_failing_own_store_is_an_error_and_forgets_nothing(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def failing(address: Address) -> bool:
        raise StoreError("the disk fails")

    monkeypatch.setattr(bench.me.store, "delete", failing)
    with pytest.raises(StoreError):
        await bench.release()
    assert bench.surplus.length == 1


async def test_who_asks_about_a_copy_that_is_being_deleted_waits_and_hears_that_it_is_gone(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The copy here goes under one layout while a node that has a newer one asks about it."""
    deleting, may_end = asyncio.Event(), asyncio.Event()
    delete = bench.me.store.delete

    async def slowly(address: Address) -> bool:
        deleting.set()
        await may_end.wait()
        return await delete(address)

    monkeypatch.setattr(bench.me.store, "delete", slowly)
    released = asyncio.create_task(bench.release())
    await deleting.wait()
    bench.cluster.take_out(bench.holders[0])  # the chunk is placed here now
    asker = bench.holders[0]
    request = ConfirmChunks(TEA.digest, bench.cluster.layout.revision)
    answer = asyncio.create_task(bench.cluster.ask(asker.node, bench.me.node, request))
    for _ in range(5):
        await asyncio.sleep(0)
    assert not answer.done()
    may_end.set()
    assert await released == [TEA]
    assert _found(await answer) == b"\x00"


async def test_what_is_told_beyond_the_bound_is_left_for_later(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    assert KNOWN_MAX > 100_000
    monkeypatch.setattr("dfs_core.replication.workers.surplus.KNOWN_MAX", 2)
    bench.surplus.release([Address.of(bytes([number])) for number in range(5)], 1)
    assert bench.surplus.length == 2


async def test_a_holder_that_breaks_off_says_nothing(bench: Bench) -> None:
    bench.cluster.failing[bench.holders[0].node] = PeerUnreachable("somewhere", "the link broke")
    assert await bench.release() == []
    assert bench.kept


def _found(message: Message) -> bytes:
    found = getattr(message, "found", None)
    assert isinstance(found, bytes)
    return found
