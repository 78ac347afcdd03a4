"""How many copies are wanted, and where they may lie."""

from __future__ import annotations

import pytest

from dfs_core.errors import InvalidInput
from dfs_core.limits import COPIES_MAX
from dfs_core.model.ids import NodeId
from dfs_core.model.layout import Layout
from dfs_core.model.member import Member, Role, State


def member(n: int, *, role: Role = "full", state: State = "joined", capacity: int = 10**12) -> Member:
    return Member(NodeId(bytes([n]) * 32), b"", role, "", capacity, state, (), n)


def layout(*members: Member, copies: int = 3) -> Layout:
    return Layout(9, members, copies)


def test_chunks_are_placed_on_joined_nodes_with_capacity() -> None:
    kept = [member(1), member(2, role="vault")]
    others = [member(3, role="operator"), member(4, capacity=0), member(5, state="out"), member(6, state="draining")]
    assert layout(*kept, *others, member(7, state="removed")).storing() == tuple(kept)


@pytest.mark.parametrize(
    ("nodes", "copies", "wanted", "durable"),
    [(1, 3, 1, 1), (2, 3, 2, 2), (3, 3, 3, 2), (4, 3, 3, 2), (5, 5, 5, 3), (9, 4, 4, 3), (3, 1, 1, 1), (0, 3, 0, 1)],
)
def test_a_majority_of_the_wanted_copies_must_be_durable(nodes: int, copies: int, wanted: int, durable: int) -> None:
    made = layout(*(member(n) for n in range(nodes)), copies=copies)
    assert (made.wanted_copies(), made.durable_copies()) == (wanted, durable)


def test_losing_nodes_does_not_lower_the_wanted_copies_and_removing_them_does() -> None:
    assert layout(member(1), member(2, state="out"), member(3, state="draining")).wanted_copies() == 3
    assert layout(member(1), member(2, state="removed"), member(3, role="operator")).wanted_copies() == 1


def test_members_are_found_by_id_removed_ones_too() -> None:
    gone = member(2, state="removed")
    made = layout(member(1), gone)
    assert made.member(gone.node) == gone
    assert made.member(NodeId(bytes(32))) is None


def test_equal_layouts_are_equal_and_hash_alike() -> None:
    assert layout(member(1)) == layout(member(1))
    assert hash(layout(member(1))) == hash(layout(member(1)))
    assert layout(member(1)) != layout(member(2))


@pytest.mark.parametrize("copies", [0, COPIES_MAX + 1])
def test_a_number_of_copies_out_of_bounds_is_refused(copies: int) -> None:
    with pytest.raises(InvalidInput, match="copies are 1 to"):
        layout(member(1), copies=copies)


def test_a_member_listed_twice_is_refused() -> None:
    with pytest.raises(InvalidInput, match="once"):
        layout(member(1), member(1, role="vault"))
