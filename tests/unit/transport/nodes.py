"""Real sockets for transport tests: identities, a node that answers a little of everything, ways to reach it."""

from __future__ import annotations

import asyncio
import random
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import msgspec

from dfs_core.crypto.identity import Identity
from dfs_core.encoding.control_messages import EventsDropped, FileStored, GetStatus, StoreFile, Watch, WatchStarted
from dfs_core.encoding.message import Done
from dfs_core.encoding.peer_messages import (
    AskChunks,
    AskMembers,
    ChunkFollows,
    ChunksHeld,
    FetchChunk,
    MembersKnown,
    ReadIndex,
    Redeem,
    StoreChunk,
    Stored,
)
from dfs_core.errors import ChunkNotFound, NotEnoughCopies
from dfs_core.model.ids import NodeId
from dfs_core.transport.deadlines import Timing
from dfs_core.transport.exchange import Exchange
from dfs_core.transport.hello import CODECS, Hello, HelloFacts
from dfs_core.transport.link import Link, connect_tls
from dfs_core.transport.listener import Listener
from dfs_core.transport.tls import client_context, server_context

CLUSTER = b"c" * 16
ANN, BEN, CAT, EVE = (Identity.from_seed(bytes([number]) * 32) for number in range(1, 5))
MEMBERS = {ANN.node_id: "full", BEN.node_id: "full", CAT.node_id: "vault"}
CERTIFICATES = tuple(identity.certificate for identity in (ANN, BEN, CAT))


def content(size: int) -> bytes:
    """Bytes that say by themselves whether they are in order."""
    return random.Random(size).randbytes(size)


@dataclass
class Answers:
    """A handler of a few requests, and notes of what happened to it."""

    started: list[msgspec.Struct] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    notes: list[msgspec.Struct] = field(default_factory=list)
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    stopped: asyncio.Event = field(default_factory=asyncio.Event)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)

    def notified(self, link: Link, message: msgspec.Struct) -> None:
        self.notes.append(message)
        self.begun.set()

    async def __call__(self, exchange: Exchange) -> None:
        self.started.append(exchange.request)
        self.begun.set()
        try:
            await self._answer(exchange)
        except BaseException as error:
            self.ended.append(type(error).__name__)
            raise
        else:
            self.ended.append("")
        finally:
            self.stopped.set()

    async def _answer(self, exchange: Exchange) -> None:
        request = exchange.request
        if isinstance(request, StoreChunk):
            if request.address == b"have it":
                await exchange.respond(Stored(had=True))
                return
            if request.address == b"full disk":
                raise NotEnoughCopies(2, 1, {"ab" * 32: "no room"})
            data = bytearray(request.size)
            size = await exchange.read_into(data)
            await exchange.respond(Stored(had=False, durable=data == content(request.size) and size == request.size))
        elif isinstance(request, FetchChunk):
            await self._fetch(exchange, request)
        elif isinstance(request, AskMembers):
            await exchange.respond(MembersKnown(request.revision, 3, []))
        elif isinstance(request, AskChunks):
            await self.go_on.wait()
            await exchange.respond(ChunksHeld(request.addresses))
        elif isinstance(request, StoreFile):
            size = 0
            while data := await exchange.read(100_000):
                size += len(data)
            await exchange.respond(FileStored(request.key, 1, size, "", 0, 0, 0, 0))
        elif isinstance(request, Watch):
            await exchange.respond(WatchStarted())
            for number in range(int(request.interval_s)):
                await exchange.event(EventsDropped(number))
        elif isinstance(request, ReadIndex):
            raise RuntimeError("a bug in a handler")
        elif isinstance(request, Redeem):
            await exchange.respond(Done())  # not what a Redeem is answered with
        elif isinstance(request, GetStatus):
            await asyncio.Event().wait()

    async def _fetch(self, exchange: Exchange, request: FetchChunk) -> None:
        what, _, number = request.address.partition(b" ")
        if what == b"missing":
            raise ChunkNotFound("ab" * 32)
        size = int(number)
        await exchange.respond(ChunkFollows(size))
        if what == b"short":
            await exchange.send(content(size)[:-1], last=True)
        elif what == b"long":
            await exchange.send(content(size) + b"!", last=True)
        elif what == b"broken":
            await exchange.send(content(size)[: size // 2])
            raise ChunkNotFound("cd" * 32)
        elif what == b"later":
            await self.go_on.wait()
            await exchange.send(content(size), last=True)
        elif what == b"pieces":
            piece = bytearray(content(size))
            for begin in range(0, size, 50_000):
                scratch = bytearray(piece[begin : begin + 50_000])
                await exchange.send(scratch)
                scratch[:] = bytes(len(scratch))  # ours again
        else:
            await exchange.send(content(size), last=True)


def hello_of(identity: Identity, **more: Any) -> Hello:
    """What a node says of itself."""
    cluster, codecs = more.pop("cluster", CLUSTER), more.pop("codecs", CODECS)
    purpose = more.pop("purpose", "peer")
    node = more.pop("node", identity.node_id.digest)
    return Hello.of(HelloFacts(**more), cluster=cluster, node=node, purpose=purpose, codecs=codecs)


@dataclass
class Node:
    """A listening node and the links that came in."""

    identity: Identity
    port: int
    answers: Answers
    links: asyncio.Queue[Link]
    listener: Listener
    members: dict[NodeId, str]


@asynccontextmanager
async def listening(
    identity: Identity = ANN,
    *,
    timing: Timing | None = None,
    certificates: tuple[bytes, ...] = CERTIFICATES,
    **hello: Any,
) -> AsyncIterator[Node]:
    """A node that accepts links of `MEMBERS`."""
    answers = Answers()
    links: asyncio.Queue[Link] = asyncio.Queue()
    members = dict(MEMBERS)

    async def context() -> ssl.SSLContext:
        return server_context(identity, certificates)

    listener = Listener(
        context=context,
        role=members.get,
        hello=lambda: hello_of(identity, **hello),
        handler=answers,
        notified=answers.notified,
        accepted=links.put_nowait,
        timing=timing,
    )
    port = await listener.listen("127.0.0.1", 0)
    try:
        yield Node(identity, port, answers, links, listener, members)
    finally:
        await listener.close()


async def dial(there: Node, identity: Identity = BEN, **more: Any) -> Link:
    """A link to that node."""
    hello = {name: more.pop(name) for name in ("cluster", "codecs", "purpose", "node") if name in more}
    arguments: dict[str, Any] = {
        "context": client_context(identity, CERTIFICATES),
        "expected": there.identity.node_id,
        "hello": hello_of(identity, **hello),
    }
    return await connect_tls("127.0.0.1", there.port, **(arguments | more))


@asynccontextmanager
async def linked(**more: Any) -> AsyncIterator[tuple[Link, Link, Answers, Answers]]:
    """Ben's link to Ann, Ann's end of it, Ben's handler and Ann's."""
    answers = Answers()
    async with listening() as node:
        here = await dial(node, handler=answers, notified=answers.notified, **more)
        there = await node.links.get()
        try:
            yield here, there, answers, node.answers
        finally:
            await here.close()


async def until(true: Callable[[], bool]) -> None:
    """Let the loop turn until something is so; pytest's timeout bounds it."""
    while not true():
        await asyncio.sleep(0)
