"""A node's links as clients steer them. What a ban does to real links is in tests/unit/transport/test_mesh.py."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from dfs_core.encoding.control_messages import EventRecorded
from dfs_core.encoding.link_messages import AllowPeer, BanPeer, DisconnectPeer
from dfs_core.encoding.message import Done, Message
from dfs_core.encoding.peer_messages import MemberRecord, MembersKnown
from dfs_core.errors import DfsError, InvalidInput, NotFound, Refused
from dfs_core.limits import BAN_S_MAX
from dfs_core.model.ids import NodeId
from dfs_core.replication.memberlist import MemberList
from dfs_core.server.events import EventBus
from dfs_core.server.links_api import LinksApi
from dfs_core.testing.clock import ManualClock

from .exchanges import FakeExchange

ME, ONE, TWO, VAULT, OPERATOR, GONE = (NodeId(letter * 32) for letter in (b"m", b"1", b"2", b"v", b"o", b"g"))


class FakeMesh:
    """All are up until they are banned."""

    def __init__(self) -> None:
        self.up = {ONE, TWO, VAULT}
        self.banned: dict[NodeId, float] = {}
        self.dropped: list[NodeId] = []

    def alive(self) -> frozenset[NodeId]:
        return frozenset(self.up)

    def link(self, node: NodeId) -> object | None:
        return object() if node in self.up else None

    def why_down(self, node: NodeId) -> str:
        return "" if node in self.up else "connection refused"

    def status(self, node: NodeId) -> Any:
        return SimpleNamespace(banned_s=self.banned.get(node, 0.0))

    def disconnect(self, node: NodeId, reason: str) -> None:
        self.dropped.append(node)

    def ban(self, node: NodeId, for_s: float) -> None:
        self.banned[node] = for_s


class Desk:
    def __init__(self, *, vault: bool = False) -> None:
        roles = {ME: "full", ONE: "full", TWO: "full", VAULT: "vault", OPERATOR: "operator"}
        records = [MemberRecord(node.digest, b"", role, "", 1, "joined", [], 1) for node, role in roles.items()]
        records.append(MemberRecord(GONE.digest, b"", "full", "", 1, "removed", [], 1))
        self.mesh = FakeMesh()
        self.bus = EventBus(ManualClock())
        self.heard = self.bus.subscribe()
        consensus: Any = SimpleNamespace(configuration=SimpleNamespace(voters=[n.digest for n in (ME, ONE, TWO)]))
        members = MemberList(MembersKnown(1, 3, records))
        mesh: Any = self.mesh
        self.api = LinksApi(mesh, members, None if vault else consensus, VAULT if vault else ME, self.bus)

    async def ask(self, request: Message) -> str:
        """The event that came of it."""
        exchange = FakeExchange(request)
        await self.api.handlers[type(request)](exchange.real)
        assert exchange.replies == [Done()]
        event = await self.heard.next()
        assert isinstance(event, EventRecorded)
        return event.text


async def test_a_link_is_dropped_and_one_that_is_not_there_is_said_to_be_down() -> None:
    desk = Desk()
    assert "the link to 313131313131 was dropped" in await desk.ask(DisconnectPeer(str(ONE)))
    assert desk.mesh.dropped == [ONE]
    desk.mesh.up.remove(TWO)
    with pytest.raises(NotFound, match="no link to 323232323232: connection refused"):
        await desk.ask(DisconnectPeer(str(TWO)))


async def test_a_peer_is_banned_for_a_time_and_allowed_again() -> None:
    desk = Desk()
    assert "313131313131 is banned here for 60 s" in await desk.ask(BanPeer(str(ONE), 60.0))
    assert desk.mesh.banned == {ONE: 60.0}
    assert desk.api.alarms() == ["313131313131 is banned here, 60 s left"]
    desk.mesh.banned[ONE] = 480.0
    assert desk.api.alarms() == ["313131313131 is banned here, 8 min left"]
    assert "banned here no longer" in await desk.ask(AllowPeer(str(ONE)))
    assert desk.mesh.banned == {ONE: 0.0}
    assert desk.api.alarms() == []
    with pytest.raises(NotFound, match="not banned"):
        await desk.ask(AllowPeer(str(ONE)))


async def test_a_node_does_not_cut_itself_off_from_a_majority() -> None:
    desk = Desk()
    await desk.ask(BanPeer(str(ONE)))
    with pytest.raises(Refused, match="without 323232323232 this node reaches 1 of 3 voters, and it takes 2"):
        await desk.ask(BanPeer(str(TWO)))
    assert set(desk.mesh.banned) == {ONE}
    await desk.ask(BanPeer(str(VAULT)))  # who does not vote makes no difference
    await desk.ask(AllowPeer(str(ONE)))
    desk.mesh.up.remove(ONE)
    with pytest.raises(Refused, match="reaches 1 of 3"):
        await desk.ask(BanPeer(str(TWO)))


async def test_a_vault_keeps_to_a_majority_of_the_full_nodes() -> None:
    desk = Desk(vault=True)
    desk.mesh.up = {ME, ONE, TWO}
    await desk.ask(BanPeer(str(ONE)))
    with pytest.raises(Refused, match="reaches 1 of 3"):
        await desk.ask(BanPeer(str(TWO)))


@pytest.mark.parametrize("for_s", [0.0, 0.5, -1.0, BAN_S_MAX + 1, float("nan"), float("inf")])
async def test_a_ban_has_an_end_within_a_day(for_s: float) -> None:
    desk = Desk()
    with pytest.raises(InvalidInput, match="a ban lasts 1 to 86400 s"):
        await desk.ask(BanPeer(str(ONE), for_s))
    assert not desk.mesh.banned


@pytest.mark.parametrize(
    ("node", "error", "said"),
    [
        (str(ME), InvalidInput, "no link to itself"),
        (str(OPERATOR), NotFound, "not a node of this cluster"),
        (str(GONE), NotFound, "not a node of this cluster"),
        ("ab" * 32, NotFound, "not a node of this cluster"),
        ("n1", InvalidInput, "n1"),
    ],
)
@pytest.mark.parametrize("kind", [DisconnectPeer, BanPeer, AllowPeer])
async def test_only_other_nodes_of_the_cluster_can_be_meant(
    kind: type[Message], node: str, error: type[DfsError], said: str
) -> None:
    with pytest.raises(error, match=said):
        await Desk().ask(kind(node))  # type: ignore[call-arg]
