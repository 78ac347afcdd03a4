"""Questions to the catalog: read-only, from any thread, at one moment each.

Connections are lent out, one a question, so that questions in different threads run beside each other and beside the
applier, whose open transaction they do not see. Every question that takes several statements sees the file at one
moment. Listings are ranges of an index: a page costs the same in a catalog of a thousand keys and of ten million.
"""

from __future__ import annotations

import sqlite3
import sys
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dfs_core.catalog.database import open_readonly, snapshot, translated
from dfs_core.catalog.digest import check_rows
from dfs_core.catalog.facts import (
    ChunkedVersion,
    ClusterFacts,
    Counts,
    GenerationFacts,
    KeptSnapshot,
    SecretEpochFacts,
    Upload,
)
from dfs_core.catalog.outcomes import find_outcome
from dfs_core.catalog.query_verdicts import VerdictQuestions, by_address, counter
from dfs_core.catalog.schema import MARKER, SCHEMA_VERSION, VERSION
from dfs_core.catalog.settings import SETTINGS
from dfs_core.encoding.commands import ManifestPage, Outcome
from dfs_core.errors import StoreError
from dfs_core.limits import COPIES_DEFAULT
from dfs_core.model.ids import NodeId
from dfs_core.model.layout import Layout
from dfs_core.model.member import STATES, Member, check_role
from dfs_core.model.retention import Aged
from dfs_core.model.version import Version

_COLUMNS = ", ".join(f"version.{name}" for name in VERSION.names)
_WITH_HEAD = f"SELECT {_COLUMNS}, head.sealed FROM version LEFT JOIN head USING (number)"
_CURRENT = f"SELECT {_COLUMNS} FROM current JOIN version USING (key, number)"
_REMOVED = VERSION.names.index("removed")
_NUMBER_MAX = 2**63 - 1  # of a version: what a column holds


class CatalogReader(VerdictQuestions):
    """One node's catalog, for reading. Make as many as wanted; close each.

    Every method raises StoreError when the file cannot be read, and may be called from any thread.
    """

    def __init__(self, path: Path | str) -> None:
        """Open an existing catalog. StoreError: there is none, or it is not ours to read."""
        self._path = Path(path)
        self._guard = threading.Lock()
        self._closed = False
        self._idle: list[sqlite3.Connection] = [self._open()]

    def _open(self) -> sqlite3.Connection:
        return open_readonly(self._path, marker=MARKER, schema_version=SCHEMA_VERSION)

    @contextmanager
    def _borrowed(self) -> Iterator[sqlite3.Connection]:
        """A connection of its own for one question, in a transaction: all statements see the same."""
        with self._guard:
            if self._closed:
                raise StoreError(f"the reader of {self._path} is closed")
            connection = self._idle.pop() if self._idle else None
        if connection is None:
            connection = self._open()
        try:
            with translated(self._path), snapshot(connection):
                yield connection
        finally:
            with self._guard:
                keep = not self._closed
                if keep:
                    self._idle.append(connection)
            if not keep:
                connection.close()

    def close(self) -> None:
        """Release the file. A question under way finishes first and then releases its own connection."""
        with self._guard:
            self._closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def check(self) -> None:
        """Walk everything, which takes some seconds a million rows. StoreError: it is not what was applied."""
        with self._borrowed() as connection:
            check_rows(connection, self._path.name)

    # -- the log's place, the cluster

    def applied(self) -> tuple[int, int]:
        """Index and term of the newest applied entry; (0, 0) in an empty catalog."""
        with self._borrowed() as connection:
            index, term = connection.execute("SELECT log_index, term FROM applied").fetchone()
        return index, term

    def cluster(self) -> ClusterFacts | None:
        """The cluster and its settings; None before the log has founded it."""
        with self._borrowed() as connection:
            row = connection.execute("SELECT cluster, founder, log_index FROM cluster").fetchone()
            settings = {name: setting.default for name, setting in SETTINGS.items()}
            settings.update(connection.execute("SELECT name, value FROM setting"))
            log_ms = counter(connection, "log_ms")
        if row is None:
            return None
        cluster, founder, founded_at = row
        return ClusterFacts(cluster, founder, founded_at, settings["copies"], settings["chunk_bytes"], settings, log_ms)

    def members(self) -> tuple[int, tuple[Member, ...]]:
        """The member list by node id, removed members included (`Member.listed`), and the log index of its revision."""
        layout = self.layout()
        return layout.revision, layout.members

    def layout(self) -> Layout:
        """The member list and the wanted copies, at one moment."""
        with self._borrowed() as connection:
            revision = counter(connection, "layout")
            rows = connection.execute("SELECT * FROM member ORDER BY node").fetchall()
            copies = connection.execute("SELECT value FROM setting WHERE name = 'copies'").fetchone()
        return Layout(revision, tuple(_member(row) for row in rows), copies[0] if copies else COPIES_DEFAULT)

    # -- what recovery needs

    def secret_epochs(self) -> list[SecretEpochFacts]:
        """Every secret epoch, the current one last; none before the log has told the first."""
        with self._borrowed() as connection:
            rows = connection.execute("SELECT * FROM secret_epoch ORDER BY number").fetchall()
        return [
            SecretEpochFacts(number, hash_, cert, confirmed == 1, at) for number, hash_, cert, confirmed, at in rows
        ]

    def generation(self) -> GenerationFacts:
        """The newest."""
        with self._borrowed() as connection:
            row = connection.execute(
                "SELECT number, generation_id, lifted = 0 FROM generation ORDER BY number DESC LIMIT 1"
            ).fetchone()
        return GenerationFacts(row[0], row[1], bool(row[2])) if row else GenerationFacts()

    def snapshots(self) -> list[KeptSnapshot]:
        """The catalog snapshots that are kept, the newest last."""
        with self._borrowed() as connection:
            return [KeptSnapshot(*row) for row in connection.execute("SELECT * FROM snapshot ORDER BY number")]

    def newest_stored_ms(self) -> int:
        """When the newest version was stored, by the clock of its node; 0: there is none. Reads all versions."""
        with self._borrowed() as connection:
            (newest,) = connection.execute("SELECT max(stored_ms) FROM version").fetchone()
        return newest or 0

    # -- keys and versions

    def current(self, key: str) -> Version | None:
        """The key's current version with its head; None when there is none."""
        return self._version(f"{_WITH_HEAD} JOIN current USING (key, number) WHERE key = ?", key)

    def version(self, key: str, number: int) -> Version | None:
        """This version of the key with its head, a tombstone too; None when it is not kept or never was."""
        return self._version(f"{_WITH_HEAD} WHERE key = ? AND number = ?", key, number)

    def newest(self, key: str) -> Version | None:
        """The key's newest version with its head, a tombstone if it was removed; None for a key without history."""
        return self._version(f"{_WITH_HEAD} WHERE key = ? ORDER BY number DESC LIMIT 1", key)

    def by_content(self, token: bytes) -> Version | None:
        """A version with this content, with its head: a current one if there is any, and of those the newest."""
        with self._borrowed() as connection:
            where = "WHERE version.content_token = ? AND version.removed = 0 ORDER BY version.number DESC LIMIT 1"
            row = connection.execute(f"{_WITH_HEAD} JOIN current USING (key, number) {where}", (token,)).fetchone()
            if row is None:
                row = connection.execute(f"{_WITH_HEAD} {where}", (token,)).fetchone()
        return _as_version(row) if row else None

    def _version(self, question: str, *values: Any) -> Version | None:
        with self._borrowed() as connection:
            row = connection.execute(question, values).fetchone()
        return _as_version(row) if row else None

    def history(self, key: str, limit: int, before: int = 0) -> list[Version]:
        """At most `limit` versions of the key, newest first, tombstones included, without heads.

        With `before`, those with smaller numbers.
        """
        question = f"SELECT {_COLUMNS} FROM version WHERE key = ? AND number < ? ORDER BY number DESC LIMIT ?"
        with self._borrowed() as connection:
            return [_as_version(row) for row in connection.execute(question, (key, before or _NUMBER_MAX, limit))]

    def remembered(self, prefix: str, after: str, limit: int) -> Sequence[str]:
        """Keys that begin with `prefix` and come after `after`, removed ones that have a history too; sorted."""
        compare, start = (">", after) if after >= prefix else (">=", prefix)
        question = f"SELECT DISTINCT key FROM version WHERE key {compare} ? ORDER BY key LIMIT ?"
        with self._borrowed() as connection:
            keys = [key for (key,) in connection.execute(question, (start, limit))]
        return [key for key in keys if key.startswith(prefix)]

    def removed(self, prefix: str, after: str, limit: int) -> Sequence[Version]:
        """The tombstones of removed keys that begin with `prefix` and come after `after`, sorted.

        Reads all versions below `prefix` until it has `limit` of them.
        """
        compare, start = (">", after) if after >= prefix else (">=", prefix)
        question = (
            f"SELECT {_COLUMNS} FROM version WHERE key {compare} ? AND key <= ? AND removed = 1 AND NOT EXISTS"
            " (SELECT 1 FROM version AS later WHERE later.key = version.key AND later.number > version.number)"
            " ORDER BY key LIMIT ?"
        )
        with self._borrowed() as connection:
            rows = connection.execute(question, (start, prefix + chr(sys.maxunicode), limit))
            return [_as_version(row) for row in rows]

    def find(self, text: str, after: str, limit: int) -> Sequence[Version]:
        """The current versions of keys that contain `text` and come after `after`, sorted, without heads.

        Letters of ASCII match in either case, all others as they are. Reads keys until it has `limit` of them: all,
        where there are fewer (docs/catalog.md says what that costs).
        """
        pattern = "%" + text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        question = f"{_CURRENT} WHERE key > ? AND key LIKE ? ESCAPE '\\' ORDER BY key LIMIT ?"
        with self._borrowed() as connection:
            return [_as_version(row) for row in connection.execute(question, (after, pattern, limit))]

    def histories(self, after: str, rows: int) -> tuple[Sequence[tuple[str, Sequence[Aged]]], str]:
        """Histories of whole keys after `after`, some `rows` versions in all, and where to go on: "" after the last.

        Keys that have nothing but one content are left out. A key with more than `rows` versions comes whole.
        """
        question = "SELECT key, number, log_ms, removed FROM version WHERE key > ? ORDER BY key, number LIMIT ?"
        go_on = ""
        with self._borrowed() as connection:
            read = connection.execute(question, (after, rows)).fetchall()
            if len(read) == rows:  # the last key may go on behind what was read
                last = read[-1][0]
                whole = [row for row in read if row[0] != last]
                go_on = whole[-1][0] if whole else last
                read = (
                    whole
                    or connection.execute(
                        "SELECT key, number, log_ms, removed FROM version WHERE key = ? ORDER BY number", (last,)
                    ).fetchall()
                )
        found: dict[str, list[Aged]] = {}
        for key, number, log_ms, removed in read:
            found.setdefault(key, []).append(Aged(number, log_ms, removed == 1))
        return [(key, aged) for key, aged in found.items() if len(aged) > 1 or aged[0].removed], go_on

    def counts(self) -> Counts:
        """How much there is; costs the same for any amount."""
        with self._borrowed() as connection:
            known: dict[str, int] = dict(connection.execute("SELECT name, value FROM counter"))
        return Counts(
            keys=known.get("keys", 0),
            versions=known.get("versions", 0),
            logical_bytes=known.get("bytes", 0),
            chunks=known.get("chunks", 0),
            chunk_bytes=known.get("chunk_bytes", 0),
            history_bytes=known.get("history_bytes", 0),
            uploads=known.get("uploads", 0),
            unreferenced=known.get("unreferenced", 0),
            unreferenced_bytes=known.get("unreferenced_bytes", 0),
            condemned=known.get("condemned", 0),
            condemned_bytes=known.get("condemned_bytes", 0),
        )

    # -- manifests, references, uploads

    def pages(self, version_id: bytes, first: int = 1, limit: int = -1) -> list[ManifestPage]:
        """Manifest pages of a version or an upload, from page number `first`, at most `limit` (-1: all).

        A page can take 200 KB here; a reader of a very large file asks for a few at a time.
        """
        question = (
            "SELECT number, addresses, chunk_bytes, tail_bytes, sealed FROM page"
            " WHERE version_id = ? AND number >= ? ORDER BY number LIMIT ?"
        )
        with self._borrowed() as connection:
            return [ManifestPage(*row) for row in connection.execute(question, (version_id, first, limit))]

    def references(self, addresses: Iterable[bytes]) -> dict[bytes, int]:
        """How often each of these chunks is referred to, by versions and uploads; 0 for those nothing refers to."""
        counts = dict.fromkeys(addresses, 0)
        with self._borrowed() as connection:
            return counts | by_address(connection, "SELECT address, count FROM reference", counts)

    def referenced(self, first: bytes, last: bytes, limit: int) -> Sequence[tuple[bytes, int]]:
        """The chunks from address `first` to `last` that something refers to, with their bytes; at most `limit`."""
        question = "SELECT address, bytes FROM reference WHERE address BETWEEN ? AND ? AND count > 0 ORDER BY 1 LIMIT ?"
        with self._borrowed() as connection:
            return connection.execute(question, (first, last, limit)).fetchall()

    def chunked(self, key: str, number: int, limit: int) -> Sequence[ChunkedVersion]:
        """The versions that have chunks, behind this one, by key and number; at most `limit`."""
        question = (
            "SELECT key, number, version_id, size, chunks FROM version"
            " WHERE (key, number) > (?, ?) AND page_count > 0 ORDER BY key, number LIMIT ?"
        )
        with self._borrowed() as connection:
            return [ChunkedVersion(*row) for row in connection.execute(question, (key, number, limit))]

    def sample(self, limit: int) -> Sequence[tuple[bytes, int]]:
        """The first chunks by address that something refers to, with their sizes: as fair a sample as any."""
        question = "SELECT address, bytes FROM reference WHERE count > 0 ORDER BY address LIMIT ?"
        with self._borrowed() as connection:
            return connection.execute(question, (limit,)).fetchall()

    def uploads(self) -> list[Upload]:
        """The stores under way, by version id."""
        with self._borrowed() as connection:
            return [Upload(*row) for row in connection.execute("SELECT * FROM upload ORDER BY version_id")]

    # -- commands

    def outcome(self, command_id: bytes) -> Outcome | None:
        """What became of a command; None when it is not applied yet, or was so long ago that it is forgotten."""
        with self._borrowed() as connection:
            return find_outcome(connection.execute, command_id)

    # Last in the class: after it, `list` means this method to type checkers.
    def list(self, prefix: str = "", after: str = "", limit: int = 1000) -> list[Version]:
        """The current versions of keys that begin with `prefix` and come after `after`, without heads.

        At most `limit`, sorted by key as UTF-8 bytes; to go on, ask again with the last key as `after`.
        """
        compare, start = (">", after) if after >= prefix else (">=", prefix)
        found: list[Version] = []
        with self._borrowed() as connection:
            rows = connection.execute(f"{_CURRENT} WHERE key {compare} ? ORDER BY key LIMIT ?", (start, limit))
            for row in rows:
                if not row[0].startswith(prefix):  # all keys with the prefix stand together: this is past them
                    break
                found.append(_as_version(row))
            rows.close()
        return found


def _as_version(row: tuple[Any, ...]) -> Version:
    values = list(row)
    values[_REMOVED] = row[_REMOVED] == 1
    if values[-1] is None:  # a tombstone has no head
        values[-1] = b""
    return Version(*values)


def _member(row: tuple[Any, ...]) -> Member:
    node, certificate, role, zone, capacity, state, addresses, joined_at = row
    return Member(
        NodeId(node),
        certificate,
        check_role(role),
        zone,
        capacity,
        next(known for known in STATES if known == state),
        tuple(addresses.split()),
        joined_at,
    )
