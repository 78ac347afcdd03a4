"""Placement against a naive algorithm, and what it promises: balance, least movement, distinct zones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import log2

import pytest
from blake3 import blake3
from hypothesis import given, settings
from hypothesis import strategies as st

from dfs_core.limits import GIB, MIB
from dfs_core.model.ids import NodeId
from dfs_core.model.layout import Layout
from dfs_core.model.member import Member
from dfs_core.model.placement import holders, ranked
from dfs_core.model.shares import achievable_shares, draw_weights


def named(name: str) -> NodeId:
    return NodeId(blake3(name.encode()).digest())


def address(n: int) -> bytes:
    return blake3(b"chunk %d" % n).digest()


def member(n: int, *, capacity: int = 100 * GIB, zone: str = "") -> Member:
    return Member(named(f"node {n}"), b"", "full", zone, capacity, "joined", (), n)


def layout(capacities: Sequence[int], *, copies: int = 3, zones: Sequence[str] | None = None) -> Layout:
    zones = zones or [""] * len(capacities)
    members = [member(n, capacity=c * GIB, zone=z) for n, (c, z) in enumerate(zip(capacities, zones, strict=True))]
    return Layout(1, tuple(members), copies)


zones = st.sampled_from(["", "attic", "cellar", "shed"])
members = st.builds(member, st.integers(0, 10**6), capacity=st.integers(1, 2**50), zone=zones)
member_lists = st.lists(members, max_size=12, unique_by=lambda each: each.node)
equal_members = st.builds(member, st.integers(0, 10**6))
equal_lists = st.lists(equal_members, max_size=12, unique_by=lambda each: each.node)
addresses = st.binary(min_size=32, max_size=32)


def naive_weights(layout: Layout) -> dict[NodeId, float]:
    """Of each storing node, as the module's first paragraphs have them; only their proportions count."""
    by_zone: dict[object, list[Member]] = {}
    for each in sorted(layout.storing(), key=lambda member: member.node):
        by_zone.setdefault(each.zone or each.node, []).append(each)
    copies, weights = layout.wanted_copies(), dict[NodeId, float]()
    sizes = {zone: sum(max(1, each.capacity // MIB) for each in members) for zone, members in by_zone.items()}
    for zone, weight in zip(by_zone, drawn([*sizes.values()], copies), strict=True):
        for each in by_zone[zone]:
            weights[each.node] = weight * max(1, each.capacity // MIB) / sizes[zone]
    if len(by_zone) < copies:
        for zone, members in by_zone.items():
            draws = min(-(-copies // len(by_zone)), len(members))
            within = drawn([max(1, each.capacity // MIB) for each in members], draws)
            weights |= {each.node: weight * sizes[zone] for each, weight in zip(members, within, strict=True)}
    return weights


def drawn(sizes: list[int], draws: int) -> list[float]:
    weights = draw_weights(achievable_shares(sizes, draws), draws)
    return [2.0**32 if weight is None else weight for weight in weights]


def naive(address: bytes, layout: Layout) -> tuple[NodeId, ...]:
    """The definition, slowly: floating logarithms, and for each place the best node of the least used zones."""

    def score(member: Member) -> float:
        x = int.from_bytes(address[:8], "big") ^ int.from_bytes(member.node.digest[:8], "big")
        for factor in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53):
            x = (x ^ x >> 33) * factor % 2**64
        return -log2(((x ^ x >> 33) + 1) / 2**64) / weights[member.node]

    weights = naive_weights(layout)

    left, used, order = list(layout.storing()), Counter[object](), []
    while left:
        least = min(used[member.zone or member.node] for member in left)
        best = min((m for m in left if used[m.zone or m.node] == least), key=score)
        left.remove(best)
        used[best.zone or best.node] += 1
        order.append(best.node)
    return tuple(order)


@given(addresses, member_lists)
def test_the_order_is_the_naive_ones(address: bytes, members: list[Member]) -> None:
    made = Layout(1, tuple(members), 3)
    assert ranked(address, made) == naive(address, made)


@given(addresses, member_lists, st.randoms(use_true_random=False))
def test_the_order_of_the_member_list_does_not_matter(address: bytes, members: list[Member], random: object) -> None:
    order = ranked(address, Layout(1, tuple(members), 3))
    assert ranked(address, Layout(2, tuple(reversed(members)), 3)) == order


@given(addresses, member_lists)
def test_every_storing_node_has_one_place(address: bytes, members: list[Member]) -> None:
    order = ranked(address, Layout(1, tuple(members), 3))
    assert sorted(order) == sorted(member.node for member in members)


def test_only_placed_members_hold_chunks() -> None:
    gone = [member(1).with_state("draining"), member(2).with_state("out"), member(3).with_state("removed")]
    made = Layout(1, (*gone, member(9)), 3)
    assert ranked(address(1), made) == (member(9).node,)


def test_without_nodes_nobody_holds_anything() -> None:
    assert ranked(address(1), Layout(1, (), 3)) == ()


@given(addresses, member_lists, st.integers(1, 6))
def test_holders_lie_in_as_many_zones_as_there_are(address: bytes, members: list[Member], copies: int) -> None:
    made = Layout(1, tuple(members), copies)
    zone_of = {member.node: member.zone or str(member.node) for member in members}
    used = [zone_of[node] for node in holders(address, made)]
    assert len(set(used)) == min(len(used), len(set(zone_of.values())))


@given(addresses, equal_lists, equal_members, st.integers(1, 6))
def test_a_new_node_among_equals_takes_at_most_one_copy_and_moves_no_other(
    address: bytes, members: list[Member], new: Member, copies: int
) -> None:
    old = [member for member in members if member.node != new.node]
    before = set(ranked(address, Layout(1, tuple(old), copies))[:copies])
    after = set(ranked(address, Layout(2, (*old, new), copies))[:copies])
    assert after - before <= {new.node}
    assert len(before - after) <= 1


@given(addresses, equal_lists.filter(bool), st.integers(1, 6))
def test_a_lost_node_among_equals_is_replaced_and_no_other_copy_moves(
    address: bytes, members: list[Member], copies: int
) -> None:
    lost = members[0].node
    before = ranked(address, Layout(1, tuple(members), copies))[:copies]
    after = ranked(address, Layout(2, tuple(members[1:]), copies))[:copies]
    assert set(before) - {lost} <= set(after)


@given(addresses, equal_lists, st.integers(1, 6))
def test_one_more_copy_among_equals_moves_none_of_the_others(
    address: bytes, members: list[Member], copies: int
) -> None:
    fewer, more = (holders(address, Layout(1, tuple(members), count)) for count in (copies, copies + 1))
    assert more[: len(fewer)] == fewer


@given(addresses, equal_lists)
def test_without_zones_the_first_stand_in_is_who_would_come_next(address: bytes, members: list[Member]) -> None:
    unzoned = [Member(m.node, b"", "full", "", m.capacity, "joined", (), 1) for m in members]
    order = ranked(address, Layout(1, tuple(unzoned), 3))
    assert ranked(address, Layout(2, tuple(m for m in unzoned if m.node not in order[:1]), 3)) == order[1:]


def counted(made: Layout, chunks: int) -> Counter[NodeId]:
    return Counter(node for n in range(chunks) for node in holders(address(n), made))


@pytest.mark.parametrize("capacities", [[1, 1, 1], [100, 200, 300, 400], [1000, 10, 10, 500, 80], list(range(5, 25))])
def test_one_copy_is_spread_in_proportion_to_capacity(capacities: list[int]) -> None:
    chunks = 20_000
    held = counted(layout(capacities, copies=1), chunks)
    for n, capacity in enumerate(capacities):
        share = capacity / sum(capacities)
        noise = 5 * (chunks * share * (1 - share)) ** 0.5  # five standard deviations
        assert abs(held[named(f"node {n}")] - chunks * share) < noise


def test_copies_on_equal_nodes_are_spread_evenly() -> None:
    held = counted(layout([50] * 7), 20_000)
    mean = 20_000 * 3 / 7
    assert all(abs(count - mean) < 0.03 * mean for count in held.values())


TABLES = [([4, 1, 1], 2), ([3, 2, 1], 2), ([4, *[1] * 9], 3), (list(range(1, 11)), 3), ([8, 4, 2, 1, 1], 3)]


@pytest.mark.parametrize(("capacities", "copies"), TABLES)
def test_several_copies_are_spread_as_far_as_capacity_and_one_copy_a_node_allow(
    capacities: list[int], copies: int
) -> None:
    chunks = 20_000
    held = counted(layout([100 * each for each in capacities], copies=copies), chunks)
    for n, share in enumerate(achievable_shares(capacities, copies)):
        noise = 5 * (chunks * share * (1 - share)) ** 0.5
        assert abs(held[named(f"node {n}")] - chunks * share) <= noise + 0.002 * chunks * share


def test_a_zone_gets_its_achievable_share_and_its_nodes_theirs_of_it() -> None:
    chunks = 20_000
    made = layout([300, 100, 200, 200, 100], copies=2, zones=["attic", "attic", "cellar", "shed", "barn"])
    held = counted(made, chunks)
    for n, share in enumerate((4 / 9 * 2 * 0.75, 4 / 9 * 2 * 0.25, 4 / 9, 4 / 9, 2 / 9)):
        assert abs(held[named(f"node {n}")] - chunks * share) < 5 * (chunks * share * (1 - share)) ** 0.5


def test_zones_are_chosen_by_their_capacity_and_nodes_within_them_by_theirs() -> None:
    chunks = 20_000
    made = layout([300, 100, 200, 400], copies=1, zones=["attic", "attic", "cellar", "shed"])
    held = counted(made, chunks)
    for n, share in enumerate((0.3, 0.1, 0.2, 0.4)):
        assert abs(held[named(f"node {n}")] - chunks * share) < 5 * (chunks * share * (1 - share)) ** 0.5


def test_a_new_node_is_given_its_share_and_no_more() -> None:
    old, new = layout([100] * 9), layout([100] * 10)
    moved = sum(len(set(holders(address(n), new)) - set(holders(address(n), old))) for n in range(10_000))
    assert abs(moved - 3_000) < 250


@pytest.mark.parametrize("capacities", [[400, 300, 200, 100, 250], list(range(100, 1000, 60)), [100] * 8 + [800]])
def test_among_unequal_nodes_a_new_one_moves_little_more_than_it_must(capacities: list[int]) -> None:
    chunks, copies = 8_000, 3
    old, new = layout(capacities), layout([*capacities, 300])
    before, after = achievable_shares(capacities, copies), achievable_shares([*capacities, 300], copies)
    least = after[-1] + sum(max(0.0, now - then) for then, now in zip(before, after, strict=False))
    moved = sum(len(set(holders(address(n), new)) - set(holders(address(n), old))) for n in range(chunks))
    assert moved < 1.2 * least * chunks


@settings(max_examples=50)
@given(addresses)
def test_the_smallest_disk_has_a_place_too(address: bytes) -> None:
    made = Layout(1, (member(1, capacity=1), member(2, capacity=2**60)), 1)
    assert len(ranked(address, made)) == 2
