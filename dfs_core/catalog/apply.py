"""Committed entries become the catalog: the same entries, the same rows, on every full node.

Theory. An entry's data is one Batch: log time that passed, then commands in order. Each command is looked up by its id
first: one that was applied (or made void) before gives its first outcome again. Otherwise it is carried out, or refused
with a reason and no change at all, and its outcome is remembered. So applying is total, and a command proposed twice,
by an impatient client or by two leaders, is applied once.

Determinism. The outcome depends on the rows, the entry's index and log time, nothing else: no clock, no randomness,
no order of a hash table, no float, no locale, nothing that differs between releases of Python or SQLite (texts for
people are kept but not digested). docs/catalog.md lists the rules. How entries are split into runs does not matter
either: nothing is decided at the end of a run.

Crash. A run is one transaction, with the place in the log (index, term) and the digest in it. `synchronous=NORMAL` is
enough: the entries are in the log, which was synced before they were committed, so a power cut that takes back the last
runs only makes this node apply them again.

Failure. An entry that cannot be read, or a command unknown to this release, halts with CatalogHalted and applies
nothing of the run: to skip it would make this node disagree for ever. The same goes for every unexpected exception.
StoreFull can be cured and the same run be applied again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dfs_core.catalog import apply_expiry, apply_files, apply_generation, apply_members, apply_recovery, condemning
from dfs_core.catalog.change import Applied
from dfs_core.catalog.database import open_readonly, open_writable, transaction, translated
from dfs_core.catalog.outcomes import VOID, Outcomes
from dfs_core.catalog.references import References
from dfs_core.catalog.rows import Rows
from dfs_core.catalog.schema import CHECKPOINT_PAGES, CLUSTER, MARKER, PAGE_BYTES, SCHEMA, SCHEMA_VERSION, VOTING
from dfs_core.catalog.step import Step
from dfs_core.encoding.commands import (
    Abandon,
    Admit,
    AnyCommand,
    BeginGeneration,
    Commit,
    Condemn,
    ConfirmSheet,
    DropSnapshot,
    Expire,
    Forget,
    Found,
    KeepSnapshot,
    LiftHold,
    Outcome,
    Refer,
    Remove,
    SecretEpoch,
    SetMember,
    SetSetting,
    Settle,
    Tick,
    decode_batch,
    decode_command,
)
from dfs_core.errors import CatalogHalted, ChunksCondemned, Refused, RemoteProtocolError, StoreError
from dfs_core.limits import MIB
from dfs_core.model.ids import BUCKET_COUNT
from dfs_core.model.raft_messages import COMMAND, CONFIGURATION, NOOP, Configuration, LogEntry

__all__ = ["Applied", "Applier"]

ELAPSED_MS_MAX = 60_000
CONDEMNED_REASONS = ("condemned", "stale")
CACHE_BYTES = 64 * MIB  # of pages: chunks and ids land anywhere in their tables

_CARRY_OUT: dict[type[Any], Callable[[Step, Any], Outcome]] = {
    Found: apply_members.found,
    Admit: apply_members.admit,
    SetMember: apply_members.set_member,
    SetSetting: apply_members.set_setting,
    Refer: apply_files.refer,
    Abandon: apply_files.abandon,
    Commit: apply_files.commit,
    Remove: apply_files.remove,
    Expire: apply_expiry.expire,
    Condemn: condemning.condemn,
    Forget: condemning.forget,
    SecretEpoch: apply_recovery.secret_epoch,
    ConfirmSheet: apply_recovery.confirm_sheet,
    KeepSnapshot: apply_recovery.keep_snapshot,
    DropSnapshot: apply_recovery.drop_snapshot,
    BeginGeneration: apply_generation.begin_generation,
    LiftHold: apply_generation.lift_hold,
}


class Applier:
    """The one writer of a node's catalog. All methods block; one thread at a time, any thread.

    `applied_index`, `applied_term`, `condemned_at` (index of the newest verdict), `horizon` (up to where verdicts are
    forgotten) and `digest` are what was committed last, and may be read from anywhere.
    """

    def __init__(self, path: Path | str) -> None:
        """Open the catalog at `path`, or begin an empty one. StoreError when it cannot be used."""
        self._path = Path(path)
        self._applying, self._telling = threading.Lock(), threading.Lock()
        self._touched: set[int] = set()
        self._connection = open_writable(
            self._path,
            marker=MARKER,
            schema_version=SCHEMA_VERSION,
            schema=SCHEMA,
            synced=False,
            page_bytes=PAGE_BYTES,
        )
        with translated(self._path):
            self._connection.execute(f"PRAGMA cache_size = -{CACHE_BYTES // 1024}")
            self._connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
            self._connection.execute(f"PRAGMA journal_size_limit = {CHECKPOINT_PAGES * PAGE_BYTES}")
        self._begin_anew()
        self.durable_index = 0  # nothing is known of what the last life brought to the medium

    def _begin_anew(self) -> None:
        """Know what the file says; after opening and after every rollback."""
        with translated(self._path):
            self._rows = Rows(self._connection)
            self._references = References(self._rows)
            self._outcomes = Outcomes(self._rows)
        self._tell()

    def _tell(self) -> None:
        # First: who reads the applied index and then these is never told of too few verdicts.
        self.condemned_at, self.horizon = self._rows.counter("condemned_at"), self._rows.counter("horizon")
        self.applied_index, self.applied_term = self._rows.applied_index, self._rows.applied_term
        self.digest = self._rows.digest
        with self._telling:
            self._touched |= self._references.touched
            self._references.touched.clear()

    def take_touched(self) -> set[int]:
        """The buckets in which references came or went since this was asked last. At the first time: since the start.

        What another program or an earlier start did is not among them: who wants to know begins with all of them.
        """
        with self._telling:
            touched, self._touched = self._touched, set()
        return touched

    def apply(self, entries: Sequence[LogEntry]) -> list[Applied]:
        """Apply committed entries in one transaction: all of them or, when this raises, none.

        They follow `applied_index` without a gap; those at or before it are skipped, so that handing a run in again is
        harmless. Returns every command of the new ones with its outcome, in order. On return readers see it all.
        CatalogHalted: see the module; do not go on. StoreFull, StoreError: the file could not be written.
        """
        results: list[Applied] = []
        with self._applying, self._run():
            index, term = self.applied_index, self.applied_term
            for entry in entries:
                if entry.index <= index:
                    self._check_known(entry)
                    continue
                if entry.index != index + 1:
                    raise ValueError(f"entry {entry.index} does not follow {index}")
                index, term = entry.index, entry.term
                self._apply_entry(entry, results)
            if index != self.applied_index:
                self._references.flush()
                self._rows.finish(index, term)
        self._tell()
        return results

    @contextmanager
    def _run(self) -> Iterator[None]:
        try:
            with translated(self._path), transaction(self._connection):
                yield
        except BaseException:
            self._begin_anew()
            raise

    def _check_known(self, entry: LogEntry) -> None:
        if entry.index == self.applied_index and entry.term != self.applied_term:
            raise CatalogHalted(
                entry.index, f"it was applied with term {self.applied_term} and comes again with term {entry.term}"
            )

    def _apply_entry(self, entry: LogEntry, results: list[Applied]) -> None:
        if entry.kind == NOOP:  # the Raft core's own; it only takes a place
            return
        if entry.kind == CONFIGURATION:  # the core's own, too; kept so that a snapshot says who votes
            self._rows.put(VOTING, (1, entry.data, entry.index))
            return
        if entry.kind != COMMAND:
            raise CatalogHalted(entry.index, f"entries of kind {entry.kind} are not known")
        try:
            batch = decode_batch(entry.data)
            commands = [decode_command(data) for data in batch.commands]
        except RemoteProtocolError as error:
            raise CatalogHalted(entry.index, str(error)) from error
        log_ms = self._rows.count("log_ms", min(max(batch.elapsed_ms, 0), ELAPSED_MS_MAX))
        for command in commands:
            step = Step(self._rows, self._references, self._outcomes, entry.index, log_ms)
            outcome = self._outcomes.find(command.id)
            if outcome is None:
                outcome = self._carry_out(step, command)
                if self._is_remembered(command, outcome):
                    self._outcomes.add(command.id, outcome, log_ms)
            results.append(Applied(entry.index, command.id, outcome, tuple(step.changes)))
        self._outcomes.forget(log_ms)

    @staticmethod
    def _is_remembered(command: AnyCommand, outcome: Outcome) -> bool:
        """Not a commit's success: the version that it made says what `Outcomes.find` needs, one row and index less.

        Nor that holders must be asked again (`ChunksCondemned`): the same command may come again when they were.
        """
        if isinstance(command, Commit) and not outcome.reason:
            return command.id != command.version_id
        return not (isinstance(command, Commit | Refer) and outcome.reason in CONDEMNED_REASONS)

    def _carry_out(self, step: Step, command: AnyCommand) -> Outcome:
        if isinstance(command, Tick):
            return step.applied()
        if isinstance(command, Settle):
            return self._settle(step, command)
        writes = self._rows.writes
        try:
            if not isinstance(command, Found) and self._rows.get(CLUSTER, 1) is None:
                raise Refused("unfounded", "this log has not founded a cluster yet")
            return _CARRY_OUT[type(command)](step, command)
        except Refused as refused:
            assert self._rows.writes == writes and not step.changes, "a refused command has changed something"
            addresses = refused.addresses if isinstance(refused, ChunksCondemned) else []
            return Outcome(refused.reason, str(refused), 0, step.index, bytes.fromhex("".join(addresses)))

    def _settle(self, step: Step, command: Settle) -> Outcome:
        """The target's outcome; if it has none by now, it never will have another than void."""
        outcome = self._outcomes.find(command.target)
        if outcome is None:
            outcome = Outcome(reason=VOID, text="the command was not applied and never will be", revision=step.index)
            if command.target != command.id:
                self._outcomes.add(command.target, outcome, step.log_ms)
        return outcome

    def checkpoint(self) -> int:
        """Bring what was applied to the medium; the index up to which it certainly is there now.

        A question under way can hold it back: then what is returned is an older index, and asking again helps.
        """
        with self._applying, translated(self._path):
            busy, frames, copied = self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            if not busy and frames == copied:
                self.durable_index = self.applied_index
        return self.durable_index

    def install(self, snapshot: Path) -> None:
        """Become what `snapshot` holds, which `catalog.snapshot` has checked. Durable on return.

        One transaction: readers see the old catalog or the new one, and so does the next start after a crash.
        StoreError: it is not newer than what was applied here (and nothing is changed), or cannot be read.
        """
        source = open_readonly(snapshot, marker=MARKER, schema_version=SCHEMA_VERSION)
        try:
            with self._applying, translated(self._path):
                (index,) = source.execute("SELECT log_index FROM applied").fetchone()
                if index <= self.applied_index:
                    raise StoreError(f"{snapshot.name} ends at {index}, and {self.applied_index} is applied here")
                source.backup(self._connection)
                self._begin_anew()
                with self._telling:
                    self._touched = set(range(BUCKET_COUNT))
                self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                self.durable_index = self.applied_index
        finally:
            source.close()

    def configuration(self) -> tuple[int, Configuration]:
        """Who votes as of what was applied, and the index of the entry that said so; nobody at 0 when none did."""
        with self._applying, translated(self._path):
            row = self._rows.get(VOTING, 1)
        return (row[2], Configuration.decode(row[1])) if row else (0, Configuration())

    def close(self) -> None:
        """Release the file, after a run under way. What was applied stays; a second call does nothing."""
        with self._applying, translated(self._path):
            self._connection.close()
