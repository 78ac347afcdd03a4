"""The replicated log on disk: entries, the current term and the vote.

    entry          one row an entry, by index
    term_start     where each term begins: the run-length form of all terms, so that no start reads the whole log
    hard_state     one row: the highest term seen and the vote cast in it
    cut            one row: the first index still kept, the term of the entry before it, and who voted there

Raft is only right if what it counts is really on disk, so every `save` is one transaction that is synced before it
returns (WAL, `synchronous=FULL`), however many entries it holds: group commit is the caller's gathering them. A crash
in the middle leaves either all of it or none.

Entries are rows of an ordinary SQLite table, not WITHOUT ROWID as in the catalog: they are up to 4 MiB long and always
appended, and nothing here is part of a digest. Reading old entries for a lagging follower uses a connection of its own
and never waits for a sync under way.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from dfs_core.catalog.database import open_readonly, open_writable, snapshot, transaction, translated
from dfs_core.errors import StoreError
from dfs_core.model.raft_messages import CONFIGURATION, ENTRY_OVERHEAD_BYTES, Configuration, LogEntry
from dfs_core.model.raft_ready import HardState, LogStart, SnapshotPlace

MARKER = int.from_bytes(b"dfsL", "big")
SCHEMA_VERSION = 1
SCHEMA = (
    'CREATE TABLE entry ("index" INTEGER PRIMARY KEY, term INTEGER NOT NULL, kind INTEGER NOT NULL, data BLOB NOT NULL)'
    " STRICT",
    # Which configuration is the newest must be known before anything else, and survives truncation by itself.
    f'CREATE INDEX entry_configuration ON entry ("index") WHERE kind = {CONFIGURATION}',
    "CREATE TABLE term_start (first_index INTEGER PRIMARY KEY, term INTEGER NOT NULL) STRICT",
    "CREATE TABLE hard_state (one INTEGER PRIMARY KEY CHECK (one = 1), term INTEGER NOT NULL, vote BLOB) STRICT",
    "CREATE TABLE cut (one INTEGER PRIMARY KEY CHECK (one = 1), first_index INTEGER NOT NULL,"
    " before_term INTEGER NOT NULL, configuration BLOB NOT NULL) STRICT",
    "INSERT INTO hard_state VALUES (1, 0, NULL)",
    f"INSERT INTO cut VALUES (1, 1, 0, x'{Configuration().encode().hex()}')",
)


@dataclass(frozen=True, slots=True)
class LoadedLog:
    """What a node must know of its log when it starts, in the shape that the Raft core wants. All of it is durable.

    `configurations` are (index, configuration), ascending: the one in force at the applied index, then every one after
    it, committed or not. A log without any has the empty one, or the founder's, at index 0.
    """

    hard_state: HardState
    start: LogStart
    configurations: tuple[tuple[int, Configuration], ...]

    @property
    def first_index(self) -> int:
        """The first entry that is kept; where the log will begin while it is empty."""
        return self.start.first_index

    @property
    def last_index(self) -> int:
        """The newest entry; `first_index` - 1 while the log is empty."""
        return self.start.last_index


class LogStore:
    """One node's log. All methods block; each may be called from any thread, `save` from one at a time.

    StoreFull: the disk is full and nothing of the call was written. StoreError: the file cannot be used.
    """

    def __init__(self, path: Path | str) -> None:
        self._path = Path(path)
        self._writer = open_writable(
            self._path, marker=MARKER, schema_version=SCHEMA_VERSION, schema=SCHEMA, synced=True
        )
        self._reader = open_readonly(self._path, marker=MARKER, schema_version=SCHEMA_VERSION)
        self._writing, self._reading = threading.Lock(), threading.Lock()
        with translated(self._path):
            self._begin_anew()

    def _begin_anew(self) -> None:
        """Know what the file says: where the log begins and ends, and how large its entries are in all."""
        self.first_index: int
        (self.first_index,) = self._writer.execute("SELECT first_index FROM cut").fetchone()
        self.term: int  # the highest that is durable
        (self.term,) = self._writer.execute("SELECT term FROM hard_state").fetchone()
        newest, count, data_bytes = self._writer.execute(
            'SELECT max("index"), count(*), total(length(data)) FROM entry'
        ).fetchone()
        self._last_index: int = self.first_index - 1 if newest is None else newest
        self.size_bytes = int(data_bytes) + count * ENTRY_OVERHEAD_BYTES

    @property
    def last_index(self) -> int:
        """The newest entry, which is durable; `first_index` - 1 while there is none."""
        return self._last_index

    def found(self, configuration: Configuration) -> None:
        """Put `configuration` in force before the first entry, durably: how a cluster begins, with its founder voting.

        Founding again with the same is no change. StoreError: the log has entries already, or was founded otherwise.
        """
        data = configuration.encode()
        with self._writing, translated(self._path), transaction(self._writer):
            (found,) = self._writer.execute("SELECT configuration FROM cut").fetchone()
            if found == data:
                return
            if self._last_index != 0 or found != Configuration().encode():
                raise StoreError(f"{self._path} is the log of a cluster already")
            self._writer.execute("UPDATE cut SET configuration = ?", (data,))

    def load(self, applied: int) -> LoadedLog:
        """Everything a Raft core needs to go on where it stopped, for a catalog that has applied up to `applied`.

        StoreError: the catalog is ahead of the log, so the log has lost entries that were durable.
        """
        with self._reading, translated(self._path), snapshot(self._reader):
            term, vote = self._reader.execute("SELECT term, vote FROM hard_state").fetchone()
            first_index, before_term, before = self._reader.execute(
                "SELECT first_index, before_term, configuration FROM cut"
            ).fetchone()
            (newest,) = self._reader.execute('SELECT max("index") FROM entry').fetchone()
            terms = self._reader.execute("SELECT first_index, term FROM term_start ORDER BY first_index").fetchall()
            changes = self._reader.execute(
                f'SELECT "index", data FROM entry WHERE kind = {CONFIGURATION} ORDER BY "index"'
            ).fetchall()
        last_index = first_index - 1 if newest is None else newest
        if not first_index - 1 <= applied <= last_index:
            raise StoreError(
                f"{self._path} holds entries {first_index} to {last_index}, but the catalog has applied {applied}:"
                " this folder is not as it was left"
            )
        history = [(first_index - 1, before), *changes]
        kept = [place for place, (index, _) in enumerate(history) if index <= applied][-1]
        return LoadedLog(
            HardState(term, vote),
            LogStart(first_index, before_term, last_index, tuple(terms), applied),
            tuple((index, Configuration.decode(data)) for index, data in history[kept:]),
        )

    def save(self, hard_state: HardState | None, entries: Sequence[LogEntry]) -> None:
        """Make these durable, all or none: on return they survive a power cut.

        `entries` are contiguous; the first replaces everything at and after its index. None leaves the hard state as it
        is. Saving the same again changes nothing. ValueError: a gap, or below what was cut off.
        """
        self._check(entries)
        with self._writing, translated(self._path):
            size_bytes = self.size_bytes
            with transaction(self._writer):
                if hard_state is not None:
                    self._writer.execute("UPDATE hard_state SET term = ?, vote = ?", (hard_state.term, hard_state.vote))
                if entries:
                    size_bytes += self._replace_from(entries)
            if entries:
                self._last_index, self.size_bytes = entries[-1].index, size_bytes
            if hard_state is not None:
                self.term = hard_state.term

    def _check(self, entries: Sequence[LogEntry]) -> None:
        if entries and not self.first_index <= entries[0].index <= self._last_index + 1:
            raise ValueError(f"entry {entries[0].index} does not fit a log of {self.first_index} to {self._last_index}")
        if any(later.index != earlier.index + 1 for earlier, later in pairwise(entries)):
            raise ValueError("entries are not contiguous")

    def _replace_from(self, entries: Sequence[LogEntry]) -> int:
        """Within the caller's transaction. By how much the log grew."""
        first = entries[0].index
        grown = sum(entry.size_bytes for entry in entries)
        if first <= self._last_index:
            grown -= self._size_of('WHERE "index" >= ?', first)
            self._writer.execute('DELETE FROM entry WHERE "index" >= ?', (first,))
            self._writer.execute("DELETE FROM term_start WHERE first_index >= ?", (first,))
        newest = self._writer.execute("SELECT term FROM term_start ORDER BY first_index DESC LIMIT 1").fetchone()
        term = newest[0] if newest else None
        for entry in entries:
            if entry.term != term:
                self._writer.execute("INSERT INTO term_start VALUES (?, ?)", (entry.index, entry.term))
                term = entry.term
        self._writer.executemany(
            "INSERT INTO entry VALUES (?, ?, ?, ?)",
            [(entry.index, entry.term, entry.kind, entry.data) for entry in entries],
        )
        return grown

    def _size_of(self, where: str, index: int) -> int:
        count, data_bytes = self._writer.execute(
            f"SELECT count(*), total(length(data)) FROM entry {where}", (index,)
        ).fetchone()
        return int(data_bytes) + int(count) * ENTRY_OVERHEAD_BYTES

    # -- cutting off the beginning

    def tail_start(self, bytes_kept: int) -> int:
        """The first of the newest entries that together have `bytes_kept` or less; behind the last one at the most."""
        start, room = self._last_index + 1, bytes_kept
        with self._reading, translated(self._path):
            rows = self._reader.execute('SELECT "index", length(data) FROM entry ORDER BY "index" DESC')
            for index, data_bytes in rows:
                room -= data_bytes + ENTRY_OVERHEAD_BYTES
                if room < 0:
                    break
                start = index
            rows.close()
        return start

    def cut(self, index: int) -> None:
        """Delete the entry at `index` and all before it, durably; what they said of who votes is kept.

        What was cut off already is no change. ValueError: there is no such entry yet.
        """
        with self._writing, translated(self._path):
            if index < self.first_index:
                return
            if index > self._last_index:
                raise ValueError(f"the log ends at {self._last_index}, so it cannot be cut off at {index}")
            with transaction(self._writer):
                (term,) = self._writer.execute('SELECT term FROM entry WHERE "index" = ?', (index,)).fetchone()
                change = self._writer.execute(
                    f'SELECT data FROM entry WHERE kind = {CONFIGURATION} AND "index" <= ?'
                    ' ORDER BY "index" DESC LIMIT 1',
                    (index,),
                ).fetchone()
                gone = self._begin_behind(index, term, change[0] if change else None)
            self.first_index = index + 1
            self.size_bytes -= gone

    def _begin_behind(self, index: int, term: int, configuration: bytes | None) -> int:
        """Within the caller's transaction. How much went."""
        gone = self._size_of('WHERE "index" <= ?', index)
        self._writer.execute('DELETE FROM entry WHERE "index" <= ?', (index,))
        next_term = self._writer.execute('SELECT term FROM entry WHERE "index" = ?', (index + 1,)).fetchone()
        self._writer.execute("DELETE FROM term_start WHERE first_index <= ?", (index + 1,))
        if next_term is not None:
            self._writer.execute("INSERT INTO term_start VALUES (?, ?)", (index + 1, next_term[0]))
        self._writer.execute("UPDATE cut SET first_index = ?, before_term = ?", (index + 1, term))
        if configuration is not None:
            self._writer.execute("UPDATE cut SET configuration = ?", (configuration,))
        return gone

    def install(self, place: SnapshotPlace) -> None:
        """Begin behind a snapshot that the catalog holds durably. The entries behind it stay if it `keeps_tail`.

        They stay only if the log has just that entry at `place.index`; else all go. One transaction; doing it again
        changes nothing.
        """
        with self._writing, translated(self._path):
            with transaction(self._writer):
                found = self._writer.execute('SELECT term FROM entry WHERE "index" = ?', (place.index,)).fetchone()
                cut_here = self._writer.execute(
                    "SELECT 1 FROM cut WHERE first_index = ? AND before_term = ?", (place.index + 1, place.term)
                ).fetchone()
                if not place.keeps_tail or (found != (place.term,) and cut_here is None):
                    self._writer.execute("DELETE FROM entry")
                    self._writer.execute("DELETE FROM term_start")
                # No entry up to there says who votes: then whoever founded the cluster still does.
                voting = place.configuration.encode() if place.configuration.voters else None
                self._begin_behind(place.index, place.term, voting)
            self._begin_anew()

    def read(self, low: int, high: int, bytes_max: int) -> list[LogEntry]:
        """Entries `low` … `high` that fit in `bytes_max`, in order and without a gap; the first one whatever its size.

        Empty when `low` is beyond the end, or when an overtaking truncation took it away, or when it was cut off.
        StoreError: the file lacks entries that it must have.
        """
        entries: list[LogEntry] = []
        room = bytes_max
        with self._reading, translated(self._path), snapshot(self._reader):
            if low < self._reader.execute("SELECT first_index FROM cut").fetchone()[0]:
                return []
            rows = self._reader.execute(
                'SELECT "index", term, kind, data FROM entry WHERE "index" BETWEEN ? AND ? ORDER BY "index"',
                (low, high),
            )
            for row in rows:
                entry = LogEntry(*row)
                if entry.index != low + len(entries):
                    raise StoreError(f"{self._path} lacks log entry {low + len(entries)}")
                room -= entry.size_bytes
                if room < 0 and entries:
                    break
                entries.append(entry)
            rows.close()
        return entries

    def close(self) -> None:
        """Release the file. What was saved stays saved; a second call does nothing."""
        with self._reading, self._writing, translated(self._path):
            self._reader.close()
            self._writer.close()
