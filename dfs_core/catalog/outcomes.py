"""What became of every command, so that each is applied once and anybody can ask.

Kept by ordinal, the order of applying, and forgotten from the oldest: what is older than a week of log time, and what
is neither among the newest million nor younger than an hour. Both bounds are functions of the log, so every node
forgets the same at the same entry.

Who asks later than that is told that the command is void.

A Commit whose id is its version's id, as that of every store is, needs no row of its own: the version with that id is
the outcome, for as long as it is kept. Whatever ends a version adds the row (`add_ended`), so that a commit that comes
late a second time cannot bring back what was purged.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from dfs_core.catalog.rows import Rows
from dfs_core.catalog.schema import OUTCOME
from dfs_core.encoding.commands import Outcome

KEPT_MS = 7 * 86_400_000
KEPT_MS_MIN = 3_600_000
KEPT_COUNT = 1_000_000

VOID = "void"


def find_outcome(execute: Callable[[str, tuple[bytes]], sqlite3.Cursor], command: bytes) -> Outcome | None:
    """The outcome of the command with this id; None when it was not applied or voided, or is forgotten."""
    row = execute("SELECT reason, text, version, revision FROM outcome WHERE command = ?", (command,)).fetchone()
    if row is not None:
        return Outcome(*row)
    row = execute("SELECT number, log_index FROM version WHERE version_id = ? AND removed = 0", (command,)).fetchone()
    return Outcome(version=row[0], revision=row[1]) if row is not None else None


class Outcomes:
    """The outcomes to read and add to within the caller's transaction."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        # (ordinal, log_ms) of the oldest kept, so that most entries need not ask whether something is to be forgotten.
        self._oldest: tuple[int, int] | None = rows.execute(
            "SELECT ordinal, log_ms FROM outcome ORDER BY ordinal LIMIT 1"
        ).fetchone()

    def find(self, command: bytes) -> Outcome | None:
        """The outcome of the command with this id; None when it was not applied or voided, or is forgotten."""
        return find_outcome(self._rows.execute, command)

    def add(self, command: bytes, outcome: Outcome, log_ms: int) -> None:
        """Remember; the id must be new."""
        ordinal = self._rows.count("outcome", 1)
        self._rows.insert(
            OUTCOME, (ordinal, command, outcome.reason, outcome.version, outcome.revision, log_ms, outcome.text)
        )
        if self._oldest is None:
            self._oldest = (ordinal, log_ms)

    def add_ended(self, version_id: bytes, number: int, index: int, log_ms: int) -> None:
        """Remember the commit that made this version, which is about to go."""
        if self._rows.execute("SELECT 1 FROM outcome WHERE command = ?", (version_id,)).fetchone() is None:
            self.add(version_id, Outcome(version=number, revision=index), log_ms)

    def forget(self, log_ms: int) -> None:
        """Drop what is old by now. To be called at the end of every entry, not of a run: runs differ between nodes."""
        while self._oldest is not None and self._is_old(*self._oldest, log_ms):
            row = self._rows.get(OUTCOME, self._oldest[0])
            assert row is not None, "the oldest outcome is there"
            self._rows.delete(OUTCOME, row)
            self._oldest = self._rows.execute(
                "SELECT ordinal, log_ms FROM outcome WHERE ordinal > ? ORDER BY ordinal LIMIT 1", (row[0],)
            ).fetchone()

    def _is_old(self, ordinal: int, outcome_ms: int, log_ms: int) -> bool:
        age_ms = log_ms - outcome_ms
        crowded = self._rows.counter("outcome") - ordinal >= KEPT_COUNT
        return age_ms > KEPT_MS or (crowded and age_ms > KEPT_MS_MIN)
