from __future__ import annotations

from random import Random

import pytest

from dfs_core.model.bucket import EMPTY, sum_of
from dfs_core.model.finding import NOTHING_WANTED, Advice, Finding, Wanted, judge, reachable_only_on, wanted_of
from dfs_core.model.ids import Address, NodeId
from dfs_core.model.layout import Layout
from dfs_core.model.member import Member, State
from dfs_core.model.placement import holders

NODES = [NodeId(bytes([number]) * 32) for number in range(1, 5)]
CHUNKS = sorted((Random(number).randbytes(32), 100 + number) for number in range(40))


def layout_of(**states: State) -> Layout:
    """Four equal nodes, joined unless it is said otherwise: `n4="out"`."""
    members = tuple(
        Member(node, b"cert", "full", "", 1 << 40, states.get(f"n{number}", "joined"), (), 0)
        for number, node in enumerate(NODES, 1)
    )
    return Layout(7, members, 3)


class World:
    """Chunks on nodes, at first where they belong."""

    def __init__(self, layout: Layout | None = None) -> None:
        self.layout = layout or layout_of()
        self.wanted = wanted_of(CHUNKS, self.layout)
        self.held = {
            node: {address: size for address, size in CHUNKS if node in holders(address, self.layout)} for node in NODES
        }
        self.counting = [node for node in NODES if self.layout.member(node).state in ("joined", "draining")]  # type: ignore[union-attr]

    def judge(self) -> tuple[Finding, Advice]:
        differing = {
            node: chunks
            for node, chunks in self.held.items()
            if node in self.counting and sum_of(chunks) != self.wanted.sum_of(node)
        }
        return judge(self.wanted, self.layout, self.counting, differing, all_count=len(self.counting) == 4)

    def placed(self, number: int) -> tuple[bytes, int, tuple[NodeId, ...]]:
        address, size = CHUNKS[number]
        return address, size, holders(address, self.layout)


@pytest.fixture
def world() -> World:
    return World()


def test_a_node_that_holds_what_it_should_has_the_sum_that_is_wanted_of_it(world: World) -> None:
    for node in NODES:
        assert world.wanted.sum_of(node) == sum_of(world.held[node]) != EMPTY
    assert NOTHING_WANTED.sum_of(NODES[0]) == EMPTY


def test_where_all_is_well_all_copies_are_counted_and_nobody_is_told_anything(world: World) -> None:
    finding, advice = world.judge()
    assert (finding.chunks, finding.chunk_bytes) == (40, sum(size for _, size in CHUNKS))
    assert finding.found == {3: 40}
    assert (finding.under, finding.surplus, finding.lacks, finding.unknown, finding.lost) == (0, 0, {}, {}, 0)
    assert advice == Advice()


def test_a_missing_copy_is_owed_to_the_node_that_lacks_it(world: World) -> None:
    address, size, (first, *_) = world.placed(0)
    del world.held[first][address]
    finding, advice = world.judge()
    assert finding.found == {3: 39, 2: 1}
    assert (finding.under, finding.under_bytes, finding.short) == (1, size, {address: 2})
    assert (finding.lacks[first].copies, finding.lacks[first].chunk_bytes) == (1, size)
    assert advice.owed == {first: [(address, 2)]}
    assert advice.released == {}


def test_nothing_is_missing_from_a_node_that_is_away_but_its_copies_do_not_count(world: World) -> None:
    world.counting.remove(NODES[3])
    finding, advice = world.judge()
    on_it = len(world.held[NODES[3]])
    assert finding.found == {3: 40 - on_it, 2: on_it}
    assert finding.under == on_it
    assert advice == Advice()


def test_when_the_node_is_out_others_owe_what_it_held() -> None:
    before = World()
    world = World(layout_of(n4="out"))
    world.held = before.held
    finding, advice = world.judge()
    owed = [address for chunks in advice.owed.values() for address, _ in chunks]
    assert sorted(owed) == sorted(before.held[NODES[3]])
    assert NODES[3] not in advice.owed
    assert finding.under == len(owed)


def test_a_copy_too_many_is_released_only_when_all_are_where_they_belong(world: World) -> None:
    address, size, placed = world.placed(0)
    (elsewhere,) = set(NODES) - set(placed)
    world.held[elsewhere][address] = size
    finding, advice = world.judge()
    assert (finding.surplus, finding.found, finding.under) == (1, {3: 39, 4: 1}, 0)
    assert advice.released == {elsewhere: [address]}
    del world.held[placed[0]][address]
    finding, advice = world.judge()
    assert (finding.surplus, finding.found, finding.under) == (1, {3: 40}, 0)
    assert (advice.released, list(advice.owed)) == ({}, [placed[0]])


def test_a_draining_node_keeps_its_copies_while_there_are_too_few_others() -> None:
    before = World()
    world = World(layout_of(n3="draining", n4="out"))
    world.held = {**before.held, NODES[2]: before.held[NODES[2]]}
    for address, size in CHUNKS:
        for node in NODES[:2]:
            world.held[node][address] = size
    finding, advice = world.judge()
    assert advice.released == {}
    assert finding.surplus == len(before.held[NODES[2]])


def test_a_chunk_without_a_copy_is_lost_only_when_nobody_is_away(world: World) -> None:
    address, _, _ = world.placed(5)
    for chunks in world.held.values():
        chunks.pop(address, None)
    finding, advice = world.judge()
    assert (finding.lost, finding.absent, finding.short) == (1, 0, {address: 0})
    assert advice.owed == {}, "there is nobody to fetch it from"
    away = next(node for node in NODES)
    world.counting.remove(away)
    finding, _ = world.judge()
    assert (finding.lost, finding.absent) == (0, 1)


def test_what_nothing_refers_to_is_unknown_and_not_surplus(world: World) -> None:
    stray = bytes(32)
    world.held[NODES[0]][stray] = 9
    world.held[NODES[1]][stray] = 9
    finding, advice = world.judge()
    assert (finding.unknown, finding.unknown_chunks, finding.unknown_bytes) == ({stray: 9}, 1, 9)
    assert finding.unknown_on == {NODES[0]: 1, NODES[1]: 1}
    assert (finding.surplus, advice) == (0, Advice())
    assert not finding.is_trivial


def test_a_bucket_with_nothing_in_it_is_trivial() -> None:
    assert judge(NOTHING_WANTED, layout_of(), NODES, {}, all_count=True)[0].is_trivial


def test_what_only_some_nodes_hold_is_told(world: World) -> None:
    address, _, placed = world.placed(0)
    assert reachable_only_on(world.wanted, NODES, {}, placed[:2]) == []
    only = reachable_only_on(world.wanted, NODES, {}, placed)
    assert Address(address) in only
    assert all(set(holders(each.digest, world.layout)) == set(placed) for each in only)
    (elsewhere,) = set(NODES) - set(placed)
    assert Address(address) not in reachable_only_on(world.wanted, NODES, {elsewhere: {address: 1}}, placed)
    away = [node for node in NODES if node != placed[2]]
    assert Address(address) in reachable_only_on(world.wanted, away, {}, placed[:2]), "a node that is away has no say"


def test_wanted_is_empty_for_no_chunks() -> None:
    assert wanted_of([], layout_of()) == Wanted([], [], {})
