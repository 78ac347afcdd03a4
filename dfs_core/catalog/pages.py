"""Manifest pages in the catalog: kept by version id, whether that is a version by now or still an upload.

A page stored once never changes: its sealed part is under a secret that seals one byte string ever, so the same page
number with other contents is somebody's mistake and is refused.
"""

from __future__ import annotations

from collections.abc import Sequence

from dfs_core.catalog.condemning import acquit, verdicts
from dfs_core.catalog.schema import PAGE
from dfs_core.catalog.step import Step, demand
from dfs_core.encoding.commands import ManifestPage
from dfs_core.errors import ChunksCondemned, Refused
from dfs_core.limits import (
    CHUNK_BYTES_MIN,
    FILE_BYTES_MAX,
    PAGE_CHUNKS_MAX,
    PAGE_SEALED_BYTES_MAX,
    SEALED_BYTES_MAX,
)

ADDRESS_BYTES = 32
PAGES_MAX = FILE_BYTES_MAX // (CHUNK_BYTES_MIN * PAGE_CHUNKS_MAX)


def split_addresses(addresses: bytes) -> list[bytes]:
    """The single addresses of a page, in order."""
    return [addresses[start : start + ADDRESS_BYTES] for start in range(0, len(addresses), ADDRESS_BYTES)]


def is_committed(step: Step, version_id: bytes) -> bool:
    """A version has this id, or a catalog snapshot."""
    found = step.rows.execute(
        "SELECT 1 FROM version WHERE version_id = ? AND removed = 0"
        " UNION ALL SELECT 1 FROM snapshot WHERE snapshot_id = ?",
        (version_id, version_id),
    ).fetchone()
    return found is not None


def check_page(page: ManifestPage) -> None:
    """Refuse a page that no honest proposer sends."""
    demand(0 < page.number <= PAGES_MAX, f"a page's number is 1 to {PAGES_MAX}")
    count, rest = divmod(len(page.addresses), ADDRESS_BYTES)
    demand(rest == 0 and 0 < count <= PAGE_CHUNKS_MAX, f"a page names 1 to {PAGE_CHUNKS_MAX} addresses of 32 bytes")
    demand(0 < page.tail_bytes <= page.chunk_bytes <= SEALED_BYTES_MAX, f"a chunk has 1 to {SEALED_BYTES_MAX} bytes")
    demand(0 < len(page.sealed) <= PAGE_SEALED_BYTES_MAX, f"a sealed page is 1 to {PAGE_SEALED_BYTES_MAX} bytes")


def new_pages(step: Step, version_id: bytes, pages: Sequence[ManifestPage], as_of: int) -> list[ManifestPage]:
    """Those of `pages` that are not stored yet. Refused when one may not be: it differs, or a chunk was condemned."""
    fresh: list[ManifestPage] = []
    for page in pages:
        stored = step.rows.get(PAGE, version_id, page.number)
        if stored is None:
            fresh.append(page)
        elif stored != _row(version_id, page):
            raise Refused("page_differs", f"page {page.number} of this store is here already, with other contents")
    if fresh:
        _check_as_of(step, fresh, as_of)
    return fresh


def _check_as_of(step: Step, pages: Sequence[ManifestPage], as_of: int) -> None:
    """Holders answered that they have these chunks when they had read the log up to `as_of`.

    A chunk condemned later may be gone by now, and one that was condemned before the horizon leaves no trace here. One
    that something has referred to since then has copies that count, whoever made them: its verdict is gone, too.
    """
    demand(0 <= as_of < step.index, "as_of is a log index before this one")
    if as_of < step.rows.counter("horizon"):
        raise ChunksCondemned("stale", "too old an answer of the holders to count; ask them again")
    if not step.rows.counter("condemned"):
        return
    condemned = [row[0] for page in pages for row in verdicts(step, split_addresses(page.addresses)) if row[1] > as_of]
    if condemned:
        text = f"{len(condemned)} chunks were condemned meanwhile; send them again"
        raise ChunksCondemned("condemned", text, [address.hex() for address in condemned])


def store_pages(step: Step, version_id: bytes, pages: Sequence[ManifestPage]) -> int:
    """Keep the pages and count their references; returns how many."""
    chunks = 0
    for page in pages:
        addresses = split_addresses(page.addresses)
        sizes = [page.chunk_bytes] * (len(addresses) - 1) + [page.tail_bytes]
        acquit(step, addresses)
        step.rows.insert(PAGE, _row(version_id, page))
        step.references.add(addresses, sizes)
        chunks += len(addresses)
    return chunks


def lose_pages(step: Step, version_id: bytes) -> list[bytes]:
    """Drop all pages of a version or upload; returns the chunks that nothing refers to from now on."""
    gone: list[bytes] = []
    number = 0
    while True:  # one page at a time: a manifest can be far larger than memory should hold
        row = step.rows.execute(
            "SELECT * FROM page WHERE version_id = ? AND number > ? ORDER BY number LIMIT 1", (version_id, number)
        ).fetchone()
        if row is None:
            return gone
        number = row[1]
        gone += step.references.drop(split_addresses(row[2]), step.log_ms)
        step.rows.delete(PAGE, row)


def _row(version_id: bytes, page: ManifestPage) -> tuple[bytes, int, bytes, int, int, bytes]:
    return (version_id, page.number, page.addresses, page.chunk_bytes, page.tail_bytes, page.sealed)
