"""Wire: moves bytes between one asyncio transport and one Connection; the only place that calls a transport.

Bytes are received where the Connection says, so a chunk's land in their reader's memory. Writing follows the
transport's own back-pressure: while it is full nothing is taken from the Connection, whose data waits in the senders'
memory, so a slow peer costs one transport buffer. When messages pile up because the other side does not read, this side
stops reading from it until they drain. `OSError` and `ssl.SSLError` end here, as the reason why the link was lost.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable

from dfs_core.encoding.frame import HEADER_BYTES
from dfs_core.errors import RemoteProtocolError
from dfs_core.limits import HELLO_BYTES_MAX, SEND_QUEUE_BYTES_MAX
from dfs_core.transport.events import Event
from dfs_core.transport.outbox import Piece
from dfs_core.transport.protocol import Connection

_WRITE_HIGH_BYTES = 1024 * 1024  # the transport's own buffer; a write adds at most as much again
_WRITE_BYTES = 512 * 1024  # taken from the connection at once
_JOIN_BYTES_MAX = 4096  # smaller pieces are joined: one write, one TLS record
_FLUSH_S = 2.0  # to let a goodbye out


class Wire(asyncio.BufferedProtocol):
    """One socket's protocol. Until `start` it holds what arrives: a HELLO fits, a stranger's flood does not."""

    def __init__(self) -> None:
        self.sent_bytes = self.received_bytes = 0
        self.reason: str | None = None  # why the link ended, once it has
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._connection: Connection | None = None
        self._early = memoryview(bytearray(HELLO_BYTES_MAX + HEADER_BYTES + 1))
        self._early_bytes = 0
        self._on_events: Callable[[list[Event]], None] = lambda _: None
        self._on_closed: Callable[[str], None] = lambda _: None
        self._paused_writing = self._paused_reading = self._pumping = False
        self._encrypted = False
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = 0.0

    def start(
        self,
        transport: asyncio.Transport,
        connection: Connection,
        *,
        on_events: Callable[[list[Event]], None],
        on_closed: Callable[[str], None],
    ) -> None:
        """Begin to speak. `on_events` is given what happened; `on_closed` the reason, once, when all is over."""
        self._transport, self._connection = transport, connection
        self._on_events, self._on_closed = on_events, on_closed
        self._encrypted = transport.get_extra_info("ssl_object") is not None
        transport.set_write_buffer_limits(high=_WRITE_HIGH_BYTES)
        if self.reason is not None:  # lost before it began
            self._close_connection(self.reason)
            return
        early, self._early_bytes = bytes(self._early[: self._early_bytes]), 0
        while early and self.reason is None:
            buffer = connection.receive_buffer()
            size = min(len(early), len(buffer))
            buffer[:size] = early[:size]
            early = early[size:]
            self._received(connection, size)
        self.pump()
        self._arm()

    # -- what asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Nothing to do: `start` is told."""

    def get_buffer(self, sizehint: int) -> memoryview:
        """Where the next bytes go."""
        if self._connection is None:
            return self._early[self._early_bytes :]
        return self._connection.receive_buffer()

    def buffer_updated(self, nbytes: int) -> None:
        """They are there."""
        self.received_bytes += nbytes
        if self._connection is not None:
            self._received(self._connection, nbytes)
            return
        self._early_bytes += nbytes
        if self._early_bytes == len(self._early):
            self._early_bytes = 0
            self.abort("it talked before its turn")

    def eof_received(self) -> None:
        """Half-closed links are of no use: the transport closes."""

    def connection_lost(self, exc: Exception | None) -> None:
        """The socket is gone."""
        self._close_connection(_reason_of(exc))

    def pause_writing(self) -> None:
        """The transport's buffer is full."""
        self._paused_writing = True

    def resume_writing(self) -> None:
        """It has room again."""
        self._paused_writing = False
        self.pump()

    # -- what the link calls

    def pump(self) -> None:
        """Have what the connection wants to say written soon: once a turn of the loop, so that small frames join."""
        if not self._pumping:
            self._pumping = True
            self._loop.call_soon(self._pump)

    def close(self, reason: str) -> None:
        """Say goodbye, let that out for a moment, and close. Later bytes of the other side are ignored."""
        if self.reason is not None or self._connection is None or self._transport is None:
            self.abort(reason)
            return
        self.reason = reason
        self._connection.send_goodbye(reason)
        for piece in _joined(self._connection.data_to_send(SEND_QUEUE_BYTES_MAX)):
            self._write(self._transport, piece)
        self._transport.close()
        self._loop.call_later(_FLUSH_S, self._transport.abort)

    def abort(self, reason: str) -> None:
        """Close at once."""
        if self.reason is None:
            self.reason = reason
        if self._transport is not None:
            self._transport.abort()

    # -- inside

    def _received(self, connection: Connection, size: int) -> None:
        try:
            connection.received(size, self._loop.time())
        except RemoteProtocolError as error:
            self._emit(connection)
            self.close(str(error))
            return
        self._emit(connection)
        self.pump()
        due = connection.next_deadline()
        if due is not None and (self._timer is None or due < self._timer_at):
            self._arm()
        if connection.queued_bytes > SEND_QUEUE_BYTES_MAX and not self._paused_reading and self._transport is not None:
            self._paused_reading = True
            self._transport.pause_reading()

    def _pump(self) -> None:
        self._pumping = False
        connection, transport = self._connection, self._transport
        if connection is None or transport is None or self.reason is not None:
            return
        while not (self._paused_writing or transport.is_closing()) and (
            pieces := connection.data_to_send(_WRITE_BYTES)
        ):
            for piece in _joined(pieces):
                self._write(transport, piece)
        self._emit(connection)
        if self._paused_reading and connection.queued_bytes <= SEND_QUEUE_BYTES_MAX // 2:
            self._paused_reading = False
            transport.resume_reading()

    def _write(self, transport: asyncio.Transport, piece: Piece) -> None:
        if transport.is_closing():  # the socket failed at a piece before; asyncio would complain of every further one
            return
        self.sent_bytes += len(piece)
        if not self._encrypted and isinstance(piece, memoryview) and not piece.readonly:
            piece = bytes(piece)  # a plain transport may hold on to it; the sender may reuse its memory
        transport.write(piece)

    def _emit(self, connection: Connection) -> None:
        if events := connection.events():
            self._on_events(events)

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        due = None if self._connection is None or self.reason is not None else self._connection.next_deadline()
        if due is not None:
            self._timer_at = due
            self._timer = self._loop.call_at(due, self._tick)

    def _tick(self) -> None:
        self._timer = None
        if self._connection is None or self.reason is not None:
            return
        try:
            self._connection.tick(self._loop.time())
        except RemoteProtocolError as error:
            self._emit(self._connection)
            self.close(str(error))
            return
        self.pump()
        self._arm()

    def _close_connection(self, reason: str) -> None:
        if self.reason is None:
            self.reason = reason
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._connection is not None:
            self._connection.receive_eof()
            self._emit(self._connection)
            on_closed, self._on_closed = self._on_closed, lambda _: None
            on_closed(self.reason)


def _joined(pieces: list[Piece]) -> list[Piece]:
    """The same bytes with runs of small pieces joined."""
    joined: list[Piece] = []
    run: list[Piece] = []
    for piece in pieces:
        if len(piece) <= _JOIN_BYTES_MAX:
            run.append(piece)
            continue
        if run:
            joined.append(b"".join(run))
            run = []
        joined.append(piece)
    if run:
        joined.append(b"".join(run))
    return joined


def _reason_of(error: Exception | None) -> str:
    """In words for people. What TLS says when a certificate is not in the other side's list is put plainly."""
    if error is None:
        return "the other side closed the connection"
    if isinstance(error, ssl.SSLError):
        return tls_reason(error)
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def tls_reason(error: ssl.SSLError) -> str:
    """What a failed handshake means, in words."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return "its certificate is not in this node's member list"
    text = (error.reason or str(error)).replace("_", " ").lower()
    if "alert unknown ca" in text or "alert bad certificate" in text or "alert certificate unknown" in text:
        return "it does not have this node's certificate in its member list"
    if text in ("wrong version number", "http request", "record layer failure", "packet length too long"):
        return f"that is no node of dfs: what answers there speaks no TLS ({text})"
    return f"TLS: {text}"
