"""The exchanges that are open on one connection, and whose ids are whose; no I/O.

The dialler's ids are odd, the listener's even, and each side's only go up. So an id tells by itself who opened it and
whether it can have been opened at all: a frame for one that is over is late, a frame for one that never was is wrong.
"""

from __future__ import annotations

from dfs_core.errors import RemoteProtocolError
from dfs_core.transport.events import OpenExchange
from dfs_core.transport.stream import Incoming, Outgoing

_ID_MAX = 2**32 - 1


class Exchanges:
    """Open exchanges of both sides, by id."""

    def __init__(self, *, dialled: bool) -> None:
        self._dialled = dialled
        self._open: dict[int, OpenExchange] = {}
        self._next_id = 1 if dialled else 2
        self._last_theirs = 0
        self.theirs_count = 0

    @property
    def ours_count(self) -> int:
        """Requests of this side that are open."""
        return len(self._open) - self.theirs_count

    @property
    def exhausted(self) -> bool:
        """All ids were used, after two thousand million requests: time for a new link."""
        return self._next_id > _ID_MAX

    def open_ours(self, incoming: Incoming, outgoing: Outgoing) -> OpenExchange:
        """Open one under the next id of this side."""
        exchange = OpenExchange(self._next_id, ours=True, incoming=incoming, outgoing=outgoing)
        self._next_id += 2
        self._open[exchange.id] = exchange
        return exchange

    def open_theirs(self, id_: int, incoming: Incoming, outgoing: Outgoing) -> OpenExchange:
        """The other side opened one. RemoteProtocolError: under an id that is not its to use."""
        if self._is_ours(id_) or id_ <= self._last_theirs:
            raise RemoteProtocolError(f"a request under the id {id_}, which is not its to use")
        self._last_theirs = id_
        exchange = self._open[id_] = OpenExchange(id_, ours=False, incoming=incoming, outgoing=outgoing)
        self.theirs_count += 1
        return exchange

    def find(self, id_: int) -> OpenExchange | None:
        """The exchange, or None when it is over. RemoteProtocolError: there never was one."""
        exchange = self._open.get(id_)
        if exchange is None and id_ > (self._next_id - 2 if self._is_ours(id_) else self._last_theirs):
            raise RemoteProtocolError(f"a frame for {id_}, which nobody opened")
        return exchange

    def remove(self, exchange: OpenExchange) -> None:
        """It is over."""
        del self._open[exchange.id]
        self.theirs_count -= not exchange.ours

    def all(self) -> list[OpenExchange]:
        """Those that are open, in the order of their opening."""
        return list(self._open.values())

    def _is_ours(self, id_: int) -> bool:
        return bool(id_ & 1) == self._dialled
