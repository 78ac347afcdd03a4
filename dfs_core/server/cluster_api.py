"""Inviting and removing members, as clients ask for it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import msgspec

from dfs_core.encoding.control_messages import Invite, Invited, RemoveMember
from dfs_core.encoding.message import Done
from dfs_core.errors import NotAllowed
from dfs_core.replication.admission import Admission
from dfs_core.replication.consensus import Consensus
from dfs_core.server.events import EventBus
from dfs_core.server.removal import Removal
from dfs_core.transport.exchange import Exchange


class ClusterApi:
    """Handlers for changes of the cluster itself, on a full node."""

    def __init__(
        self,
        *,
        consensus: Consensus,
        admission: Admission,
        events: EventBus,
        removal: Removal,
    ) -> None:
        self._consensus, self._admission, self._events, self._removal = consensus, admission, events, removal
        self.handlers: dict[type[msgspec.Struct], Callable[[Exchange], Awaitable[None]]] = {
            Invite: self._invite,
            RemoveMember: self._remove_member,
        }

    async def _invite(self, exchange: Exchange) -> None:
        request = exchange.request
        assert isinstance(request, Invite)
        if exchange.link.role == "operator" and request.role == "full":
            raise NotAllowed("an operator cannot invite full nodes; do it on a full node")
        self._admission.tick()
        line = await asyncio.to_thread(
            self._admission.invite, request.role, request.expires_s, addresses=request.addresses
        )
        whom = "an operator" if request.role == "operator" else f"a {request.role} node"
        self._events.record("info", f"an invitation for {whom} was made")
        await exchange.respond(Invited(line, request.role, request.expires_s))

    async def _remove_member(self, exchange: Exchange) -> None:
        request = exchange.request
        assert isinstance(request, RemoveMember)
        await self._consensus.catch_up()
        node = self._removal.named(request.node)
        await self._removal.check(node, request.force)
        await self._admission.remove(node)
        self._events.record("warning", f"node {node.short} was removed from the cluster")
        await exchange.respond(Done())
