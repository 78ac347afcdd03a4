"""A catalog as one file: everything that applying the log up to one index yields, to be carried to another node.

A snapshot is a SQLite file of the catalog's own schema (`VACUUM INTO`: whole, without free pages, at one moment). It
holds all tables, so versions, members, settings, who votes, outcomes and verdicts travel together; the place in the
log (index, term) and the digest of the logical rows are in it, written with the rows. What a node keeps for itself
(identity, queues, fences, its log) is not.

Writing does not stop the applier or any question. Installing copies the pages into the open catalog in one
transaction: until it commits, everybody reads the old catalog, from then on the new one; no connection is closed and no
file renamed, so there is nothing in between that a crash could leave. A snapshot that does not hold what its digest
says is refused before anything is changed.

Whoever sends it elsewhere is content with any bytes in order: `docs/protocol.md` has the messages between nodes.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path

from dfs_core.catalog.apply import Applier
from dfs_core.catalog.database import open_readonly, snapshot, sync_file, translated
from dfs_core.catalog.digest import check_rows
from dfs_core.catalog.schema import MARKER, SCHEMA_VERSION
from dfs_core.model.raft_messages import Configuration
from dfs_core.model.raft_ready import SnapshotPlace


@dataclass(frozen=True, slots=True)
class SnapshotFacts:
    """Where in the log a snapshot stands, and what it must hold."""

    index: int
    term: int
    digest: bytes  # of the logical rows: `Applier.digest` of every node that has applied up to `index`
    size_bytes: int  # of the file


def write_snapshot(catalog: Path, target: Path) -> SnapshotFacts:
    """Write what `catalog` (a file that may be in use) holds now to the new file `target`. Durable on return.

    Blocks as long as copying takes. A `target` that exists is replaced; a crash leaves a part of it or nothing, so it
    should have a temporary name. StoreError; StoreFull: no room for it, and nothing is left of it.
    """
    target.unlink(missing_ok=True)
    connection = open_readonly(catalog, marker=MARKER, schema_version=SCHEMA_VERSION)
    try:
        with translated(target):
            connection.execute("VACUUM INTO ?", (str(target),))
        sync_file(target)
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    finally:
        connection.close()
    return snapshot_facts(target)


def snapshot_facts(path: Path) -> SnapshotFacts:
    """What the file says of itself; its rows are not looked at. StoreError: it is no snapshot."""
    connection = open_readonly(path, marker=MARKER, schema_version=SCHEMA_VERSION)
    try:
        return _facts(connection, path)
    finally:
        connection.close()


def check_snapshot(path: Path) -> SnapshotFacts:
    """What the file says of itself, after walking all its rows. StoreError: damaged, or not what its digest says."""
    connection = open_readonly(path, marker=MARKER, schema_version=SCHEMA_VERSION)
    try:
        with translated(path), snapshot(connection):
            facts = _facts(connection, path)
            check_rows(connection, path.name)
    finally:
        connection.close()
    return facts


def snapshot_place(path: Path) -> SnapshotPlace:
    """Where in the log the snapshot stands and who voted there, as a Raft core wants it. StoreError."""
    connection = open_readonly(path, marker=MARKER, schema_version=SCHEMA_VERSION)
    try:
        with translated(path):
            facts = _facts(connection, path)
            voting = connection.execute("SELECT configuration, log_index FROM voting").fetchone()
    finally:
        connection.close()
    configuration, since = (Configuration.decode(voting[0]), voting[1]) if voting else (Configuration(), 0)
    return SnapshotPlace(facts.index, facts.term, configuration, since)


def install_snapshot(source: Path, catalog: Path) -> SnapshotFacts:
    """Make the catalog at `catalog`, of a node that does not run, what the snapshot `source` holds. Durable on return.

    A catalog that is not there yet is made. All or nothing, also in a crash. StoreError: the snapshot is not sound,
    or older than what the catalog has applied; nothing was changed.
    """
    facts = check_snapshot(source)
    applier = Applier(catalog)
    try:
        applier.install(source)
    finally:
        applier.close()
    return facts


def _facts(connection: sqlite3.Connection, path: Path) -> SnapshotFacts:
    with translated(path):
        index, term, digest = connection.execute("SELECT log_index, term, digest FROM applied").fetchone()
    return SnapshotFacts(index, term, digest, path.stat().st_size)
