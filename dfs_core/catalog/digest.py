"""One number for everything the catalog says, kept up to date row by row.

The digest is the sum, modulo 2^256, of a number for every logical row. Sums do not care for order, so it can be carried
along: add the number of a row that comes, subtract that of one that goes. Two nodes that applied the same entries have
the same digest whatever runs they applied them in; two that differ in one row differ in the digest.

    most rows       BLAKE3-256 of msgpack([table, column, …]), as a big-endian number
    reference rows  address × (count · 2^128 + bytes · 2^64 + unreferenced_ms): an address is a BLAKE3 digest already,
                    and there are so many of these rows that hashing each change again would be most of the work

It finds bugs and damaged disks; it is no proof against someone who picks the rows. `recompute` walks all rows and must
give the same: what scrub, snapshots and the tests compare with.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any

import msgspec
from blake3 import blake3

from dfs_core.catalog.schema import REFERENCE, TABLES, Table
from dfs_core.errors import StoreError

MODULUS = 2**256
_encode = msgspec.msgpack.Encoder().encode


def row_number(table: Table, row: tuple[Any, ...]) -> int:
    """What one row adds to the digest, before the modulus."""
    if table is REFERENCE:
        return reference_number(*row)
    said = row[: len(row) - table.wording]
    return int.from_bytes(blake3(_encode((table.name, *said))).digest(), "big")


def reference_number(address: bytes, count: int, size_bytes: int, unreferenced_ms: int) -> int:
    """What a row of `reference` adds to the digest, before the modulus."""
    return int.from_bytes(address, "big") * (count << 128 | size_bytes << 64 | unreferenced_ms)


def to_bytes(digest: int) -> bytes:
    """The digest as it is kept and compared: 32 bytes."""
    return (digest % MODULUS).to_bytes(32, "big")


def logical_rows(connection: sqlite3.Connection) -> Iterator[tuple[Table, tuple[Any, ...]]]:
    """Every logical row, table by table, by primary key: equal catalogs yield equal sequences."""
    for table in TABLES:
        key = ", ".join(table.names[: table.key])
        for row in connection.execute(f"SELECT {', '.join(table.names)} FROM {table.name} ORDER BY {key}"):
            yield table, row


def recompute(connection: sqlite3.Connection) -> bytes:
    """The digest from the rows alone. Walks the whole catalog: for checks, not for serving."""
    return to_bytes(sum(row_number(table, row) for table, row in logical_rows(connection)))


def check_rows(connection: sqlite3.Connection, name: str) -> None:
    """Walk the file's pages and rows. StoreError, with `name`: damaged, or not what its digest says."""
    (sound,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if sound != "ok":
        raise StoreError(f"{name} is damaged: {sound}")
    (digest,) = connection.execute("SELECT digest FROM applied").fetchone()
    if recompute(connection) != digest:
        raise StoreError(f"{name} does not hold what its digest says")
