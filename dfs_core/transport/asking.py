"""Asking over the link to a node: what `Peers` promises, for whoever knows which link that is.

The deadline is the answer's. The bytes take as long as they move: a window of chunks takes minutes over a home's
uplink, and one stream that stands still is given up by its link (`Timing.stall_s`).
"""

from __future__ import annotations

import msgspec

from dfs_core.encoding.message import Message
from dfs_core.errors import PeerUnreachable, RemoteProtocolError
from dfs_core.model.ids import NodeId
from dfs_core.transport.link import Link
from dfs_core.transport.peers import Buffer


class Asking:
    """The asking part of `Peers`."""

    def link(self, node: NodeId) -> Link | None:
        """The live link to `node`, or None."""
        raise NotImplementedError

    def why_down(self, node: NodeId) -> str:
        """One line for people: why `node` is not alive. Empty when it is."""
        raise NotImplementedError

    async def call(self, node: NodeId, request: Message, *, timeout_s: float) -> Message:
        """`Peers.call`."""
        return await self._live(node).call(request, timeout_s=timeout_s)

    async def send_bytes(self, node: NodeId, request: Message, data: Buffer, *, timeout_s: float) -> Message:
        """`Peers.send_bytes`."""
        return await send_bytes(self._live(node), request, data, timeout_s=timeout_s)

    async def fetch_bytes(
        self, node: NodeId, request: Message, *, size_max: int, timeout_s: float
    ) -> tuple[Message, bytearray]:
        """`Peers.fetch_bytes`."""
        return await fetch_bytes(self._live(node), request, size_max=size_max, timeout_s=timeout_s)

    def notify(self, node: NodeId, message: msgspec.Struct) -> bool:
        """`Peers.notify`."""
        link = self.link(node)
        return link is not None and link.notify(message)

    def _live(self, node: NodeId) -> Link:
        link = self.link(node)
        if link is None:
            raise PeerUnreachable(str(node), self.why_down(node))
        return link


async def send_bytes(link: Link, request: Message, data: Buffer, *, timeout_s: float) -> Message:
    """`Peers.send_bytes`, over this link."""
    async with await link.open(request, timeout_s=timeout_s) as exchange:
        await exchange.send(data, last=True)
        return await exchange.reply(timeout_s=timeout_s)


async def fetch_bytes(link: Link, request: Message, *, size_max: int, timeout_s: float) -> tuple[Message, bytearray]:
    """`Peers.fetch_bytes`, over this link."""
    async with await link.open(request, timeout_s=timeout_s) as exchange:
        reply = await exchange.reply(timeout_s=timeout_s)
        size = getattr(reply, "size", -1)
        if not 0 <= size <= size_max:
            raise RemoteProtocolError(f"{size} bytes were announced, at most {size_max} are wanted")
        data = bytearray(size)
        if await exchange.read_into(data) != size or await exchange.read(1):
            raise RemoteProtocolError(f"{size} bytes were announced, and not as many came")
        return reply, data
