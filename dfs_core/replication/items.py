"""From chunks with too few copies to the files that people know: which versions they belong to.

No index leads from a chunk to its versions, and none is kept for the rare day on which it is asked: versions are walked
through in key order, a bounded number an answer, so that an answer never takes long however much there is.
"""

from __future__ import annotations

from collections.abc import Mapping

from dfs_core.catalog.query import CatalogReader
from dfs_core.encoding.health_messages import HealthItem, ItemsListed
from dfs_core.replication.reader import addresses_of

LOOK_VERSIONS = 2048  # in one answer
LOOK_CHUNKS = 262_144  # likewise; one version is looked through to its end
_AT_ONCE = 128


def short_versions(
    catalog: CatalogReader, short: Mapping[bytes, int], *, wanted: int, key: str, version: int, limit: int
) -> ItemsListed:
    """The versions behind this one that have chunks in `short` (address → copies). Blocks. StoreError."""
    items: list[HealthItem] = []
    looked = chunks = 0
    while short:
        found = catalog.chunked(key, version, _AT_ONCE)
        if not found:
            break
        for each in found:
            if len(items) >= limit or looked >= LOOK_VERSIONS or chunks >= LOOK_CHUNKS:
                return ItemsListed(items, key, version, wanted)
            key, version = each.key, each.number
            looked, chunks = looked + 1, chunks + each.chunks
            copies = [
                short[address]
                for page in catalog.pages(each.version_id)
                for address in addresses_of(page)
                if address in short
            ]
            if copies:
                items.append(HealthItem(key, version, each.size, each.chunks, len(copies), min(copies)))
    return ItemsListed(items, "", 0, wanted)
