"""A log that begins behind a catalog snapshot, for the one node with which a lost cluster begins again.

The entries behind the snapshot are lost with the nodes that had them, but what was decided in them was heard by others:
vaults know of later member lists and have carried out later verdicts. So the new log goes on far above everything that
any survivor can have seen, and no index ever means two things.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from dfs_core.catalog import log, schema
from dfs_core.catalog.database import open_writable, transaction, translated
from dfs_core.catalog.log import LogStore
from dfs_core.catalog.rows import Rows
from dfs_core.model.raft_messages import Configuration, LogEntry
from dfs_core.model.raft_ready import HardState

GAP = 10**9  # entries in a day: more than ten thousand a second


def first_free_index(seen: int) -> int:
    """Where the catalog is said to stand, so that its next entry is above all that was seen."""
    return (seen // GAP + 1) * GAP


def move_catalog(catalog: Path, index: int, founder: bytes) -> None:
    """Have the catalog of a node that does not run stand at log index `index`, where `founder` alone votes.

    Its other rows stay. A snapshot of it therefore never says that the lost ones vote. StoreError.
    """
    connection = open_writable(
        catalog,
        marker=schema.MARKER,
        schema_version=schema.SCHEMA_VERSION,
        schema=schema.SCHEMA,
        synced=True,
        page_bytes=schema.PAGE_BYTES,
    )
    try:
        with translated(catalog), transaction(connection):
            rows = Rows(connection)
            rows.put(schema.VOTING, (1, Configuration.of([founder]).encode(), index))
            rows.finish(index, rows.applied_term)
    finally:
        connection.close()


def begin_log(path: Path, *, index: int, term: int, founder: bytes, entries: Sequence[LogEntry]) -> None:
    """Make a log that begins behind `index`, of `term`, with `founder` alone voting, and holds `entries`. Durable.

    `entries` are of a later term, in which the founder has voted for itself. StoreError: there is a log already.
    """
    configuration = Configuration.of([founder])
    connection = open_writable(
        path, marker=log.MARKER, schema_version=log.SCHEMA_VERSION, schema=log.SCHEMA, synced=True
    )
    try:
        with translated(path), transaction(connection):
            connection.execute(
                "UPDATE cut SET first_index = ?, before_term = ?, configuration = ?",
                (index + 1, term, configuration.encode()),
            )
    finally:
        connection.close()
    store = LogStore(path)
    try:
        store.save(HardState(entries[-1].term, founder), entries)
    finally:
        store.close()
