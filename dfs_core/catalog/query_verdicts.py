"""Questions about what nothing refers to: what may be condemned, what is, and what waits to be gone."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import AbstractContextManager

from dfs_core.catalog.facts import Pending, Standing, Verdict

_ASK_MAX = 1024
_FORGOTTEN_AT_ONCE = 4096  # rows that one entry drops, and the rest of the last verdict among them


class VerdictQuestions:
    """The part of `CatalogReader` that collecting asks."""

    def _borrowed(self) -> AbstractContextManager[sqlite3.Connection]:
        raise NotImplementedError

    def unreferenced(self, limit: int) -> list[tuple[bytes, int, int]]:
        """Chunks that nothing refers to any more: address, bytes, and the log time since when; longest first."""
        question = (
            "SELECT address, bytes, unreferenced_ms FROM reference WHERE count = 0 AND unreferenced_ms >= 0"
            " ORDER BY unreferenced_ms, address LIMIT ?"
        )
        with self._borrowed() as connection:
            return connection.execute(question, (limit,)).fetchall()

    def standing(self) -> Standing:
        """How far verdicts go."""
        with self._borrowed() as connection:
            (applied,) = connection.execute("SELECT log_index FROM applied").fetchone()
            return Standing(applied, counter(connection, "condemned_at"), counter(connection, "horizon"))

    def verdict(self, after: int) -> Verdict:
        """The oldest verdict behind log index `after` that is in force, or else where the newest ended."""
        with self._borrowed() as connection:
            (index,) = connection.execute(
                "SELECT min(log_index) FROM condemned WHERE log_index > ?", (after,)
            ).fetchone()
            if index is None:
                return Verdict(max(after, counter(connection, "condemned_at")), ())
            rows = connection.execute("SELECT address FROM condemned WHERE log_index = ? ORDER BY address", (index,))
            return Verdict(index, tuple(address for (address,) in rows))

    def condemned(self, addresses: Iterable[bytes]) -> dict[bytes, int]:
        """Those of these chunks that are condemned, and by the entry of which index."""
        with self._borrowed() as connection:
            return by_address(connection, "SELECT address, log_index FROM condemned", addresses)

    def forgettable(self, up_to: int) -> int:
        """A horizon at or before `up_to` that a bounded number of verdicts lie before; 0: there is none to forget."""
        with self._borrowed() as connection:
            rows = connection.execute(
                "SELECT log_index FROM condemned WHERE log_index <= ? ORDER BY log_index LIMIT ?",
                (up_to, _FORGOTTEN_AT_ONCE),
            ).fetchall()
        return int(rows[-1][0]) if rows else 0

    def due(self, latest_ms: int) -> tuple[int, int]:
        """How many chunks lost their last reference by that log time, and their bytes. Looks at each of them."""
        question = "SELECT count(*), coalesce(sum(bytes), 0) FROM reference WHERE count = 0 AND unreferenced_ms <= ?"
        with self._borrowed() as connection:
            chunks, size_bytes = connection.execute(question, (latest_ms,)).fetchone()
        return chunks, size_bytes

    def pending(self, carried_out: int) -> Pending:
        """What nothing refers to and is not gone yet, when all verdicts up to `carried_out` are carried out."""
        with self._borrowed() as connection:
            condemned, condemned_bytes = connection.execute(
                "SELECT count(*), coalesce(sum(bytes), 0) FROM condemned WHERE log_index > ?", (carried_out,)
            ).fetchone()
            oldest = connection.execute(
                "SELECT unreferenced_ms FROM reference WHERE count = 0 AND unreferenced_ms >= 0"
                " ORDER BY unreferenced_ms LIMIT 1"
            ).fetchone()
            return Pending(
                unreferenced=counter(connection, "unreferenced"),
                unreferenced_bytes=counter(connection, "unreferenced_bytes"),
                oldest_ms=oldest[0] if oldest else -1,
                condemned=condemned,
                condemned_bytes=condemned_bytes,
            )


def by_address(connection: sqlite3.Connection, question: str, addresses: Iterable[bytes]) -> dict[bytes, int]:
    """What `question` (address and number of a table's rows) says of those of these addresses that have a row."""
    asked = list(dict.fromkeys(addresses))
    found: dict[bytes, int] = {}
    for start in range(0, len(asked), _ASK_MAX):
        some = asked[start : start + _ASK_MAX]
        marks = ", ".join("?" * len(some))
        found.update(connection.execute(f"{question} WHERE address IN ({marks})", some))
    return found


def counter(connection: sqlite3.Connection, name: str) -> int:
    """A counter's value; 0 when it never counted."""
    row = connection.execute("SELECT value FROM counter WHERE name = ?", (name,)).fetchone()
    return int(row[0]) if row else 0
