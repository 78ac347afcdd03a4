"""What goes out next: credit, pings and pongs; then messages in order; then each stream's data in turn. No I/O."""

from __future__ import annotations

from collections import deque

from dfs_core.encoding.frame import END, Kind, encode_header
from dfs_core.transport.events import OpenExchange

Piece = bytes | memoryview


class Outbox:
    """Frames that wait to be written. DATA is cut only when it is taken, so it never waits here as frames."""

    def __init__(self) -> None:
        self._urgent: deque[bytes] = deque()
        self._pong: bytes | None = None
        self._messages: deque[bytes] = deque()
        self._streams: deque[OpenExchange] = deque()
        self.messages_bytes = 0

    @property
    def empty(self) -> bool:
        """Nothing is ready to be written."""
        return not (self._urgent or self._messages or self._streams or self._pong)

    def add_urgent(self, frame: bytes) -> None:
        """Before everything else: a PING or a CREDIT."""
        self._urgent.append(frame)

    def add_pong(self, frame: bytes) -> None:
        """Before everything else; only the newest waits, so that a flood of pings costs nothing."""
        self._pong = frame

    def add_message(self, frame: bytes) -> None:
        """In order, before data: a message, a RESET, HELLO, GOODBYE."""
        self._messages.append(frame)
        self.messages_bytes += len(frame)

    def add_stream(self, exchange: OpenExchange) -> None:
        """The exchange's outgoing stream may have become ready."""
        if exchange.outgoing.ready and not exchange.waiting:
            exchange.waiting = True
            self._streams.append(exchange)

    def drop_streams(self) -> None:
        """No more data will be written."""
        self._streams.clear()

    def take(self, size_max: int, frame_bytes_max: int) -> tuple[list[Piece], list[OpenExchange]]:
        """Buffers to write in order, about `size_max` bytes, and the exchanges whose stretch or stream is thereby done.

        At least one message or frame goes whole. Payloads are views of the senders' own memory, never copies.
        """
        pieces: list[Piece] = [*self._urgent]
        self._urgent.clear()
        if self._pong is not None:
            pieces.append(self._pong)
            self._pong = None
        size = 0
        while self._messages and size < size_max:
            frame = self._messages.popleft()
            self.messages_bytes -= len(frame)
            pieces.append(frame)
            size += len(frame)
        done: list[OpenExchange] = []
        while self._streams and size < size_max:
            exchange = self._streams.popleft()
            exchange.waiting = False
            outgoing = exchange.outgoing
            if not outgoing.ready:
                continue
            payload, last = outgoing.next_frame(frame_bytes_max)
            pieces.append(encode_header(Kind.DATA, END if last else 0, exchange.id, len(payload)))
            if len(payload):
                pieces.append(payload)
            size += len(payload)
            self.add_stream(exchange)
            if not outgoing.pending:
                done.append(exchange)
        return pieces, done
