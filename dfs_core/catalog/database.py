"""Opening SQLite files of ours, and the one seam where sqlite3's errors become ours.

A file of ours says so in its header: `application_id` is the marker of its kind, `user_version` the version of its
schema. A file without our marker, or of a newer schema than this program knows, is refused and left as it is.

Connections are made to be used from any thread, one at a time: whoever opens one guards it with a lock or lends it out.
Transactions are always opened by hand (`isolation_level=None`), so that what is atomic can be read in the code.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from dfs_core.errors import StoreError, StoreFull

BUSY_TIMEOUT_S = 10.0  # only another process could hold a lock that long, and the node's lock file keeps those out


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Let no sqlite3 error out: StoreFull when the disk is full, StoreError for everything else."""
    try:
        yield
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL:
            raise StoreFull(f"no room left to write {path.name} in {path.parent}: free some space") from error
        raise StoreError(f"{path}: {error}") from error


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All or nothing: committed when the block ends, rolled back when it raises anything."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # SQLite ends some transactions by itself, as when the disk is full
            connection.execute("ROLLBACK")
        raise


@contextmanager
def snapshot(connection: sqlite3.Connection) -> Iterator[None]:
    """All reads within see the file at one moment."""
    connection.execute("BEGIN")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")


def open_writable(
    path: Path, *, marker: int, schema_version: int, schema: Sequence[str], synced: bool, page_bytes: int = 4096
) -> sqlite3.Connection:
    """Open the file at `path`, making it with `schema` when it is not there.

    `synced`: a committed transaction survives a power cut (`synchronous=FULL`); otherwise it survives the end of the
    process, and after a power cut the file is whole but may lack its newest transactions (`NORMAL`). `page_bytes` is
    the size of the file's pages, chosen when it is made.
    StoreError: not a file of this kind, a newer schema, or it cannot be opened.
    """
    with translated(path):
        fresh = not path.exists()
        connection = _connect(f"{path.absolute().as_uri()}?mode=rwc")
        try:
            if not _is_blank(connection):  # before anything is changed: it may be somebody else's
                _check_header(connection, path, marker, schema_version)
            connection.execute(f"PRAGMA page_size = {page_bytes}")
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute(f"PRAGMA synchronous = {'FULL' if synced else 'NORMAL'}")
            if synced:
                connection.execute("PRAGMA fullfsync = 1")  # macOS: fsync alone stops at the drive's cache
            with transaction(connection):
                if _is_blank(connection):
                    for statement in schema:
                        connection.execute(statement)
                    connection.execute(f"PRAGMA application_id = {marker}")
                    connection.execute(f"PRAGMA user_version = {schema_version}")
        except BaseException:
            connection.close()
            raise
    if fresh:
        sync_folder(path.parent)  # else a power cut could take the new file's name away again
    return connection


def open_readonly(path: Path, *, marker: int, schema_version: int) -> sqlite3.Connection:
    """Open an existing file of ours for reading only. Errors as for `open_writable`."""
    with translated(path):
        connection = _connect(f"{path.absolute().as_uri()}?mode=ro")
        try:
            _check_header(connection, path, marker, schema_version)
        except BaseException:
            connection.close()
            raise
    return connection


def _connect(uri: str) -> sqlite3.Connection:
    return sqlite3.connect(
        uri, uri=True, isolation_level=None, check_same_thread=False, timeout=BUSY_TIMEOUT_S, cached_statements=256
    )


def _header(connection: sqlite3.Connection) -> tuple[int, int]:
    (marker,) = connection.execute("PRAGMA application_id").fetchone()
    (schema_version,) = connection.execute("PRAGMA user_version").fetchone()
    return marker, schema_version


def _is_blank(connection: sqlite3.Connection) -> bool:
    """Just made, or made by a process that was ended before its schema was there."""
    tables = connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone()
    return tables is None and _header(connection) == (0, 0)


def _check_header(connection: sqlite3.Connection, path: Path, marker: int, schema_version: int) -> None:
    found_marker, found_version = _header(connection)
    if found_marker != marker:
        raise StoreError(f"{path} is not the file that it should be (marker {found_marker:08x}, want {marker:08x})")
    if found_version > schema_version:
        raise StoreError(
            f"{path} was written by a newer dfs (schema {found_version},"
            f" this one knows up to {schema_version}): upgrade dfs"
        )
    if found_version < schema_version:
        raise StoreError(f"{path} has schema {found_version}, which no released dfs ever wrote; want {schema_version}")


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` durable. StoreError."""
    _sync(folder)


def sync_file(path: Path) -> None:
    """Make a file's bytes and its name durable. StoreError."""
    _sync(path)
    sync_folder(path.parent)


def _sync(path: Path) -> None:
    try:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        raise StoreError(f"cannot sync {path}: {error.strerror}") from error
