from __future__ import annotations

import msgspec
import pytest

from dfs_core.encoding.peer_messages import MemberRecord, MembersKnown
from dfs_core.errors import InvalidInput
from dfs_core.replication.memberlist import MemberList, known_members, member_of, record_of

from .conftest import node_id, record


def known(revision: int, *numbers: int, copies: int = 3) -> MembersKnown:
    return MembersKnown(revision, copies, [record(number) for number in numbers])


def test_a_newer_list_replaces_the_one_before() -> None:
    members = MemberList(known(5, 1, 2))
    assert members.offer(known(7, 1, 2, 3, copies=2))
    assert members.revision == members.layout.revision == 7
    assert members.layout.copies == 2
    assert members.member(node_id(3)) is not None


@pytest.mark.parametrize("revision", [5, 4, 0])
def test_a_list_that_is_not_newer_brings_nobody_back(revision: int) -> None:
    members = MemberList(known(5, 1))
    assert not members.offer(known(revision, 1, 2))
    assert members.member(node_id(2)) is None


def test_who_listens_hears_the_present_list_at_once_and_each_newer_one() -> None:
    members, heard = MemberList(known(5, 1)), list[int]()
    members.listen(lambda now: heard.append(now.revision))
    members.offer(known(6, 1))
    members.offer(known(6, 1))
    members.offer(known(9, 1))
    assert heard == [5, 6, 9]


def test_while_it_is_told_a_listener_finds_the_new_list_in_place() -> None:
    members, seen = MemberList(known(5, 1)), list[int]()
    members.listen(lambda now: seen.append(members.layout.revision))
    members.offer(known(6, 1))
    assert seen == [5, 6]


@pytest.mark.parametrize(
    "wrong",
    [
        {"role": "king"},
        {"state": "away"},
        {"node": b"short"},
        {"zone": " "},
        {"capacity": -1},
        {"addresses": ["nowhere"]},
    ],
)
def test_a_malformed_list_changes_nothing(wrong: dict[str, object]) -> None:
    members, heard = MemberList(known(5, 1)), list[int]()
    members.listen(lambda now: heard.append(now.revision))
    damaged = msgspec.structs.replace(record(2), **wrong)
    with pytest.raises(InvalidInput):
        members.offer(MembersKnown(6, 3, [record(1), damaged]))
    with pytest.raises(InvalidInput):
        members.offer(MembersKnown(6, 0, [record(1)]))
    with pytest.raises(InvalidInput):
        members.offer(MembersKnown(6, 3, [record(1), record(1)]))
    assert members.known == known(5, 1)
    assert members.layout.revision == 5
    assert heard == [5]


def test_a_member_travels_whole() -> None:
    there = MemberRecord(node_id(1).digest, b"cert", "vault", "attic", 7, "draining", ["10.0.0.1:7420"], 12)
    assert record_of(member_of(there)) == there
    assert known_members(3, 2, [member_of(there)]) == MembersKnown(3, 2, [there])
