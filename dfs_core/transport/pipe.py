"""One end of a connection in memory: bytes arrive in order, after a while, unless their way is cut."""

from __future__ import annotations

import asyncio
import contextvars
from collections import deque
from typing import Any, Protocol

from dfs_core.model.ids import NodeId
from dfs_core.transport.wire import Wire

_HIGH_BYTES, _LOW_BYTES = 1024 * 1024, 256 * 1024


class Way(Protocol):
    """What a pipe leads through (`memory.MemoryNetwork`)."""

    pipes: dict[Pipe, None]

    def delay_s(self) -> float:
        """How long the next stretch of bytes takes."""
        ...

    def is_cut(self, source: NodeId, target: NodeId) -> bool:
        """Nothing goes this way now."""
        ...


class Pipe(asyncio.Transport):
    """One end of an in-memory connection: carries what is written here to the protocol at the other end."""

    def __init__(
        self, network: Way, source: NodeId, target: NodeId, context: contextvars.Context | None = None
    ) -> None:
        """`join` the two ends before use. What arrives at this end is handled in `context`; None: the caller's."""
        super().__init__()
        self._network, self.source, self.target = network, source, target
        self._loop = asyncio.get_running_loop()
        self._context = context or contextvars.copy_context()
        self._protocol: Wire | None = None
        self._other: Pipe | None = None
        self._flying: deque[tuple[float, bytes]] = deque()  # b"" is the end
        self._flying_bytes = 0
        self._latest = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._full = self._deaf = self._ending = self._lost = False

    @staticmethod
    def join(one: Pipe, one_wire: Wire, other: Pipe, other_wire: Wire) -> None:
        """Make the two ends of one connection."""
        one._other, other._other = other, one
        one._protocol, other._protocol = one_wire, other_wire

    # -- asyncio.Transport, as far as a Wire uses it

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """There is no socket."""
        return default

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """The pipe has its own."""

    def is_closing(self) -> bool:
        """Nothing more will be written."""
        return self._ending

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send a copy on its way."""
        if self._ending or not len(data):
            return
        self._send(bytes(data))
        if self._flying_bytes > _HIGH_BYTES and not self._full and self._protocol is not None:
            self._full = True
            self._protocol.pause_writing()

    def pause_reading(self) -> None:
        """Let what arrives wait."""
        self._deaf = True

    def resume_reading(self) -> None:
        """Take it in again."""
        self._deaf = False
        if self._other is not None:
            self._other.look()

    def close(self) -> None:
        """What was written still arrives, then the end."""
        if not self._ending:
            self._ending = True
            self._send(b"")
            self._loop.call_soon(self._lose, None)

    def abort(self) -> None:
        """What is on its way is lost; the other end hears only the end."""
        if not self._ending:
            self._flying.clear()
            self._flying_bytes = 0
            self.close()

    def fall_silent(self) -> None:
        """Nobody is at this end any more: what it sent is lost, what comes is not heard, and nobody is told."""
        self._flying.clear()
        self._flying_bytes = 0
        self._ending = self._lost = True
        self._network.pipes.pop(self, None)

    # -- the way

    def _send(self, data: bytes) -> None:
        self._latest = max(self._latest, self._loop.time() + self._network.delay_s())
        self._flying.append((self._latest, data))
        self._flying_bytes += len(data)
        self.look()

    def look(self) -> None:
        """Deliver what is due, unless this direction is cut or the other end does not read."""
        wanted = self._flying[0][0] if self._flying and not self._network.is_cut(self.source, self.target) else None
        if self._timer is not None:
            if self._timer.when() == wanted:
                return
            self._timer.cancel()
            self._timer = None
        if wanted is not None:
            self._timer = self._loop.call_at(wanted, self._arrive)

    def _arrive(self) -> None:
        self._timer = None
        other, now = self._other, self._loop.time()
        while self._flying and self._flying[0][0] <= now and other is not None:
            if self._network.is_cut(self.source, self.target) or (other._deaf and self._flying[0][1]):
                return
            _, data = self._flying.popleft()
            self._flying_bytes -= len(data)
            other._context.copy().run(other._take, data)  # its work is its node's, not the sender's
        if self._full and self._flying_bytes <= _LOW_BYTES:
            self._full = False
            if self._protocol is not None and not self._lost:
                self._protocol.resume_writing()
        self.look()

    def _take(self, data: bytes) -> None:
        if self._protocol is None or self._lost:
            return
        if not data:
            self._ending = True
            self._lose(None)
        while data and not self._lost:
            buffer = self._protocol.get_buffer(-1)
            size = min(len(buffer), len(data))
            buffer[:size] = data[:size]
            data = data[size:]
            self._protocol.buffer_updated(size)

    def _lose(self, error: Exception | None) -> None:
        if not self._lost and self._protocol is not None:
            self._lost = True
            self._network.pipes.pop(self, None)
            self._protocol.connection_lost(error)
