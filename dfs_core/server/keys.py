"""Keys as clients see them: what the catalog knows, and who holds their chunks right now."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence

import msgspec

from dfs_core.catalog.query import CatalogReader
from dfs_core.encoding.control_messages import ChunkHolders, KeyDetail, KeyEntry
from dfs_core.errors import InvalidInput
from dfs_core.model.chunking import chunk_length
from dfs_core.model.ids import Address, NodeId
from dfs_core.model.manifest import Head
from dfs_core.model.placement import holders
from dfs_core.model.version import Version
from dfs_core.replication.chunks import Chunks
from dfs_core.replication.memberlist import MemberList
from dfs_core.replication.reader import OpenVersion, addresses_of

COUNTED_CHUNKS_MAX = 20_000  # in one listing; beyond it copies are not counted (-1), so that a page stays quick
CHUNKS_LISTED_MAX = 4096  # of one file, one by one, with holders: what one message surely takes
HISTORY_MAX = 100
PAGES_AT_ONCE = 16
UNKNOWN = -1


class KeyFacts:
    """Answers about keys on one full node."""

    def __init__(
        self,
        *,
        catalog: CatalogReader,
        chunks: Chunks,
        members: MemberList,
        full_nodes_up: Callable[[], int],
    ) -> None:
        """`full_nodes_up` counts the nodes that hold the catalog, and with it every inlined file."""
        self._catalog, self._chunks, self._members = catalog, chunks, members
        self._full_nodes_up = full_nodes_up

    def entry(self, version: Version, head: Head | None = None) -> KeyEntry:
        """One version as listings show it; with its opened `head`, the file's hash too."""
        return KeyEntry(
            key=version.key,
            version=version.number,
            size=version.size,
            mtime_ns=version.mtime_ns,
            mode=version.mode,
            stored_ms=version.stored_ms,
            chunks=version.chunks,
            removed=version.removed,
            hash=head.content_hash.hex() if head else "",
            stored_by=version.stored_by.hex(),
            copies=UNKNOWN,
        )

    async def with_copies(self, versions: Sequence[Version], entries: Sequence[KeyEntry]) -> list[KeyEntry]:
        """The same entries with the copies of each version's least replicated chunk, as every node just said."""
        addresses: dict[bytes, list[Address]] = {}
        room = COUNTED_CHUNKS_MAX
        for version in versions:
            if version.chunks <= room:
                addresses[version.version_id] = await self.addresses(version)
                room -= version.chunks
        counts = await self._count({address for part in addresses.values() for address in part})
        inline = self._full_nodes_up()
        counted = []
        for version, entry in zip(versions, entries, strict=True):
            mine = addresses.get(version.version_id)
            copies = UNKNOWN if mine is None else min((counts[address] for address in mine), default=inline)
            counted.append(msgspec.structs.replace(entry, copies=copies))
        return counted

    async def addresses(self, version: Version) -> list[Address]:
        """Its chunks, in order, those that occur twice twice."""
        found: list[Address] = []
        for first in range(1, version.page_count + 1, PAGES_AT_ONCE):
            pages = await asyncio.to_thread(self._catalog.pages, version.version_id, first, PAGES_AT_ONCE)
            found.extend(Address(raw) for page in pages for raw in addresses_of(page))
        return found

    async def _holders(self, addresses: set[Address]) -> dict[NodeId, set[Address]]:
        if not addresses:
            return {}
        nodes = {member.node for member in self._members.layout.members if member.stores_chunks and member.listed}
        # As of 0: this is shown, nothing is decided by it.
        return await self._chunks.held_by(sorted(addresses), nodes & self._chunks.reachable(), 0)

    async def _count(self, addresses: set[Address]) -> Counter[Address]:
        held = await self._holders(addresses)
        return Counter(address for part in held.values() for address in part)

    async def detail(self, opened: OpenVersion, *, chunk_list: bool) -> KeyDetail:
        """Everything about one version: who holds it, where it belongs, its key's history.

        InvalidInput: it has too many chunks for a list of them.
        """
        version, head = opened.version, opened.head
        if chunk_list and version.chunks > CHUNKS_LISTED_MAX:
            raise InvalidInput(
                f"{version.key!r} has {version.chunks} chunks; at most {CHUNKS_LISTED_MAX} are listed one by one"
            )
        addresses = await self.addresses(version)
        held = await self._holders(set(addresses))
        layout = self._members.layout
        placed: Counter[str] = Counter()
        chunks: list[ChunkHolders] = []
        least = self._full_nodes_up() if not addresses else None
        for index, address in enumerate(addresses):
            where = [str(node) for node in holders(address.digest, layout)]
            here = [str(node) for node, part in held.items() if address in part]
            placed.update(where)
            least = len(here) if least is None else min(least, len(here))
            if chunk_list:
                length = chunk_length(index, head.size, head.chunk_bytes)
                chunks.append(ChunkHolders(str(address), length, here, where))
        history = await asyncio.to_thread(self._catalog.history, version.key, HISTORY_MAX)
        return KeyDetail(
            entry=msgspec.structs.replace(self.entry(version, head), copies=least or 0),
            holders={str(node): sum(address in part for address in addresses) for node, part in held.items()},
            placed=dict(placed),
            chunks=chunks,
            history=[self.entry(older) for older in history],
            stale=opened.stale,
        )
