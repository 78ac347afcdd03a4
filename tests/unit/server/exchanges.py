"""One request, as a handler sees it, without a link: what it answers is kept."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import cast

import msgspec

from dfs_core.encoding.message import Message
from dfs_core.errors import DfsError, PeerUnreachable
from dfs_core.model.ids import NodeId
from dfs_core.transport.exchange import Exchange
from dfs_core.transport.hello import Hello


@dataclass
class FakeLink:
    """Who asks. No `peer`: a client on this machine."""

    peer: NodeId | None = None
    role: str = "local"
    hello: Hello = field(default_factory=Hello)


@dataclass
class FakeExchange:
    """The request, its upload, and what was said to it. `lose_after` bytes sent or read, the link is lost."""

    request: msgspec.Struct
    link: FakeLink = field(default_factory=FakeLink)
    upload: bytes = b""
    lose_after: int = -1
    replies: list[Message] = field(default_factory=list)
    events: list[Message] = field(default_factory=list)
    sent: bytearray = field(default_factory=bytearray)
    finished: bool = False
    was_reset: DfsError | None = None
    cancelled: asyncio.Event = field(default_factory=asyncio.Event)
    heard: asyncio.Event = field(default_factory=asyncio.Event)

    async def respond(self, message: Message) -> None:
        self.replies.append(message)
        self.heard.set()

    async def event(self, message: Message) -> None:
        self.events.append(message)
        self.heard.set()
        await asyncio.sleep(0)

    async def read_into(self, buffer: memoryview) -> int:
        await asyncio.sleep(0)
        if 0 <= self.lose_after < len(buffer):
            raise PeerUnreachable("client", "the link is lost")
        part, self.upload = self.upload[: len(buffer)], self.upload[len(buffer) :]
        buffer[: len(part)] = part
        return len(part)

    async def send(self, data: bytes | memoryview, *, last: bool = False) -> None:
        await asyncio.sleep(0)
        if 0 <= self.lose_after <= len(self.sent):
            raise PeerUnreachable("client", "the link is lost")
        self.sent += data
        self.finished = self.finished or last

    async def finish(self) -> None:
        self.finished = True

    async def reset(self, error: DfsError) -> None:
        self.was_reset = error

    @property
    def real(self) -> Exchange:
        """What a handler's signature asks for."""
        return cast(Exchange, self)

    async def until(self, events: int) -> None:
        """Return once so many events came."""
        async with asyncio.timeout(10):
            while len(self.events) < events:
                self.heard.clear()
                await self.heard.wait()
