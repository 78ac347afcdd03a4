"""Link: one socket, TLS or local, driven by one Connection; requests both ways, one-way messages, byte streams.

The same Link serves the peers' mesh, operators and the control socket. It decides nothing about the protocol (that is
`protocol.Connection`), nothing about trust (`mesh`, `listener`), nothing about who may ask for what (`responder`), and
nothing about what a message means (the handler).
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec

from dfs_core.encoding.codec import CODECS
from dfs_core.encoding.message import Failed, Message
from dfs_core.errors import (
    Cancelled,
    DfsError,
    LocalProtocolError,
    NotAdmitted,
    PeerTimeout,
    PeerUnreachable,
    from_wire,
)
from dfs_core.limits import SEND_QUEUE_BYTES_MAX
from dfs_core.model.ids import NodeId
from dfs_core.transport.deadlines import LOCAL_TIMING, Timing
from dfs_core.transport.dial import open_local, open_tls
from dfs_core.transport.events import (
    CreditReceived,
    Event,
    ExchangeOver,
    GoodbyeReceived,
    HelloReceived,
    InterimReceived,
    OneWayReceived,
    OpenExchange,
    ReplyReceived,
    RequestReceived,
    ResetReceived,
    StreamDrained,
    StreamMoved,
)
from dfs_core.transport.exchange import Exchange, Handler, Signal
from dfs_core.transport.hello import CODECS as CODEC_NAMES
from dfs_core.transport.hello import Hello, HelloFacts
from dfs_core.transport.protocol import Connection
from dfs_core.transport.responder import Responder
from dfs_core.transport.wire import Wire

Notified = Callable[["Link", msgspec.Struct], None]

_log = logging.getLogger(__name__)
_NO_HELLO = "no HELLO in time"


class Link:
    """One live connection. Made by `connect_local`, `connect_tls` or a listener, open once you hold it.

    A handler that raises a DfsError is answered for with Failed(code, text, facts); one that returns without having
    responded is answered for with Done. At most REQUESTS_PER_LINK_MAX requests run at once each way; more wait.
    """

    def __init__(
        self,
        wire: Wire,
        hello: Hello,
        *,
        address: str,
        dialled: bool,
        peer: NodeId | None,
        role: str,
        handler: Handler | None,
        notified: Notified | None,
        timing: Timing | None = None,
    ) -> None:
        """Not yet open: `greet` next. `hello` is ours."""
        loop = asyncio.get_running_loop()
        self._timing = timing or Timing()
        self.wire = wire
        self.connection = Connection(
            hello, dialled=dialled, codecs=CODECS, now=loop.time(), timing=self._timing, judge=self._why_not
        )
        self.address = address  # "host:port" or the socket's path, for log lines
        self.dialled = dialled  # by this side
        self.peer = peer  # None: a local client, a joiner, or the node of a control socket
        self.role = role  # of the other side: full | vault | operator | local | joiner
        self.name = str(peer) if peer is not None else address
        self.closed = False
        self._notified = notified
        self._responder = Responder(self, handler)
        self._exchanges: dict[Exchange, None] = {}  # in their order, so that a seed replays
        self._roomy = Signal()
        self._opened: asyncio.Future[Hello] = loop.create_future()
        self._ended: asyncio.Future[str] = loop.create_future()

    # -- what it is

    @property
    def hello(self) -> Hello:
        """What the other side said of itself."""
        assert self.connection.hello is not None, "a link is handed out after its HELLO"
        return self.connection.hello

    @property
    def rtt_s(self) -> float | None:
        """The last measured round trip."""
        return self.connection.deadlines.rtt_s

    @property
    def heard_at(self) -> float:
        """Loop time at which anything last arrived."""
        return self.connection.deadlines.heard_at

    @property
    def sent_bytes(self) -> int:
        """Since it opened, without TLS's own overhead."""
        return self.wire.sent_bytes

    @property
    def received_bytes(self) -> int:
        """Since it opened, without TLS's own overhead."""
        return self.wire.received_bytes

    @property
    def ended(self) -> bool:
        """Nothing more can be asked over it: it is closed, or a goodbye was said and it is about to be."""
        return self.closed or self.wire.reason is not None

    @property
    def idle(self) -> bool:
        """No exchange is open, either way."""
        return not self._exchanges

    # -- asking

    async def call(self, request: Message, *, timeout_s: float) -> Message:
        """Ask, and return the reply (of the type `request.reply` names).

        PeerUnreachable: the link is or gets lost. PeerTimeout: no answer in time; the other side is told to stop.
        Any other DfsError: what the other side answered. Cancelling tells the other side to stop, too.
        """
        try:
            async with asyncio.timeout(timeout_s):
                exchange = await self._ask(request, last=True)
                try:
                    return await exchange.replied()
                except asyncio.CancelledError:
                    await exchange.reset(Cancelled("the asker waits no longer"))
                    raise
        except TimeoutError:
            raise PeerTimeout(self.name, f"no answer within {timeout_s:g} s") from None

    async def open(self, request: Message, *, timeout_s: float) -> Exchange:
        """Send the request and return its exchange, for streams and interim messages.

        `timeout_s` bounds only this call (a full link). End it by reading reply and download to their end, or `reset`.
        Usable as `async with await link.open(...) as exchange:`, which resets what was left unfinished.
        """
        try:
            async with asyncio.timeout(timeout_s):
                return await self._ask(request, last=False)
        except TimeoutError:
            raise PeerTimeout(self.name, f"too much is waiting already, for {timeout_s:g} s") from None

    def notify(self, message: msgspec.Struct) -> bool:
        """Send a one-way message. False, and nothing sent, when the link is closed or too much is queued on it."""
        if self.ended or self.connection.queued_bytes > SEND_QUEUE_BYTES_MAX // 2:
            return False
        self.connection.send_one_way(message)
        self.wire.pump()
        return True

    async def _ask(self, request: Message, *, last: bool) -> Exchange:
        while not self.connection.requests_free or self.connection.queued_bytes > SEND_QUEUE_BYTES_MAX:
            self._check_open()
            await self._roomy.wait()
        self._check_open()
        if self.connection.exchanges.exhausted:
            self.drop("its request ids are used up")
            self._check_open()
        exchange = Exchange(self, self.connection.send_request(request, last=last), request)
        self._exchanges[exchange] = None
        self.wire.pump()
        return exchange

    # -- closing

    async def close(self, reason: str = "") -> None:
        """Say goodbye and close. Open exchanges on both sides raise PeerUnreachable; handlers have ended on return."""
        self.drop(reason or "closed")
        await asyncio.wait([self._ended])
        await self._responder.wait_idle()

    def drop(self, reason: str) -> None:
        """`close`, without waiting for anything."""
        self.wire.close(reason)
        self._lose(reason)

    async def wait_closed(self) -> str:
        """Return once the link is closed, with the reason."""
        return await asyncio.shield(self._ended)

    # -- opening

    async def greet(
        self, transport: asyncio.Transport, *, timeout_s: float, judge: Callable[[Hello], str] = lambda hello: ""
    ) -> None:
        """Exchange HELLOs; `judge` says why the other's will not do. PeerUnreachable: none came, the link is closed."""
        self._judge = judge
        self.wire.start(transport, self.connection, on_events=self._happened, on_closed=self._lose)
        try:
            async with asyncio.timeout(timeout_s):
                await self._opened
        except TimeoutError:
            self.drop(_NO_HELLO)
            said = f"it takes the call and says nothing (no HELLO within {timeout_s:g} s)"
            raise PeerUnreachable(self.name, said) from None
        except asyncio.CancelledError:
            self.drop("no longer wanted")
            raise

    def _why_not(self, hello: Hello) -> str:
        if self.peer is not None and hello.node != self.peer.digest:
            return "its HELLO names another node than its certificate"
        return self._judge(hello)

    # -- what the exchanges need

    def send_reply(self, exchange: OpenExchange, message: Message, *, last: bool) -> None:
        """Answer; what cannot be encoded is answered with an error that can."""
        try:
            self.connection.send_reply(exchange, message, last=last)
        except LocalProtocolError as error:
            _log.error("%s: a reply could not be sent: %s", self.address, error)
            text = message.text if isinstance(message, Failed) else str(error)
            code = message.code if isinstance(message, Failed) else error.code
            self.connection.send_reply(exchange, Failed(code, text), last=True)
        self.wire.pump()

    async def room(self) -> None:
        """Return when a message may be queued. PeerUnreachable: the link is closed."""
        while self.connection.queued_bytes > SEND_QUEUE_BYTES_MAX:
            self._check_open()
            await self._roomy.wait()
        self._check_open()

    async def in_time(self, waiting: Awaitable[None]) -> None:
        """Wait for a stream to move, but not for ever."""
        stall_s = self._timing.stall_s
        if stall_s is None:
            await waiting
            return
        try:
            async with asyncio.timeout(stall_s):
                await waiting
        except TimeoutError:
            raise PeerTimeout(self.name, f"its stream stood still for {stall_s:g} s") from None

    def _check_open(self) -> None:
        if self.ended:
            raise PeerUnreachable(self.name, self.wire.reason or "the link is closed")

    # -- what happens

    def _happened(self, events: list[Event]) -> None:
        for event in events:
            if isinstance(event, StreamMoved):
                if event.exchange.owner is not None:
                    event.exchange.owner.may_read()
            elif isinstance(event, StreamDrained | CreditReceived):
                if event.exchange.owner is not None:
                    event.exchange.owner.may_write()
            elif isinstance(event, OneWayReceived):
                if self._notified is not None and self._responder.admits(event.message):
                    self._notified(self, event.message)
            elif isinstance(event, RequestReceived):
                exchange = self._responder.take(event.exchange, event.message)
                if exchange is not None:
                    self._exchanges[exchange] = None
            elif isinstance(event, HelloReceived):
                if not self._opened.done():
                    self._opened.set_result(event.hello)
            elif isinstance(event, GoodbyeReceived):
                self.wire.close(f"it said goodbye: {event.reason}" if event.reason else "it said goodbye")
            elif event.exchange.owner is not None:
                self._exchange_event(event.exchange.owner, event)
        self._roomy.wake()

    def _exchange_event(
        self, exchange: Exchange, event: ReplyReceived | InterimReceived | ResetReceived | ExchangeOver
    ) -> None:
        if isinstance(event, ReplyReceived):
            exchange.heard(event.message)
        elif isinstance(event, InterimReceived):
            exchange.heard_interim(event.message, event.size)
        elif isinstance(event, ResetReceived):
            exchange.lost(self._reset_error(event.message))
            self._responder.cancel(exchange)
        else:
            self._exchanges.pop(exchange, None)
            if event.lost:
                exchange.lost(PeerUnreachable(self.name, self.wire.reason or "the link was lost"))
                self._responder.cancel(exchange)
            exchange.over()

    def _reset_error(self, message: msgspec.Struct | None) -> DfsError:
        if isinstance(message, Failed):
            return from_wire(message.code, message.text, message.facts, node=self.name)
        return Cancelled("the other side gave up")

    def _lose(self, reason: str) -> None:
        if self.closed:
            return
        self.closed = True
        for exchange in list(self._exchanges):
            exchange.lost(PeerUnreachable(self.name, reason))
            self._responder.cancel(exchange)
        self._exchanges.clear()
        self._roomy.wake()
        if not self._opened.done():
            self._opened.set_exception(PeerUnreachable(self.name, reason))
        self._ended.set_result(reason)


async def connect_local(
    path: Path | str, *, timeout_s: float = 5.0, notified: Notified | None = None, codecs: tuple[str, ...] = CODEC_NAMES
) -> Link:
    """Open the client's side of a node's control socket. NodeNotRunning when nothing answers there."""
    transport, wire = await open_local(path, timeout_s=timeout_s)
    hello = Hello.of(HelloFacts(), purpose="control", codecs=codecs)
    link = Link(
        wire,
        hello,
        address=str(path),
        dialled=True,
        peer=None,
        role="local",
        handler=None,
        notified=notified,
        timing=LOCAL_TIMING,
    )
    await link.greet(transport, timeout_s=timeout_s)
    return link


async def connect_tls(
    host: str,
    port: int,
    *,
    context: ssl.SSLContext,
    expected: NodeId | None,
    hello: Hello,
    role: Callable[[NodeId], str | None] | None = None,
    handler: Handler | None = None,
    notified: Notified | None = None,
    judge: Callable[[NodeId, Hello], str] = lambda node, hello: "",
    timeout_s: float = 5.0,
    timing: Timing | None = None,
) -> Link:
    """Dial a node, check its key against `expected` before anything is said, and exchange HELLOs.

    `expected` None: any node whose certificate `context` accepts (a bootstrap address); `link.peer` is then its id.
    `role` gives the role of the node found (None: refused), without it "full"; `judge` what is wrong with its HELLO.
    PeerUnreachable with the reason: no connection, another key, another cluster, not listed there (NotAdmitted).
    """
    from dfs_core.transport.tls import node_of  # here: a client of a control socket starts without cryptography

    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    name = address if expected is None else str(expected)
    transport, wire = await open_tls(host, port, context=context, name=name, timeout_s=timeout_s)
    peer = node_of(transport)
    found = None if peer is None else ("full" if role is None else role(peer))
    if peer is None or found is None or (expected is not None and peer != expected):
        wire.abort("another node answers there")
        transport.abort()
        raise PeerUnreachable(name, f"another node answers there: {peer.short if peer else 'without a key'}")
    link = Link(
        wire,
        hello,
        address=address,
        dialled=True,
        peer=peer,
        role=found,
        handler=handler,
        notified=notified,
        timing=timing,
    )
    try:
        await link.greet(transport, timeout_s=timeout_s, judge=lambda theirs: judge(peer, theirs))
    except PeerUnreachable as error:
        if wire.received_bytes or wire.reason == _NO_HELLO:
            raise  # else: in TLS 1.3 the dialler's handshake ends before the listener has looked at its certificate
        reason = f"it ended the link after the handshake; it may not know this node as a member yet ({error.reason})"
        raise NotAdmitted(name, reason) from error
    return link
