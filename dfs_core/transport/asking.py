"""Asking with bytes over one link: what `Peers.send_bytes` and `fetch_bytes` do once the link is known.

The deadline is the answer's. The bytes take as long as they move: a window of chunks takes minutes over a home's
uplink, and one stream that stands still is given up by its link (`Timing.stall_s`).
"""

from __future__ import annotations

from dfs_core.encoding.message import Message
from dfs_core.errors import RemoteProtocolError
from dfs_core.transport.link import Link
from dfs_core.transport.peers import Buffer


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
