"""From a version to its bytes: manifest, chunks in parallel a window ahead, opened and handed on in order.

Every chunk was verified against its address by `chunks.py` and is authenticated again when it is opened, so that what
comes out is what went in or an error. The whole-file hash is in the head; the client checks it over all it received.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import dataclass
from typing import NamedTuple

from dfs_core.catalog.query import CatalogReader
from dfs_core.crypto.seal import content_tokens, open_chunk, open_manifest_part
from dfs_core.crypto.secrets import ClusterSecrets
from dfs_core.encoding.commands import ManifestPage
from dfs_core.errors import IntegrityError, InvalidInput, KeyNotFound, NotFound, VersionNotFound
from dfs_core.model.chunking import check_range
from dfs_core.model.ids import Address, ClusterId, VersionId
from dfs_core.model.manifest import (
    ADDRESS_BYTES,
    ChunkRef,
    Head,
    Page,
    check_lengths,
    decode_head,
    decode_page,
    page_of,
)
from dfs_core.model.version import Version
from dfs_core.replication.budget import Budget, Windows
from dfs_core.replication.chunks import Chunks


@dataclass(frozen=True, slots=True)
class OpenVersion:
    """A version whose head was opened. `stale`: no leader confirmed that the catalog is up to date."""

    version: Version
    head: Head
    stale: bool


class _Part(NamedTuple):
    """The bytes `start` … `end` of one chunk."""

    ref: ChunkRef
    epoch: int
    start: int
    end: int


class FileReader:
    """Reads files through one node. Safe to use for many retrieves at once."""

    def __init__(
        self,
        *,
        cluster: ClusterId,
        secrets: Callable[[], ClusterSecrets],
        chunks: Chunks,
        catalog: CatalogReader,
        windows: Windows | None = None,
    ) -> None:
        self._cluster, self._secrets, self._chunks, self._catalog = cluster, secrets, chunks, catalog
        self._windows = windows or Windows()
        self.window = Budget(self._windows.retrieves)  # what was read ahead and not handed on, of all retrieves

    async def find(self, key: str, number: int, *, stale: bool) -> OpenVersion:
        """The current version of `key`, or version `number` when not 0. KeyNotFound, VersionNotFound."""
        if number:
            version = await asyncio.to_thread(self._catalog.version, key, number)
            if version is None:
                raise VersionNotFound(key, number)
            if version.removed:
                raise NotFound(f"version {number} of {key!r} is its removal; it has no content")
        else:
            version = await asyncio.to_thread(self._catalog.current, key)
            if version is None:
                raise KeyNotFound(key)
        return await self.open(version, stale=stale)

    async def find_content(self, content_hash: bytes, *, stale: bool) -> OpenVersion:
        """A version whose whole file has this plain BLAKE3. NotFound."""
        for token in content_tokens(content_hash, self._secrets()):
            version = await asyncio.to_thread(self._catalog.by_content, token)
            if version is not None:
                return await self.open(version, stale=stale)
        raise NotFound(f"no stored file has the hash b3:{content_hash.hex()}")

    async def open(self, version: Version, *, stale: bool = False) -> OpenVersion:
        """Open a version's head. SealBroken or IntegrityError when it is not what was stored."""
        plain = self.open_part(version, version.head, 0)
        try:
            head = decode_head(plain)
        except InvalidInput as error:
            raise IntegrityError(f"the manifest of {version.key!r} is damaged: {error}") from error
        return OpenVersion(version, head, stale)

    def open_part(self, version: Version, sealed: bytes, part: int) -> bytes:
        """Open one sealed part of a version's manifest."""
        return open_manifest_part(
            sealed,
            secrets=self._secrets(),
            cluster_id=self._cluster,
            key=version.key,
            version_id=VersionId(version.version_id),
            part=part,
        )

    async def page(self, opened: OpenVersion, number: int) -> tuple[Page, ManifestPage]:
        """Manifest page `number` (from 1), opened and checked against the head; and as the catalog has it."""
        pages = await asyncio.to_thread(self._catalog.pages, opened.version.version_id, number, 1)
        if not pages or pages[0].number != number:
            raise IntegrityError(f"page {number} of {opened.version.key!r}'s manifest is missing from the catalog")
        found = pages[0]
        try:
            page = decode_page(self.open_part(opened.version, found.sealed, number), addresses_of(found))
            check_lengths(opened.head, number - 1, page)
        except InvalidInput as error:
            raise IntegrityError(f"the manifest of {opened.version.key!r} is damaged: {error}") from error
        return page, found

    async def stream(self, opened: OpenVersion, start: int, end: int | None) -> AsyncGenerator[memoryview, None]:
        """The bytes `start` … `end` (exclusive; None: to the end), chunk by chunk, fetched a window ahead.

        A chunk counts against the window until the next one is asked for. Close the iterator when it is left early
        (`contextlib.aclosing`). InvalidInput for a range outside the file. Errors of `Chunks.fetch` come where the
        bytes would have.
        """
        start, end = check_range(start, end, opened.head.size)
        if opened.head.inline is not None:
            if end > start:
                yield memoryview(opened.head.inline)[start:end]
            return
        parts = self._parts(opened, start, end)
        following = await anext(parts, None)
        ahead: deque[tuple[asyncio.Task[memoryview], int]] = deque()
        held = 0  # bytes of the window: those of `ahead`, and of the part that the caller has now
        try:
            while following is not None or ahead:
                while following is not None and self._may_hold(following.ref.length, held):
                    held += following.ref.length
                    ahead.append((asyncio.create_task(self._read(following)), following.ref.length))
                    following = await anext(parts, None)
                task, length = ahead.popleft()
                yield await task
                held -= length
                self.window.give_back(length)
        finally:
            for task, _ in ahead:
                task.cancel()
            self.window.give_back(held)
            await asyncio.gather(*(task for task, _ in ahead), return_exceptions=True)

    def _may_hold(self, length: int, held: int) -> bool:
        """Take room for one more chunk of a retrieve, if there is any; its only one it gets in any case.

        So a client that has stopped reading keeps what was read ahead for it, and still starves nobody.
        """
        if not held:
            self.window.overdraw(length)
            return True
        return held < self._windows.retrieve and self.window.try_take(length)

    async def _parts(self, opened: OpenVersion, start: int, end: int) -> AsyncIterator[_Part]:
        """Which bytes of which chunks make up the range, in order, from one manifest page at a time."""
        page: Page | None = None
        page_number = 0
        for span in opened.head.spans(start, end):
            wanted, place = page_of(span.chunk)
            if page is None or wanted + 1 != page_number:
                page_number = wanted + 1
                page, _ = await self.page(opened, page_number)
            yield _Part(page.refs[place], page.epoch, span.start, span.end)

    async def _read(self, part: _Part) -> memoryview:
        sealed = await self._chunks.fetch(Address(part.ref.address))
        plain = await asyncio.to_thread(
            open_chunk,
            sealed,
            secret=part.ref.secret,
            epoch=part.epoch,
            cluster_id=self._cluster,
            length=part.ref.length,
        )
        return memoryview(plain)[part.start : part.end]


def addresses_of(page: ManifestPage) -> list[bytes]:
    """A page's addresses, cut apart."""
    raw = page.addresses
    return [raw[at : at + ADDRESS_BYTES] for at in range(0, len(raw), ADDRESS_BYTES)]
