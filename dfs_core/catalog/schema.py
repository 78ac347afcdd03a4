"""The catalog's tables, each said once: its columns in order and which of them are the primary key.

All logical tables are STRICT (a value has its column's type or is refused) and WITHOUT ROWID (nothing hidden numbers
the rows; text and bytes sort by their bytes), and no column is ever NULL. So two catalogs that hold the same rows are
equal row by row, and the digest of `digest.py` is a function of the rows alone. docs/catalog.md tells what each is for.

Secondary indexes only make questions fast; they are no part of what the catalog says.
"""

from __future__ import annotations

from dataclasses import dataclass

MARKER = int.from_bytes(b"dfsC", "big")
SCHEMA_VERSION = 1
PAGE_BYTES = 1024  # most writes go to random places of an index: a small page is less to write for each
CHECKPOINT_PAGES = 64 * 1024  # 64 MiB of write-ahead log: a page that changes often is copied back once


@dataclass(frozen=True)
class Table:
    """One logical table. The first `key` columns are its primary key.

    The last `wording` columns are text for people: it may be worded differently by another release, so it is kept
    but not digested.
    """

    name: str
    key: int
    columns: tuple[tuple[str, str], ...]
    wording: int = 0

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names, in order."""
        return tuple(name for name, _ in self.columns)

    @property
    def create(self) -> str:
        """The statement that makes it."""
        columns = ", ".join(f"{name} {kind} NOT NULL" for name, kind in self.columns)
        key = ", ".join(self.names[: self.key])
        return f"CREATE TABLE {self.name} ({columns}, PRIMARY KEY ({key})) STRICT, WITHOUT ROWID"


def _table(name: str, key: int, columns: str, wording: int = 0) -> Table:
    pairs = [column.split() for column in columns.split(",")]
    return Table(name, key, tuple((column, kind) for column, kind in pairs), wording)


CLUSTER = _table("cluster", 1, "one INTEGER, cluster BLOB, founder BLOB, log_index INTEGER")
SETTING = _table("setting", 1, "name TEXT, value INTEGER")
MEMBER = _table(
    "member",
    1,
    "node BLOB, certificate BLOB, role TEXT, zone TEXT, capacity INTEGER, state TEXT, addresses TEXT,"
    " joined_at INTEGER",
)
SPENT = _table("spent", 1, "secret_hash BLOB, node BLOB, log_index INTEGER")
CURRENT = _table("current", 1, "key TEXT, number INTEGER")
VERSION = _table(
    "version",
    2,
    "key TEXT, number INTEGER, version_id BLOB, size INTEGER, mtime_ns INTEGER, mode INTEGER, stored_ms INTEGER,"
    " chunks INTEGER, removed INTEGER, page_count INTEGER, content_token BLOB, stored_by BLOB, log_index INTEGER,"
    " log_ms INTEGER",
)
HEAD = _table("head", 1, "number INTEGER, sealed BLOB")
PAGE = _table(
    "page",
    2,
    "version_id BLOB, number INTEGER, addresses BLOB, chunk_bytes INTEGER, tail_bytes INTEGER, sealed BLOB",
)
UPLOAD = _table("upload", 1, "version_id BLOB, pages INTEGER, chunks INTEGER, started_ms INTEGER, touched_ms INTEGER")
REFERENCE = _table("reference", 1, "address BLOB, count INTEGER, bytes INTEGER, unreferenced_ms INTEGER")
CONDEMNED = _table("condemned", 1, "address BLOB, log_index INTEGER, bytes INTEGER")
OUTCOME = _table(
    "outcome",
    1,
    "ordinal INTEGER, command BLOB, reason TEXT, version INTEGER, revision INTEGER, log_ms INTEGER, text TEXT",
    wording=1,
)
SECRET_EPOCH = _table(
    "secret_epoch", 1, "number INTEGER, hash BLOB, authority BLOB, confirmed INTEGER, log_index INTEGER"
)
SNAPSHOT = _table(
    "snapshot",
    1,
    "number INTEGER, taken_at INTEGER, epoch INTEGER, snapshot_id BLOB, root BLOB, root_bytes INTEGER, size INTEGER,"
    " log_index INTEGER, log_ms INTEGER",
)
GENERATION = _table("generation", 1, "number INTEGER, generation_id BLOB, lifted INTEGER, log_index INTEGER")
COUNTER = _table("counter", 1, "name TEXT, value INTEGER")
VOTING = _table("voting", 1, "one INTEGER, configuration BLOB, log_index INTEGER")

TABLES = (
    CLUSTER,
    SETTING,
    MEMBER,
    SPENT,
    CURRENT,
    VERSION,
    HEAD,
    PAGE,
    UPLOAD,
    REFERENCE,
    CONDEMNED,
    OUTCOME,
    SECRET_EPOCH,
    SNAPSHOT,
    GENERATION,
    COUNTER,
    VOTING,
)

SCHEMA = (
    *(table.create for table in TABLES),
    "CREATE UNIQUE INDEX version_by_id ON version (version_id) WHERE removed = 0",
    "CREATE INDEX version_by_content ON version (content_token, number) WHERE removed = 0",
    "CREATE UNIQUE INDEX outcome_by_command ON outcome (command)",
    "CREATE INDEX condemned_by_index ON condemned (log_index)",
    "CREATE INDEX reference_unreferenced ON reference (unreferenced_ms) WHERE count = 0",
    # Not a logical row: how far the log was applied, and the digest of the logical rows, in one transaction with them.
    "CREATE TABLE applied (one INTEGER PRIMARY KEY CHECK (one = 1), log_index INTEGER NOT NULL,"
    " term INTEGER NOT NULL, digest BLOB NOT NULL) STRICT",
    "INSERT INTO applied VALUES (1, 0, 0, zeroblob(32))",
)

# The names in `counter`; one that is zero has no row. The second group is sums of the other tables, kept so that no
# question ever walks them.
COUNTERS = (
    "log_ms",  # log time
    "version",  # the newest version number
    "outcome",  # the newest outcome's ordinal
    "snapshot",  # the newest catalog snapshot's number
    "layout",  # log index of the last change to the members or to the copies
    "condemned_at",  # log index of the newest verdict
    "horizon",  # verdicts up to this log index are forgotten; an older as_of proves nothing
    #
    "keys",  # with a current version
    "versions",  # kept, tombstones included
    "bytes",  # of the current versions' files
    "history_bytes",  # of all kept versions' files
    "uploads",  # stores under way
    "chunks",  # that something refers to
    "chunk_bytes",  # of those, sealed, one copy of each
    "unreferenced",  # chunks that nothing refers to any more
    "unreferenced_bytes",
    "condemned",  # chunks that were condemned and neither referred to again nor forgotten yet
    "condemned_bytes",
)
