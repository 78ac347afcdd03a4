"""state.sqlite: the one file for what a node itself must remember, and the seam where sqlite3's errors become ours.

    kept             small named documents
    life             one row: how often the node was started, and for how long it has been up in all
    invitation       this node's open invitations, by hash
    address_record   the newest signed addresses of each node
    resync           copies owed: one row a chunk and holder

Every change is one transaction and is on the medium when the call returns (WAL, `synchronous=FULL`). One connection,
used by one thread at a time; nothing here is large or hot enough to deserve more.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dfs_core.errors import StoreError, StoreFull
from dfs_core.store.disk import Disk, our_errors

MARKER = int.from_bytes(b"dfsN", "big")
SCHEMA_VERSION = 1
_SCHEMA = (
    "CREATE TABLE kept (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID",
    "CREATE TABLE life (one INTEGER PRIMARY KEY CHECK (one = 1), boot INTEGER NOT NULL, up_s REAL NOT NULL) STRICT",
    "INSERT INTO life VALUES (1, 0, 0.0)",
    "CREATE TABLE invitation (secret_hash BLOB PRIMARY KEY, role TEXT NOT NULL, expires_at_up_s REAL NOT NULL)"
    " STRICT, WITHOUT ROWID",
    # A sequence is an unsigned 64-bit number, SQLite's are signed: eight bytes, high first, compare the same.
    "CREATE TABLE address_record (node BLOB PRIMARY KEY, sequence BLOB NOT NULL, record BLOB NOT NULL)"
    " STRICT, WITHOUT ROWID",
    "CREATE TABLE resync (address BLOB NOT NULL, holder BLOB NOT NULL, added_at REAL NOT NULL, tried_at REAL NOT NULL,"
    " due_at REAL NOT NULL, attempts INTEGER NOT NULL, error TEXT NOT NULL, copies INTEGER NOT NULL,"
    " PRIMARY KEY (address, holder)) STRICT, WITHOUT ROWID",
    "CREATE INDEX resync_due ON resync (copies, due_at)",
    "CREATE INDEX resync_added ON resync (copies, added_at)",
    "CREATE INDEX resync_tried ON resync (tried_at)",
)


class StateFile:
    """The open file. All calls block; any thread may make them."""

    def __init__(self, path: Path) -> None:
        """Open it, or make it. StoreError: it is another file, of a newer schema, damaged, or cannot be used."""
        self._path = path
        self._lock = threading.Lock()
        with our_errors(path), self._translated():
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))  # its owner's only
            self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            try:
                self._prepare()
            except BaseException:
                self._connection.close()
                raise

    def _prepare(self) -> None:
        connection = self._connection
        fresh = connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone() is None
        (marker,) = connection.execute("PRAGMA application_id").fetchone()
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if not fresh and marker != MARKER:  # before anything is changed: it may be somebody else's
            raise StoreError(f"{self._path} is not a node's state; move it away, it is in the wrong place")
        if version > SCHEMA_VERSION:
            raise StoreError(
                f"{self._path} was written by a newer dfs (schema {version}, this one knows up to {SCHEMA_VERSION}):"
                " upgrade dfs"
            )
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA fullfsync = 1")  # macOS: fsync alone stops at the drive's cache
        if not fresh:
            return
        with _transaction(connection):
            for statement in _SCHEMA:
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {MARKER}")
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        Disk().sync_folder(str(self._path.parent))  # else a power cut could take the new file's name away again

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The connection, for one query. StoreError."""
        with self._lock, self._translated():
            yield self._connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """The connection, in a transaction: durable when the block ends, undone when it raises.

        StoreFull: the disk is full and nothing was changed. StoreError.
        """
        with self._lock, self._translated(), _transaction(self._connection):
            yield self._connection

    def close(self) -> None:
        """A second call does nothing; any other call afterwards is a StoreError."""
        with self._lock, self._translated():
            self._connection.close()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the low byte is the kind, the rest its detail
            if code == sqlite3.SQLITE_FULL:
                raise StoreFull(f"{self._path}: the disk is full; free space on it, then try again") from error
            if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
                hint = "it is damaged: check the disk, and restore the file or replace this node by a new one"
            else:
                hint = "check the disk and the permissions of the folder"
            raise StoreError(f"{self._path}: {error}; {hint}") from error


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # SQLite ends some by itself, as when the disk is full
            connection.execute("ROLLBACK")
        raise
