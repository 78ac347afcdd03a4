"""A node's links to the others as clients steer them, on vaults too: drop one, ban a peer for a while, allow it again.

A ban is this node's alone and is kept nowhere: it ends with its time, with `allow` or with the process. What it means
for the cluster follows from what any broken link means; docs/decisions/0063 says why it is so.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec

from dfs_core.encoding.link_messages import AllowPeer, BanPeer, DisconnectPeer
from dfs_core.encoding.message import Done
from dfs_core.errors import InvalidInput, NotFound, Refused
from dfs_core.limits import BAN_S_MAX
from dfs_core.model.ids import NodeId
from dfs_core.replication.consensus import Consensus
from dfs_core.replication.memberlist import MemberList
from dfs_core.server.events import EventBus
from dfs_core.transport.exchange import Exchange
from dfs_core.transport.mesh import Mesh

BAN_S_MIN = 1.0


class LinksApi:
    """Handlers for whoever steers this node's links."""

    def __init__(
        self, mesh: Mesh, members: MemberList, consensus: Consensus | None, node: NodeId, events: EventBus
    ) -> None:
        """`node` is this one; a vault has no consensus."""
        self._mesh, self._members, self._consensus = mesh, members, consensus
        self._node, self._events = node, events
        self.handlers: dict[type[msgspec.Struct], Callable[[Exchange], Awaitable[None]]] = {
            DisconnectPeer: self._disconnect,
            BanPeer: self._ban,
            AllowPeer: self._allow,
        }

    async def _disconnect(self, exchange: Exchange) -> None:
        request = exchange.request
        assert isinstance(request, DisconnectPeer)
        node = self._peer(request.node)
        if self._mesh.link(node) is None:
            raise NotFound(f"there is no link to {node.short}: {self._mesh.why_down(node)}")
        self._mesh.disconnect(node, "somebody asked for that; it is dialled again")
        self._events.record("info", f"the link to {node.short} was dropped, as somebody asked")
        await exchange.respond(Done())

    async def _ban(self, exchange: Exchange) -> None:
        request = exchange.request
        assert isinstance(request, BanPeer)
        node = self._peer(request.node)
        if not BAN_S_MIN <= request.for_s <= BAN_S_MAX:  # not a number is refused, too
            raise InvalidInput(
                f"a ban lasts {BAN_S_MIN:g} to {BAN_S_MAX:g} s (a day), not {request.for_s:g} s;"
                " who is to stay away is removed"
            )
        self._check_majority(node)
        self._mesh.ban(node, request.for_s)
        self._events.record("warning", f"{node.short} is banned here for {request.for_s:g} s, as somebody asked")
        await exchange.respond(Done())

    async def _allow(self, exchange: Exchange) -> None:
        request = exchange.request
        assert isinstance(request, AllowPeer)
        node = self._peer(request.node)
        if not self._mesh.status(node).banned_s:
            raise NotFound(f"{node.short} is not banned on this node")
        self._mesh.ban(node, 0.0)
        self._events.record("info", f"{node.short} is banned here no longer, as somebody asked")
        await exchange.respond(Done())

    def alarms(self) -> list[str]:
        """Whom this node refuses, and for how long yet: what it would be bad to forget."""
        bans = [(member.node, self._mesh.status(member.node).banned_s) for member in self._members.layout.members]
        return [
            f"{node.short} is banned here, {f'{left_s // 60:.0f} min' if left_s >= 90 else f'{left_s:.0f} s'} left"
            for node, left_s in bans
            if left_s
        ]

    def _peer(self, text: str) -> NodeId:
        node = NodeId.parse(text)
        if node == self._node:
            raise InvalidInput("a node has no link to itself")
        member = self._members.member(node)
        if member is None or not member.listed or member.role == "operator":
            raise NotFound(f"{node.short} is not a node of this cluster; 'dfs-core peers' lists them")
        return node

    def _voters(self) -> frozenset[NodeId]:
        """Who counts for majorities. A vault follows no log, and takes all full members for voters."""
        if self._consensus is not None:
            return frozenset(NodeId(voter) for voter in self._consensus.configuration.voters)
        return frozenset(m.node for m in self._members.layout.members if m.listed and m.role == "full")

    def _check_majority(self, node: NodeId) -> None:
        """Refused when this node would not reach a majority of the voters without `node`, as things are now."""
        voters = self._voters()
        near = {peer for peer in self._mesh.alive() if not self._mesh.status(peer).banned_s} - {node} | {self._node}
        left, needed = len(near & voters), len(voters) // 2 + 1
        if node in voters and left < needed:
            raise Refused(
                "majority",
                f"without {node.short} this node reaches {left} of {len(voters)} voters, and it takes {needed}",
            )
