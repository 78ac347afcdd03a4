"""What whoever holds the recovery sheet may ask of any node: what it knows of snapshots, and to follow new members."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec

from dfs_core.encoding.message import Done
from dfs_core.encoding.recovery_messages import AskRecovery, Introduce, RecoveryKept
from dfs_core.errors import NotAllowed, Refused
from dfs_core.replication.memberlist import MemberList
from dfs_core.server.events import EventBus
from dfs_core.server.pointers import PointerBook
from dfs_core.transport.exchange import Exchange


class PointersApi:
    """Handlers on every node. The link proved the recovery authority's key; that is all the proof there can be."""

    def __init__(self, *, book: PointerBook, members: MemberList, events: EventBus, follows_log: bool) -> None:
        """`follows_log`: the member list comes from this node's own catalog, and from nowhere else."""
        self._book, self._members, self._events, self._follows_log = book, members, events, follows_log
        self.handlers: dict[type[msgspec.Struct], Callable[[Exchange], Awaitable[None]]] = {
            AskRecovery: self._ask,
            Introduce: self._introduce,
        }

    async def _ask(self, exchange: Exchange) -> None:
        await exchange.respond(RecoveryKept([pointer.encode() for pointer in self._book.pointers]))

    async def _introduce(self, exchange: Exchange) -> None:
        request = exchange.request
        assert isinstance(request, Introduce)
        if self._follows_log:
            raise NotAllowed("a full node learns of members from the log alone")
        if request.members.revision < self._members.revision:
            raise Refused("stale", f"this node knows the members as of {self._members.revision} already")
        if self._members.offer(request.members):
            self._events.record("warning", "members were introduced under the recovery sheet; this node follows them")
        self._book.set_authority(request.epoch, request.authority)
        await exchange.respond(Done())
