"""The catalog's rows while a run of entries is applied: every write goes through here and carries the digest along.

Counters are kept in memory and written once a run. A counter that is zero has no row, so that what is on disk
depends on what was applied, not on where a run ended or on which counters a release knows.
"""

from __future__ import annotations

import sqlite3
from typing import Any

from dfs_core.catalog.digest import MODULUS, row_number, to_bytes
from dfs_core.catalog.schema import COUNTER, TABLES, Table

Row = tuple[Any, ...]

_INSERT = {table.name: f"INSERT INTO {table.name} VALUES ({', '.join('?' * len(table.columns))})" for table in TABLES}
_WHERE = {table.name: " AND ".join(f"{name} = ?" for name in table.names[: table.key]) for table in TABLES}
_DELETE = {table.name: f"DELETE FROM {table.name} WHERE {_WHERE[table.name]}" for table in TABLES}
_SELECT = {table.name: f"SELECT * FROM {table.name} WHERE {_WHERE[table.name]}" for table in TABLES}
_UPDATE = {
    table.name: f"UPDATE {table.name} SET {', '.join(f'{name} = ?' for name in table.names[table.key :])}"
    f" WHERE {_WHERE[table.name]}"
    for table in TABLES
}


class Rows:
    """Rows to read and change within the caller's transaction. After a rollback, make a new one.

    `writes` counts changes, so that a caller can tell that a refused command made none.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.execute, self.executemany = connection.execute, connection.executemany
        index, term, digest = connection.execute("SELECT log_index, term, digest FROM applied").fetchone()
        self.applied_index: int = index
        self.applied_term: int = term
        self.writes = 0
        self._digest = int.from_bytes(digest, "big")
        self._written: dict[str, int] = dict(connection.execute("SELECT name, value FROM counter"))
        self._counters = dict(self._written)

    @property
    def digest(self) -> bytes:
        """Of all logical rows as they were written last; counters since `finish` are not in it."""
        return to_bytes(self._digest)

    def get(self, table: Table, *key: Any) -> Row | None:
        """The row with this primary key."""
        row: Row | None = self.execute(_SELECT[table.name], key).fetchone()
        return row

    def insert(self, table: Table, row: Row) -> None:
        """A new row; its key must be free."""
        self.execute(_INSERT[table.name], row)
        self.digest_changed(row_number(table, row))

    def delete(self, table: Table, row: Row) -> None:
        """Take away a row that is there, exactly as it is there."""
        self.execute(_DELETE[table.name], row[: table.key])
        self.digest_changed(-row_number(table, row))

    def replace(self, table: Table, old: Row, new: Row) -> None:
        """Change a row that is there; both have the same key."""
        self.execute(_UPDATE[table.name], (*new[table.key :], *new[: table.key]))
        self.digest_changed(row_number(table, new) - row_number(table, old))

    def put(self, table: Table, row: Row) -> None:
        """Insert the row, or change the one with its key to it."""
        old = self.get(table, *row[: table.key])
        if old is None:
            self.insert(table, row)
        else:
            self.replace(table, old, row)

    def digest_changed(self, by: int) -> None:
        """Rows were written by other means (`references.py`), which add up to this."""
        self._digest = (self._digest + by) % MODULUS
        self.writes += 1

    def counter(self, name: str) -> int:
        """The counter as of now; 0 when it never counted."""
        return self._counters.get(name, 0)

    def count(self, name: str, by: int) -> int:
        """Raise (or lower) a counter and return it."""
        value = self._counters[name] = self._counters.get(name, 0) + by
        return value

    def set_counter(self, name: str, value: int) -> None:
        """Put a counter to a value."""
        self._counters[name] = value

    def finish(self, index: int, term: int) -> None:
        """Write counters, digest and place in the log: the last thing before the run's transaction is committed."""
        for name, value in self._counters.items():
            before = self._written.get(name, 0)
            if value == before:
                continue
            if before == 0:
                self.insert(COUNTER, (name, value))
            elif value == 0:
                self.delete(COUNTER, (name, before))
            else:
                self.replace(COUNTER, (name, before), (name, value))
            self._written[name] = value
        self.execute("UPDATE applied SET log_index = ?, term = ?, digest = ?", (index, term, self.digest))
        self.applied_index, self.applied_term = index, term
