"""How often each chunk is referred to, while a run of entries is applied.

Chunk addresses are spread evenly, so each touched row is a page of the table somewhere else. They are therefore
gathered in memory over the run and written in address order at its end (or when there are many): a chunk that several
commands of the run refer to is written once, and neighbours share a page. What is written is the same either way.

A chunk whose last reference went keeps its row with a count of zero and the log time of that moment: that is what may
be condemned once the grace time has passed. Condemning takes the row away.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dfs_core.catalog.digest import reference_number
from dfs_core.catalog.rows import Rows
from dfs_core.catalog.schema import REFERENCE
from dfs_core.model.bucket import bucket_of

PENDING_MAX = 65_536  # rows gathered before they are written: some 20 MB
_ASK_MAX = 1024  # host parameters in one question; SQLite allows 32,766

_FIND = f"SELECT * FROM {REFERENCE.name} WHERE address IN "
_DELETE = f"DELETE FROM {REFERENCE.name} WHERE address = ?"
_PUT = f"INSERT OR REPLACE INTO {REFERENCE.name} VALUES (?, ?, ?, ?)"

_Row = tuple[int, int, int]  # count, bytes, unreferenced_ms


class References:
    """Counts to raise and lower within the caller's transaction. `flush` before it is committed."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._stored: dict[bytes, _Row | None] = {}
        self._now: dict[bytes, _Row] = {}
        self.touched: set[int] = set()  # buckets in which something was written

    def add(self, addresses: Sequence[bytes], sizes_bytes: Iterable[int]) -> None:
        """One more reference to each; an address that occurs twice is counted twice."""
        self._look_up(addresses)
        now = self._now
        fresh = fresh_bytes = back = back_bytes = 0
        for address, size_bytes in zip(addresses, sizes_bytes, strict=True):
            row = now.get(address)
            if row is None:
                now[address] = (1, size_bytes, 0)
                fresh, fresh_bytes = fresh + 1, fresh_bytes + size_bytes
            else:
                count, known_bytes, _ = row
                now[address] = (count + 1, known_bytes, 0)
                if count == 0:
                    back, back_bytes = back + 1, back_bytes + known_bytes
        self._count(fresh + back, fresh_bytes + back_bytes, -back, -back_bytes)

    def drop(self, addresses: Sequence[bytes], log_ms: int) -> list[bytes]:
        """One reference less to each; returns those that nothing refers to from now on."""
        self._look_up(addresses)
        now = self._now
        gone: list[bytes] = []
        gone_bytes = 0
        for address in addresses:
            count, size_bytes, _ = now[address]
            now[address] = (count - 1, size_bytes, log_ms if count == 1 else 0)
            if count == 1:
                gone.append(address)
                gone_bytes += size_bytes
        self._count(-len(gone), -gone_bytes, len(gone), gone_bytes)
        return gone

    def take_out(self, addresses: Sequence[bytes]) -> dict[bytes, int | None]:
        """Drop the rows of those that nothing refers to, and return them with their bytes; None: there was no row."""
        self._look_up(addresses)
        now = self._now
        taken: dict[bytes, int | None] = {}
        known = known_bytes = 0
        for address in addresses:
            row = now.get(address)
            if row is None:
                taken[address] = None
            elif row[0] == 0:
                taken[address] = row[1]
                del now[address]
                known, known_bytes = known + 1, known_bytes + row[1]
        if known:
            self._count(0, 0, -known, -known_bytes)
        return taken

    def _count(self, chunks: int, chunk_bytes: int, unreferenced: int, unreferenced_bytes: int) -> None:
        self._rows.writes += 1
        self._rows.count("chunks", chunks)
        self._rows.count("chunk_bytes", chunk_bytes)
        self._rows.count("unreferenced", unreferenced)
        self._rows.count("unreferenced_bytes", unreferenced_bytes)

    def _look_up(self, addresses: Sequence[bytes]) -> None:
        """Know the rows of these addresses, as the run has them by now."""
        if len(self._stored) + len(addresses) > PENDING_MAX:
            self.flush()
        stored = self._stored
        unknown = list({address for address in addresses if address not in stored})
        for start in range(0, len(unknown), _ASK_MAX):
            asked = unknown[start : start + _ASK_MAX]
            for address in asked:
                stored[address] = None
            asked += asked[-1:] * ((1 << (len(asked) - 1).bit_length()) - len(asked))  # few different statements
            found = self._rows.execute(_FIND + f"({', '.join('?' * len(asked))})", asked)
            for address, count, size_bytes, unreferenced_ms in found:
                stored[address] = self._now[address] = (count, size_bytes, unreferenced_ms)

    def flush(self) -> None:
        """Write what changed, and forget what is in memory."""
        changed: list[tuple[bytes, int, int, int]] = []
        gone: list[tuple[bytes]] = []
        by = 0
        for address in sorted(self._stored):
            before, after = self._stored[address], self._now.get(address)
            if before == after:
                continue
            if before is not None:
                by -= reference_number(address, *before)
            if after is not None:
                changed.append((address, *after))
                by += reference_number(address, *after)
            else:
                gone.append((address,))
        self.touched.update(bucket_of(address) for address in self._stored)
        if changed or gone:
            self._rows.executemany(_PUT, changed)
            self._rows.executemany(_DELETE, gone)
            self._rows.digest_changed(by)
        self._stored.clear()
        self._now.clear()
