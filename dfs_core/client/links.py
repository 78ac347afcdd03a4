"""What a client asks of a node about its links to the others; a part of `Client`."""

from __future__ import annotations

from typing import Protocol, TypeVar

from dfs_core.encoding.link_messages import AllowPeer, BanPeer, DisconnectPeer
from dfs_core.encoding.message import Done, Message
from dfs_core.limits import BAN_S_DEFAULT

Reply = TypeVar("Reply", bound=Message)


class Asking(Protocol):
    """Whoever can ask the node."""

    async def _call(self, request: Message, kind: type[Reply], *, timeout_s: float = ...) -> Reply: ...


class LinkCalls:
    """The verbs of `Client` about links. `node` is a member's whole id; NotFound when it is no other member."""

    async def disconnect_peer(self: Asking, node: str) -> None:
        """Drop the node's links to `node`; both dial again at once. NotFound: there is none."""
        await self._call(DisconnectPeer(node), Done)

    async def ban_peer(self: Asking, node: str, for_s: float = BAN_S_DEFAULT) -> None:
        """Have the node refuse `node` and not dial it for `for_s` from now on, or until it starts anew.

        InvalidInput: not 1 … BAN_S_MAX. Refused: too few of the voters would be in reach.
        """
        await self._call(BanPeer(node, for_s), Done)

    async def allow_peer(self: Asking, node: str) -> None:
        """End the ban of `node`, which is dialled at once. NotFound: it is not banned here."""
        await self._call(AllowPeer(node), Done)
