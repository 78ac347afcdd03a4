"""What a change of the layout would do."""

from __future__ import annotations

from random import Random

import pytest

from dfs_core.errors import InvalidInput
from dfs_core.limits import GIB
from dfs_core.model.ids import NodeId
from dfs_core.model.layout import Layout
from dfs_core.model.member import Member, Role, State
from dfs_core.model.placement import holders
from dfs_core.model.preview import MemberEdit, Preview, changed, preview, usable_bytes

SIZE = 1 << 20
SAMPLE = [(Random(number).randbytes(32), SIZE) for number in range(1000)]


def node(number: int) -> NodeId:
    return NodeId(Random(f"node {number}").randbytes(32))


def member(
    number: int, capacity: int = 100 * GIB, zone: str = "", state: State = "joined", role: Role = "full"
) -> Member:
    return Member(node(number), b"cert", role, zone, capacity, state, (), number)


def layout(*members: Member, copies: int = 3) -> Layout:
    return Layout(7, members, copies)


def judged(before: Layout, after: Layout, *, scale: int = 1, up: set[int] | None = None) -> Preview:
    nodes = [one.node for one in before.members] if up is None else [node(number) for number in sorted(up)]
    return preview(before, after, SAMPLE, chunks=scale * 1000, chunk_bytes=scale * 1000 * SIZE, up=nodes)


FOUR = layout(*map(member, range(4)))


def test_no_change_moves_and_risks_nothing() -> None:
    found = judged(FOUR, FOUR)
    assert (found.moved_chunks, found.moved_bytes, found.at_risk_chunks, found.lost_chunks) == (0, 0, 0, 0)
    assert found.usable_before == found.usable_after
    assert all(share.before_bytes == share.after_bytes for share in found.shares)
    assert sum(share.before_bytes for share in found.shares) == 3 * 1000 * SIZE


def test_what_is_moved_is_what_somebody_should_hold_and_does_not() -> None:
    after = changed(FOUR, {node(0): MemberEdit(state="draining")})
    moved = sum(len(set(holders(address, after)) - set(holders(address, FOUR))) for address, _ in SAMPLE)
    found = judged(FOUR, after)
    assert (found.moved_chunks, found.moved_bytes) == (moved, moved * SIZE)
    assert 700 < moved < 800, "each chunk that it held, and it held three quarters"
    drained = next(share for share in found.shares if share.node == node(0))
    assert (drained.before_bytes, drained.after_bytes) == (moved * SIZE, 0)


def test_a_sample_stands_for_all() -> None:
    after = changed(FOUR, {node(0): MemberEdit(state="draining")})
    one, ten = judged(FOUR, after), judged(FOUR, after, scale=10)
    assert (ten.moved_chunks, ten.moved_bytes) == (10 * one.moved_chunks, 10 * one.moved_bytes)


def test_without_a_chunk_nothing_moves_and_there_is_room_all_the_same() -> None:
    found = preview(FOUR, FOUR, [], chunks=0, chunk_bytes=0, up=[])
    assert (found.moved_chunks, found.usable_before) == (0, 400 * GIB // 3)


def test_draining_puts_nothing_at_risk_and_removing_does() -> None:
    drained = judged(FOUR, changed(FOUR, {node(0): MemberEdit(state="draining")}))
    assert (drained.at_risk_chunks, drained.lost_chunks) == (0, 0)
    gone = changed(FOUR, {node(0): MemberEdit(state="removed")})
    assert judged(FOUR, gone).at_risk_chunks == 0, "two of three copies are left, as many as a store insists on"
    alone = judged(FOUR, gone, up={0, 1})
    assert alone.lost_chunks > 0 and alone.at_risk_chunks > 0


def test_removing_the_only_holder_loses_everything() -> None:
    two = layout(member(0), member(1), copies=1)
    found = judged(two, changed(two, {node(0): MemberEdit(state="removed")}))
    assert found.lost_chunks == sum(holders(address, two) == (node(0),) for address, _ in SAMPLE) > 0


@pytest.mark.parametrize(
    ("capacities", "copies", "fits"),
    [
        ([100, 100, 100], 3, 100),
        ([100, 100, 100, 100], 2, 200),
        ([1000, 10, 10], 2, 20),  # each byte on the large one, the other copy on a small one
        ([1000, 10, 10], 3, 10),
        ([50], 3, 50),
        ([], 3, 0),
    ],
)
def test_what_fits_is_what_can_be_put_on_different_nodes(capacities: list[int], copies: int, fits: int) -> None:
    nodes = [member(number, capacity * GIB) for number, capacity in enumerate(capacities)]
    assert abs(usable_bytes(layout(*nodes, copies=copies)) - fits * GIB) <= 1


def test_zones_limit_what_fits_when_there_are_enough_of_them() -> None:
    apart = [member(0, 100 * GIB, "a"), member(1, 100 * GIB, "a"), member(2, 50 * GIB, "b")]
    assert usable_bytes(layout(*apart, copies=2)) == 50 * GIB
    assert usable_bytes(layout(*apart, copies=3)) == 50 * GIB


def test_a_change_leaves_the_rest_as_it_is() -> None:
    after = changed(FOUR, {node(1): MemberEdit(zone="attic", capacity=5)}, copies=2)
    one = after.member(node(1))
    assert one is not None and (one.zone, one.capacity, one.state) == ("attic", 5, "joined")
    assert after.member(node(2)) == FOUR.member(node(2))
    assert (after.copies, after.revision > FOUR.revision) == (2, True)


def test_what_no_member_can_become_is_refused() -> None:
    with pytest.raises(InvalidInput, match="not a member"):
        changed(FOUR, {node(9): MemberEdit(zone="attic")})
    with pytest.raises(InvalidInput):
        changed(FOUR, {node(1): MemberEdit(zone="a\nb")})
    gone = layout(member(0), member(1, state="removed"))
    with pytest.raises(InvalidInput, match="never returns"):
        changed(gone, {node(1): MemberEdit(state="joined")})
