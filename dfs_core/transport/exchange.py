"""Exchange: one request under way, seen from either side of its link.

A request, its reply, its interim messages and up to two byte streams share one id: "upload" runs from the requester to
the responder, "download" the other way. The responder has the last word: with its final frame the exchange is over on
both sides, whatever part of the upload it did not read.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Protocol, Self

import msgspec

from dfs_core.encoding.message import Done, Failed, Message
from dfs_core.errors import Cancelled, DfsError, LocalProtocolError, PeerTimeout, RemoteProtocolError, from_wire
from dfs_core.model.ids import NodeId
from dfs_core.transport.events import OpenExchange
from dfs_core.transport.hello import Hello
from dfs_core.transport.peers import Buffer
from dfs_core.transport.protocol import Connection


class Signal:
    """Wakes whoever waits, each time; what for, the waiter looks up itself."""

    def __init__(self) -> None:
        self._waiting: list[asyncio.Future[None]] = []

    def wake(self) -> None:
        """Let every waiter look again."""
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)

    async def wait(self) -> None:
        """Return at the next `wake`."""
        future = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        await future


class Pump(Protocol):
    """What writes."""

    def pump(self) -> None:
        """Have what the connection wants to say written soon."""
        ...


class Carrier(Protocol):
    """What an exchange needs of its link, and what a handler may want to know of it. It is a `link.Link`."""

    connection: Connection
    peer: NodeId | None
    role: str
    name: str
    address: str
    closed: bool

    @property
    def wire(self) -> Pump:
        """What writes."""
        ...

    @property
    def hello(self) -> Hello:
        """What the other side said of itself."""
        ...

    def send_reply(self, exchange: OpenExchange, message: Message, *, last: bool) -> None:
        """Answer."""
        ...

    def drop(self, reason: str) -> None:
        """Say goodbye and close, without waiting."""
        ...

    async def room(self) -> None:
        """Return when a message may be queued."""
        ...

    async def in_time(self, waiting: Awaitable[None]) -> None:
        """Wait for a stream to move, but not for ever."""
        ...


class Exchange:
    """One request under way. The requester made it with `Link.open`; the responder's handler is given its own.

    When the other side gives up or the link is lost, `cancelled` is set, every waiting or later call raises (the other
    side's error, or PeerUnreachable), and a responder's handler task is cancelled. A handler that must finish
    something regardless shields it. `async with` resets on leaving what is not over.
    """

    def __init__(self, link: Carrier, wire: OpenExchange, request: msgspec.Struct) -> None:
        """Made by the link; `wire` is the connection's side of it."""
        self.link = link
        self.request = request
        self.cancelled = asyncio.Event()
        self._open = wire
        self._error: DfsError | None = None
        self._reply: msgspec.Struct | None = None
        self._unsent_reply: Message | None = None
        self._interims: deque[tuple[msgspec.Struct, int]] = deque()
        self._reading, self._writing, self._telling = Signal(), Signal(), Signal()
        wire.owner = self

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._give_up(error if isinstance(error, DfsError) else Cancelled("no longer wanted"))

    # -- either side's streams

    async def send(self, data: Buffer, *, last: bool = False) -> None:
        """Send one stretch of my stream, in order; waits for the other side's credit. `last` also finishes it.

        The bytes are not copied, must not change until this returns, and may be reused then. When the responder has
        answered already, a requester's bytes are dropped and this returns at once (`reply` tells what it said).
        """
        self._check()
        self._flush_reply(last=False)
        outgoing = self._open.outgoing
        if self._open.over:
            return
        self.link.connection.send_data(self._open, memoryview(data).cast("B"), last=last)
        self.link.wire.pump()
        try:
            while outgoing.pending:
                await self._while_moving(self._writing, lambda: outgoing.left)
        except BaseException:
            # Part of the stretch may be on its way, and the caller takes its memory back: the stream has a hole.
            self._give_up(Cancelled("sending was cancelled"))
            raise
        self._check()

    async def finish(self) -> None:
        """Say that my stream is whole. A responder's handler that returns says so by itself."""
        self._check()
        self._flush_reply(last=True)
        if not self._open.over and not self._open.outgoing.finishing:
            self.link.connection.send_data(self._open, memoryview(b""), last=True)
            self.link.wire.pump()

    async def reset(self, error: DfsError) -> None:
        """Give up: the other side's waiting and later calls raise `error`. Nothing happens when all is over already."""
        self._give_up(error)

    async def read(self, size_max: int) -> bytes:
        """At least one and at most `size_max` bytes of the other side's stream, or b"" at its end."""
        incoming = self._open.incoming
        while not incoming.readable:
            self._check()
            await self.link.in_time(self._reading.wait())
        if not incoming.ended:
            self._check()
        data = incoming.take(size_max)
        self._consumed()
        return data

    async def read_into(self, buffer: bytearray | memoryview) -> int:
        """Fill `buffer` from the other side's stream; return how much, less than its length only at the end.

        Bytes that have not arrived yet are received in place, without a copy. One reader at a time.
        """
        incoming = self._open.incoming
        if not incoming.ended:
            self._check()
        incoming.offer(memoryview(buffer).cast("B"))
        try:
            self._consumed()
            while not incoming.filled:
                self._check()
                await self._while_moving(self._reading, lambda: incoming.filled_bytes)
        finally:
            filled = incoming.withdraw()
        return filled

    # -- the requester's side

    async def reply(self, *, timeout_s: float) -> Message:
        """The final reply, again the same when asked again. Failed raises the error it describes; PeerTimeout."""
        try:
            async with asyncio.timeout(timeout_s):
                return await self.replied()
        except TimeoutError:
            raise PeerTimeout(self.link.name, f"no answer within {timeout_s:g} s") from None

    async def replied(self) -> Message:
        """`reply` without a deadline of its own."""
        while self._reply is None:
            self._check()
            await self._telling.wait()
        reply = self._reply
        if isinstance(reply, Failed):
            raise from_wire(reply.code, reply.text, reply.facts, node=self.link.name)
        expected: type[msgspec.Struct] | None = getattr(self.request, "reply", None)
        if not isinstance(reply, Message) or (expected is not None and not isinstance(reply, expected)):
            raise RemoteProtocolError(f"{type(reply).__name__} is no answer to {type(self.request).__name__}")
        return reply

    async def interim(self) -> Message | None:
        """The next interim message (a watched event), or None when the responder has ended the exchange.

        Raises what the responder failed with, once all that came before is read.
        """
        while not self._interims:
            self._check()
            if self._open.over:
                if isinstance(self._reply, Failed):
                    await self.replied()
                return None
            await self._telling.wait()
        message, size = self._interims.popleft()
        self._open.incoming.message_read(size)
        self._consumed()
        if not isinstance(message, Message):
            raise RemoteProtocolError(f"{type(message).__name__} is no event")
        return message

    # -- the responder's side

    async def respond(self, message: Message) -> None:
        """Send the final reply, once. Bytes of the download, if any, follow with `send` and `finish`."""
        self._check()
        if self._unsent_reply is not None or self._open.replied:
            raise LocalProtocolError("a request is answered once")
        await self.link.room()
        # Not sent before the handler had a chance to return: then it goes out as the exchange's last frame.
        self._unsent_reply = message
        asyncio.get_running_loop().call_soon(self._flush_reply)

    async def event(self, message: Message) -> None:
        """Send an interim message; waits while the requester reads too slowly, so it can be used as back-pressure."""
        self._check()
        await self.link.room()
        while not self.link.connection.send_interim(self._open, message):
            await self._writing.wait()
            self._check()
        self.link.wire.pump()

    # -- what the link calls

    def heard(self, reply: msgspec.Struct) -> None:
        """The reply came."""
        self._reply = reply
        self._telling.wake()

    def heard_interim(self, message: msgspec.Struct, size: int) -> None:
        """An interim message came."""
        self._interims.append((message, size))
        self._telling.wake()

    def may_read(self) -> None:
        """The incoming stream has something, or ended."""
        self._reading.wake()

    def may_write(self) -> None:
        """The outgoing stream was drained or got credit."""
        self._writing.wake()

    def lost(self, error: DfsError) -> None:
        """The other side gave up, or the link is gone."""
        if self._error is None:
            self._error = error
        self.cancelled.set()
        self.over()

    def over(self) -> None:
        """Nothing more will come or go."""
        for signal in (self._reading, self._writing, self._telling):
            signal.wake()

    def answered(self) -> None:
        """The handler has returned: whatever it left unsaid is said."""
        if not self._open.over:
            if self._unsent_reply is None and not self._open.replied:
                self._unsent_reply = Done()
            self._flush_reply(last=True)
            if not self._open.over and not self._open.outgoing.finishing:
                self.link.connection.send_data(self._open, memoryview(b""), last=True)
            self.link.wire.pump()

    def failed(self, error: DfsError) -> None:
        """The handler has raised."""
        if self._open.replied:
            self._give_up(error)
            return
        self._unsent_reply = failure(error)
        self._flush_reply(last=True)
        self.link.wire.pump()

    # -- inside

    def _check(self) -> None:
        if self._error is not None:
            raise self._error

    async def _while_moving(self, signal: Signal, moved: Callable[[], int]) -> None:
        """Wait for `signal`, as long as it takes while `moved()` changes. PeerTimeout: the stream stands still."""
        while True:
            before = moved()
            try:
                await self.link.in_time(signal.wait())
            except PeerTimeout:
                if moved() == before:
                    raise
            else:
                return

    def _consumed(self) -> None:
        self.link.connection.send_credit(self._open)
        self.link.wire.pump()

    def _flush_reply(self, *, last: bool = False) -> None:
        if self._unsent_reply is not None:
            reply, self._unsent_reply = self._unsent_reply, None
            self.link.send_reply(self._open, reply, last=last)

    def _give_up(self, error: DfsError) -> None:
        if not self._open.over:
            self._unsent_reply = None
            self.link.connection.send_reset(self._open, failure(error))
            self.link.wire.pump()
        if self._error is None and not self._open.incoming.ended:
            self._error = error


Handler = Callable[[Exchange], Awaitable[None]]


def failure(error: DfsError) -> Failed:
    """How an error travels."""
    return Failed(error.code, str(error), error.facts())
