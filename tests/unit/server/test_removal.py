"""When a node may be taken off the cluster. On whole clusters: tests/cluster/test_removal.py."""

from __future__ import annotations

import pytest

from dfs_core.encoding.health_messages import HealthItem, ItemsListed
from dfs_core.encoding.peer_messages import MemberRecord, MembersKnown
from dfs_core.errors import DfsError, InvalidInput, NoMajority, NotLeader, PeerError, Refused
from dfs_core.model.ids import NodeId
from dfs_core.replication.memberlist import MemberList
from dfs_core.server.removal import NAMED_MAX, Removal

ME, OTHER, OPERATOR, STRANGER = (NodeId(bytes([number]) * 32) for number in range(4))


def member(node: NodeId, role: str) -> MemberRecord:
    return MemberRecord(node.digest, b"", role, "", 1, "joined", [])


def removal(answer: ItemsListed | DfsError, asked: list[object] | None = None) -> Removal:
    async def only_on(node: NodeId, limit: int) -> ItemsListed:
        if asked is not None:
            asked.append((node, limit))
        if isinstance(answer, DfsError):
            raise answer
        return answer

    records = [member(ME, "full"), member(OTHER, "full"), member(OPERATOR, "operator")]
    return Removal(me=ME, members=MemberList(MembersKnown(1, 3, records)), only_on=only_on)


def listed(count: int, *, more: bool = False) -> ItemsListed:
    items = [HealthItem(f"photos/{number}", 2, 10, 1, 1, 1) for number in range(count)]
    return ItemsListed(items, "photos/x" if more else "", 0, 3)


async def test_a_node_of_which_everything_is_elsewhere_too_may_go() -> None:
    asked: list[object] = []
    await removal(listed(0), asked).check(OTHER, False)
    assert asked == [(OTHER, NAMED_MAX + 1)]


@pytest.mark.parametrize(
    ("answer", "named", "more"),
    [(listed(1), 1, False), (listed(NAMED_MAX), NAMED_MAX, False), (listed(NAMED_MAX + 1), NAMED_MAX, True)],
)
async def test_files_that_would_be_lost_are_named(answer: ItemsListed, named: int, more: bool) -> None:
    with pytest.raises(Refused) as caught:
        await removal(answer).check(OTHER, False)
    assert caught.value.reason == "last_copies"
    assert str(caught.value).count("photos/") == named
    assert ("and more" in str(caught.value)) == more
    assert "'dfs-core drain 010101010101'" in str(caught.value)


async def test_an_unfinished_list_is_no_permission() -> None:
    with pytest.raises(Refused, match="some files and more"):
        await removal(listed(0, more=True)).check(OTHER, False)


@pytest.mark.parametrize("error", [NotLeader(""), PeerError("ab" * 32, "timed out")])
async def test_what_is_not_counted_yet_is_no_permission(error: DfsError) -> None:
    with pytest.raises(Refused) as caught:
        await removal(error).check(OTHER, False)
    assert caught.value.reason == "not_counted" and "--force" in str(caught.value)


async def test_without_a_majority_nobody_is_removed() -> None:
    with pytest.raises(NoMajority):
        await removal(NoMajority([])).check(OTHER, False)


async def test_an_operator_holds_nothing_and_force_asks_nobody() -> None:
    asked: list[object] = []
    await removal(listed(3), asked).check(OPERATOR, False)
    await removal(listed(3), asked).check(OTHER, True)
    assert asked == []


@pytest.mark.parametrize("force", [False, True])
async def test_neither_oneself_nor_a_stranger_can_be_removed(force: bool) -> None:
    for node, reason in ((ME, "self"), (STRANGER, "unknown")):
        with pytest.raises(Refused) as caught:
            await removal(listed(0)).check(node, force)
        assert caught.value.reason == reason


def test_a_member_is_named_by_the_beginning_of_its_id_an_operator_too() -> None:
    who = removal(listed(0))
    assert who.named(OTHER.short) == OTHER
    assert who.named(str(OPERATOR).upper()) == OPERATOR
    with pytest.raises(InvalidInput, match="3 members begin with '0'"):
        who.named("0")


def test_who_names_nobody_is_told_which_operators_there_are() -> None:
    """No list of nodes has them, and somebody's lost laptop has to be shut out."""
    with pytest.raises(InvalidInput, match=f"operators are {OPERATOR.short}"):
        removal(listed(0)).named("attic")
