from __future__ import annotations

from typing import cast

import pytest

from dfs_core.encoding.control_messages import EventRecorded, Invite, Invited, RemoveMember
from dfs_core.encoding.message import Done
from dfs_core.errors import InvalidInput, NotAllowed, Refused
from dfs_core.model.ids import NodeId
from dfs_core.replication.admission import Admission
from dfs_core.replication.consensus import Consensus
from dfs_core.server.cluster_api import ClusterApi
from dfs_core.server.events import EventBus
from dfs_core.server.removal import Removal
from dfs_core.testing.clock import ManualClock

from .exchanges import FakeExchange, FakeLink

NODE = NodeId(b"n" * 32)


class Desk:
    """The handlers, and in which order the parts below were asked."""

    def __init__(self) -> None:
        self.said: list[object] = []
        self.refusal: Refused | None = None
        self.bus = EventBus(ManualClock())
        self.watcher = self.bus.subscribe()
        self.api = ClusterApi(
            consensus=cast(Consensus, self),
            admission=cast(Admission, self),
            events=self.bus,
            removal=cast(Removal, self),
        )

    async def catch_up(self) -> bool:
        self.said.append("caught up")
        return True

    def tick(self) -> None:
        self.said.append("tick")

    def invite(self, role: str, expires_s: float, *, addresses: bool = True) -> str:
        self.said.append(("invite", role, expires_s))
        return "dfs1-line"

    async def remove(self, node: NodeId) -> None:
        self.said.append(("remove", node))

    def named(self, text: str) -> NodeId:
        if not str(NODE).startswith(text):
            raise InvalidInput("nobody")
        return NODE

    async def check(self, node: NodeId, force: bool) -> None:
        self.said.append(("check", node, force))
        if self.refusal is not None:
            raise self.refusal

    async def ask(self, exchange: FakeExchange) -> FakeExchange:
        await self.api.handlers[type(exchange.request)](exchange.real)
        return exchange


@pytest.fixture
def desk() -> Desk:
    return Desk()


async def test_an_invitation_is_made_and_noted_without_its_line(desk: Desk) -> None:
    exchange = await desk.ask(FakeExchange(Invite("vault", 60.0)))
    assert exchange.replies == [Invited("dfs1-line", "vault", 60.0)]
    assert desk.said == ["tick", ("invite", "vault", 60.0)]
    event = await desk.watcher.next()
    assert isinstance(event, EventRecorded)
    assert "vault" in event.text and "dfs1" not in event.text


async def test_an_operator_invites_vaults_but_no_full_nodes(desk: Desk) -> None:
    with pytest.raises(NotAllowed):
        await desk.ask(FakeExchange(Invite("full"), FakeLink(NODE, "operator")))
    assert desk.said == []
    await desk.ask(FakeExchange(Invite("vault"), FakeLink(NODE, "operator")))
    assert desk.said[-1] == ("invite", "vault", 3600.0)


async def test_a_member_is_removed_after_catching_up_and_looking_at_what_it_holds(desk: Desk) -> None:
    exchange = await desk.ask(FakeExchange(RemoveMember(NODE.short)))
    assert desk.said == ["caught up", ("check", NODE, False), ("remove", NODE)]
    assert exchange.replies == [Done()]
    event = await desk.watcher.next()
    assert isinstance(event, EventRecorded) and str(NODE)[:12] in event.text


async def test_a_refused_removal_removes_nobody(desk: Desk) -> None:
    desk.refusal = Refused("last_copies", "it holds the last copy")
    with pytest.raises(Refused):
        await desk.ask(FakeExchange(RemoveMember(str(NODE))))
    assert ("remove", NODE) not in desk.said


async def test_force_is_passed_on(desk: Desk) -> None:
    await desk.ask(FakeExchange(RemoveMember(str(NODE), force=True)))
    assert ("check", NODE, True) in desk.said


async def test_an_id_that_nobody_has_removes_nobody(desk: Desk) -> None:
    with pytest.raises(InvalidInput):
        await desk.ask(FakeExchange(RemoveMember("attic")))
    assert desk.said == ["caught up"]
