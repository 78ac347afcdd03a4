"""What the owner of the recovery sheet may ask of a vault."""

from __future__ import annotations

from typing import cast

import pytest

from dfs_core.crypto.identity import Identity
from dfs_core.encoding.message import Done
from dfs_core.encoding.peer_messages import MemberRecord, MembersKnown
from dfs_core.encoding.recovery_messages import AskRecovery, Introduce, RecoveryKept
from dfs_core.errors import NotAllowed, Refused
from dfs_core.model.ids import ClusterId, NodeId
from dfs_core.replication.memberlist import MemberList
from dfs_core.server.events import EventBus
from dfs_core.server.pointers import PointerBook
from dfs_core.server.pointers_api import PointersApi
from dfs_core.testing.clock import ManualClock

from .exchanges import FakeExchange

FULL, NEW = Identity.from_seed(b"f" * 32), Identity.from_seed(b"n" * 32)
AUTHORITY = Identity.from_seed(b"a" * 32).certificate


def known(revision: int, *identities: Identity) -> MembersKnown:
    records = [
        MemberRecord(each.node_id.digest, each.certificate, "full", "", 10**9, "joined", []) for each in identities
    ]
    return MembersKnown(revision, 3, records)


class Documents:
    def get(self, name: str) -> bytes | None:
        return None

    def put(self, name: str, value: bytes) -> None:
        return None


class Desk:
    def __init__(self, *, follows_log: bool = False) -> None:
        self.members = MemberList(known(5, FULL))
        self.authorities: list[bytes] = []
        self.book = PointerBook(
            documents=Documents(),
            cluster=ClusterId(b"c" * 16),
            members=self.members,
            authority_changed=self.authorities.append,
            kept=lambda number, epoch: None,
        )
        self.api = PointersApi(
            book=self.book, members=self.members, events=EventBus(ManualClock()), follows_log=follows_log
        )

    async def ask(self, request: AskRecovery | Introduce) -> object:
        exchange = FakeExchange(request)
        await self.api.handlers[type(request)](exchange.real)
        return exchange.replies[0]


async def test_what_is_kept_is_told() -> None:
    desk = Desk()
    assert cast(RecoveryKept, await desk.ask(AskRecovery())).pointers == []


async def test_a_vault_follows_the_members_that_are_introduced() -> None:
    desk = Desk()
    assert await desk.ask(Introduce(known(9, NEW), 2, AUTHORITY)) == Done()
    assert desk.members.revision == 9
    assert desk.members.member(NodeId(NEW.node_id.digest)) is not None
    assert (desk.book.epoch, desk.authorities) == (2, [AUTHORITY])


async def test_being_introduced_twice_is_no_harm() -> None:
    desk = Desk()
    for _ in range(2):
        assert await desk.ask(Introduce(known(9, NEW), 1, AUTHORITY)) == Done()
    assert desk.authorities == [AUTHORITY]


async def test_an_older_member_list_is_refused_and_changes_nothing() -> None:
    desk = Desk()
    with pytest.raises(Refused, match="5 already"):
        await desk.ask(Introduce(known(4, NEW), 2, AUTHORITY))
    assert (desk.members.revision, desk.authorities) == (5, [])


async def test_a_full_node_learns_of_members_from_the_log_alone() -> None:
    desk = Desk(follows_log=True)
    with pytest.raises(NotAllowed):
        await desk.ask(Introduce(known(9, NEW), 2, AUTHORITY))
    assert desk.members.revision == 5
