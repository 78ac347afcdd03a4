"""What the commands about keys and versions do: the chunks a version needs, its becoming current, its end.

A reference is a chunk address in a stored page, whether its version is committed or still an upload. `Refer` stores
pages before there is a version, `Commit` stores the last ones itself and takes over the rest without counting them
again, and whatever ends a version or an upload takes its pages' references away.

    upload ──Refer──▶ upload ──Commit──▶ version (current) ──Commit, Remove──▶ history ──purge──▶ gone
       └──────────────Abandon──▶ gone

The newest row of a key, tombstones included, tells where the key stands; `current` lists the keys whose newest row is
no tombstone, so that a listing reads nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence

from dfs_core.catalog.change import ChunksUnreferenced, KeyChanged, UploadEnded
from dfs_core.catalog.pages import PAGES_MAX, check_page, is_committed, lose_pages, new_pages, store_pages
from dfs_core.catalog.rows import Row
from dfs_core.catalog.schema import CURRENT, HEAD, UPLOAD, VERSION
from dfs_core.catalog.step import INTEGER_MAX, Step, demand, demand_valid
from dfs_core.encoding.commands import Abandon, Commit, ManifestPage, Outcome, Refer, Remove
from dfs_core.errors import Refused
from dfs_core.limits import FILE_BYTES_MAX, HEAD_BYTES_MAX
from dfs_core.model.ids import NodeId, VersionId, check_key

_SIZE = VERSION.names.index("size")
_VERSION_ID = VERSION.names.index("version_id")
_INDEX = VERSION.names.index("log_index")
_REMOVED = VERSION.names.index("removed")


def refer(step: Step, command: Refer) -> Outcome:
    """The upload holds on to the page's chunks. The same page again only shows that the upload lives."""
    rows = step.rows
    demand(len(command.upload) == VersionId.size, "an upload's id is 16 bytes")
    check_page(command.page)
    if is_committed(step, command.upload):
        raise Refused("committed", "this store is a version already")
    fresh = new_pages(step, command.upload, [command.page], command.as_of)
    chunks = store_pages(step, command.upload, fresh)
    before = rows.get(UPLOAD, command.upload)
    if before is None:
        rows.insert(UPLOAD, (command.upload, len(fresh), chunks, step.log_ms, step.log_ms))
        rows.count("uploads", 1)
    else:
        _, pages, known_chunks, started_ms, _ = before
        rows.replace(
            UPLOAD, before, (command.upload, pages + len(fresh), known_chunks + chunks, started_ms, step.log_ms)
        )
    return step.applied()


def abandon(step: Step, command: Abandon) -> Outcome:
    """The upload is over and holds on to nothing."""
    upload = step.rows.get(UPLOAD, command.upload)
    if upload is None:
        if is_committed(step, command.upload):
            raise Refused("committed", "this store is a version already")
        raise Refused("missing", "no store under way has this id")
    tell_unreferenced(step, lose_pages(step, command.upload))
    _end_upload(step, command.upload, committed=False)
    return step.applied()


def commit(step: Step, command: Commit) -> Outcome:
    """The key has a new version, current from here on."""
    _check_commit(command)
    if is_committed(step, command.version_id):
        raise Refused("committed", "this store is a version already")
    replaced = _current(step, command.key)
    _check_expected(step, command, replaced)
    chunks = adopt_pages(step, command.version_id, command.pages, command.page_count, command.as_of)
    number = _store_version(step, command, chunks)
    _make_current(step, command, number, replaced)
    if command.moves:
        source = _current(step, command.source_key)
        assert source is not None, "checked with the source"
        _entomb(step, command.source_key, source, command.wall_ms)
    return step.applied(number)


def adopt_pages(step: Step, version_id: bytes, pages: Sequence[ManifestPage], page_count: int, as_of: int) -> int:
    """Make all pages of the manifest the version's own, or refuse; returns how many chunks they name."""
    rows = step.rows
    fresh = new_pages(step, version_id, pages, as_of)
    upload = rows.get(UPLOAD, version_id)
    known_pages, known_chunks = (upload[1], upload[2]) if upload is not None else (0, 0)
    highest = max((page.number for page in pages), default=0)
    if upload is not None:
        (stored_highest,) = rows.execute("SELECT max(number) FROM page WHERE version_id = ?", (version_id,)).fetchone()
        highest = max(highest, stored_highest)
    # Page numbers differ and begin at 1, so as many as the highest number are all of them.
    if known_pages + len(fresh) != page_count or highest != page_count:
        raise Refused("pages", f"a manifest of {page_count} pages, but {known_pages + len(fresh)} of them are here")
    chunks = known_chunks + store_pages(step, version_id, fresh)
    if upload is not None:
        _end_upload(step, version_id, committed=True)
    return chunks


def _store_version(step: Step, command: Commit, chunks: int) -> int:
    rows = step.rows
    number = rows.count("version", 1)
    row = (
        command.key,
        number,
        command.version_id,
        command.size,
        command.mtime_ns,
        command.mode,
        command.wall_ms,
        chunks,
        0,
        command.page_count,
        command.content_token,
        command.stored_by,
        step.index,
        step.log_ms,
    )
    rows.insert(VERSION, row)
    rows.insert(HEAD, (number, command.head))
    rows.count("versions", 1)
    rows.count("history_bytes", command.size)
    return number


def _make_current(step: Step, command: Commit, number: int, replaced: tuple[int, int] | None) -> None:
    rows = step.rows
    if replaced is None:
        rows.insert(CURRENT, (command.key, number))
        rows.count("keys", 1)
        rows.count("bytes", command.size)
    else:
        replaced_number, replaced_size = replaced
        rows.replace(CURRENT, (command.key, replaced_number), (command.key, number))
        rows.count("bytes", command.size - replaced_size)
    step.changes.append(KeyChanged(command.key, number, removed=False))


def remove(step: Step, command: Remove) -> Outcome:
    """The key has no current version any more; with `purge`, no history either."""
    demand_valid(lambda: check_key(command.key))
    demand(0 <= command.wall_ms <= INTEGER_MAX, "a time is not negative")
    current = _current(step, command.key)
    if command.purge:
        return _purge(step, command.key, current)
    if current is None:
        raise Refused("missing", f"no such key: '{command.key}'")
    return step.applied(_entomb(step, command.key, current, command.wall_ms))


def _entomb(step: Step, key: str, current: tuple[int, int], wall_ms: int) -> int:
    rows = step.rows
    number = rows.count("version", 1)
    rows.insert(VERSION, (key, number, b"", 0, 0, 0, wall_ms, 0, 1, 0, b"", b"", step.index, step.log_ms))
    rows.count("versions", 1)
    _no_current(step, key, current)
    step.changes.append(KeyChanged(key, number, removed=True))
    return number


def _no_current(step: Step, key: str, current: tuple[int, int]) -> None:
    number, size = current
    step.rows.delete(CURRENT, (key, number))
    step.rows.count("keys", -1)
    step.rows.count("bytes", -size)


def _purge(step: Step, key: str, current: tuple[int, int] | None) -> Outcome:
    rows = step.rows
    versions = rows.execute("SELECT * FROM version WHERE key = ? ORDER BY number", (key,)).fetchall()
    if not versions:
        raise Refused("missing", f"no such key: '{key}'")
    gone: list[bytes] = []
    for version in versions:
        gone += end_version(step, version)
    if current is not None:
        _no_current(step, key, current)
    tell_unreferenced(step, gone)
    step.changes.append(KeyChanged(key, 0, removed=True))
    return step.applied()


def end_version(step: Step, version: Row) -> list[bytes]:
    """Take one version or tombstone away, whatever the key's current one is: that is the caller's to see to.

    Returns the chunks that nothing refers to from now on. A commit of it that comes again later finds its outcome.
    """
    rows = step.rows
    gone: list[bytes] = []
    if not version[_REMOVED]:
        step.outcomes.add_ended(version[_VERSION_ID], version[1], version[_INDEX], step.log_ms)
        gone = lose_pages(step, version[_VERSION_ID])
        head = rows.get(HEAD, version[1])
        assert head is not None, "every version that is no tombstone has a head"
        rows.delete(HEAD, head)
    rows.delete(VERSION, version)
    rows.count("versions", -1)
    rows.count("history_bytes", -version[_SIZE])
    return gone


def tell_unreferenced(step: Step, addresses: list[bytes]) -> None:
    """Note for this node's other parts which chunks may be condemned once their time comes."""
    if addresses:
        step.changes.append(ChunksUnreferenced(tuple(addresses)))


def _end_upload(step: Step, upload: bytes, *, committed: bool) -> None:
    row = step.rows.get(UPLOAD, upload)
    assert row is not None, "the caller has seen it"
    step.rows.delete(UPLOAD, row)
    step.rows.count("uploads", -1)
    step.changes.append(UploadEnded(upload, committed))


def _current(step: Step, key: str) -> tuple[int, int] | None:
    """The current version's number and size."""
    found: tuple[int, int] | None = step.rows.execute(
        "SELECT number, size FROM current JOIN version USING (key, number) WHERE key = ?", (key,)
    ).fetchone()
    return found


def _check_expected(step: Step, command: Commit, current: tuple[int, int] | None) -> None:
    number = current[0] if current is not None else 0
    if command.expects >= 0 and command.expects != number:
        raise Refused("changed", f"the key's current version is {number}, not {command.expects}")
    if not command.source_key:
        return
    source = step.rows.get(VERSION, command.source_key, command.source_version)
    if source is None or source[_REMOVED]:
        raise Refused("source", f"'{command.source_key}' has no version {command.source_version} any more")
    if command.moves:
        there = _current(step, command.source_key)
        if there is None or there[0] != command.source_version:
            raise Refused("moved", f"'{command.source_key}' was changed or removed meanwhile")


def _check_commit(command: Commit) -> None:
    demand(len(command.version_id) == VersionId.size, "a version id is 16 bytes")
    demand_valid(lambda: check_key(command.key))
    demand(0 <= command.size <= FILE_BYTES_MAX, f"a file has 0 to {FILE_BYTES_MAX} bytes")
    demand(-INTEGER_MAX <= command.mtime_ns <= INTEGER_MAX, "a time fits 64 bits")
    demand(0 <= command.mode < 2**32, "a mode fits 32 bits")
    demand(0 <= command.wall_ms <= INTEGER_MAX, "a time is not negative")
    demand(0 < len(command.content_token) <= 64, "a content token is 1 to 64 bytes")
    demand(0 < len(command.head) <= HEAD_BYTES_MAX, f"a sealed head is 1 to {HEAD_BYTES_MAX} bytes")
    demand(len(command.stored_by) in (0, NodeId.size), "a node id is 32 bytes")
    demand(0 <= command.page_count <= PAGES_MAX, f"a manifest has 0 to {PAGES_MAX} pages")
    demand(-1 <= command.expects <= INTEGER_MAX, "an expected version is -1 or more")
    numbers = [page.number for page in command.pages]
    demand(len(set(numbers)) == len(numbers), "a page is given once")
    for page in command.pages:
        check_page(page)
    if command.source_key:
        demand_valid(lambda: check_key(command.source_key))
        demand(0 < command.source_version <= INTEGER_MAX, "a version number is 1 or more")
    demand(not command.moves or command.source_key not in ("", command.key), "what moves comes from another key")
