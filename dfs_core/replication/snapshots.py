"""A catalog snapshot as sealed chunks: cut and stored as a file is, and found again from its root alone.

A snapshot is the catalog as one file (`catalog.snapshot`), cut, sealed, placed and referred to exactly as a file's
chunks are. What a file's version has in the catalog, a snapshot must have outside of it, for it is needed when there is
no catalog: the *root*, one more chunk, lists the others with what opens them and is itself sealed under the snapshot
secret (`crypto.snapshot`). So whoever knows the root's address and has the recovery sheet has the whole catalog.

    root, before sealing    msgpack map: format 1, taken_at, term, size, chunk_bytes, hash (BLAKE3 of the file),
                            epoch, pages: [addresses, page as in `model.manifest`] each

Order of truth is that of every store: chunks and root are durable before the log hears of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import BinaryIO, Protocol

import msgspec
from blake3 import blake3

from dfs_core.catalog.facts import KeptSnapshot
from dfs_core.catalog.query import CatalogReader
from dfs_core.catalog.snapshot import SnapshotFacts, write_snapshot
from dfs_core.crypto.seal import open_chunk, open_manifest_part
from dfs_core.crypto.secrets import ClusterSecrets
from dfs_core.crypto.snapshot import ROOT_BYTES_MAX, ROOT_OVERHEAD_BYTES, open_root, seal_root
from dfs_core.encoding.commands import KeepSnapshot, ManifestPage
from dfs_core.errors import IntegrityError, InvalidInput, StoreError
from dfs_core.limits import CHUNK_BYTES_MAX
from dfs_core.model.ids import Address, ClusterId, VersionId
from dfs_core.model.manifest import ChunkRef, Page, decode_page
from dfs_core.replication.chunks import Placed
from dfs_core.replication.renewal import renew
from dfs_core.replication.upload import StoreRequest, Upload
from dfs_core.replication.writer import FileWriter

SNAPSHOT_KEY = "\0catalog snapshot"  # what its pages are sealed for; no key of a user begins so
FORMAT = 1
_SPARE_NAME = "snapshot.tmp"
ADDRESS_BYTES = 32


class Root(msgspec.Struct, frozen=True):
    """What the root of a snapshot says. `pages`: addresses, concatenated, and the page without them, each."""

    format: int
    taken_at: int  # log index
    term: int
    size: int
    chunk_bytes: int
    hash: bytes
    epoch: int
    pages: list[tuple[bytes, bytes]]

    def chunks(self) -> list[tuple[Page, ChunkRef]]:
        """The chunks, in order. InvalidInput: a page is malformed."""
        found = []
        for addresses, plain in self.pages:
            split = [addresses[at : at + ADDRESS_BYTES] for at in range(0, len(addresses), ADDRESS_BYTES)]
            page = decode_page(plain, split)
            found += [(page, ref) for ref in page.refs]
        return found


_decoder = msgspec.msgpack.Decoder(Root)


class _FileSource:
    """A file as an upload reads it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    async def read_into(self, buffer: memoryview) -> int:
        """As `ByteSource`: less than asked for means the end."""
        return await asyncio.to_thread(self._fill, buffer)

    def _fill(self, buffer: memoryview) -> int:
        done = 0
        while done < len(buffer):
            count = self._file.readinto(buffer[done:])  # type: ignore[attr-defined]
            if not count:
                break
            done += count
        return done


class SnapshotMaker:
    """Takes snapshots on a full node, one at a time."""

    def __init__(
        self,
        *,
        folder: Path,
        cluster: ClusterId,
        secrets: Callable[[], ClusterSecrets],
        writer: FileWriter,
        catalog: CatalogReader,
        chunk_bytes: Callable[[], int],
        token: Callable[[int], bytes],
    ) -> None:
        """`folder` is the node's: the catalog's file is there, and there is room for a copy of it in its tmp/."""
        self._folder, self._cluster, self._secrets = folder, cluster, secrets
        self._writer, self._catalog, self._chunk_bytes, self._token = writer, catalog, chunk_bytes, token
        self._one_at_a_time = asyncio.Lock()

    async def take(self) -> KeptSnapshot:
        """Seal the catalog as it is now, store it, and have the log hold on to it. Returns once that is applied here.

        Refused: somebody else took one at the same moment. StoreFull: no room for the copy. Errors as of a store.
        """
        async with self._one_at_a_time:
            spare = self._folder / "tmp" / _SPARE_NAME
            try:
                facts = await asyncio.to_thread(write_snapshot, self._folder / "catalog.sqlite", spare)
                with await asyncio.to_thread(spare.open, "rb") as file:
                    number = await self._store(facts, file)
            finally:
                await asyncio.to_thread(spare.unlink, missing_ok=True)
        kept = await asyncio.to_thread(self._catalog.snapshots)
        return next(each for each in kept if each.number == number)

    async def _store(self, facts: SnapshotFacts, file: BinaryIO) -> int:
        epoch, chunk_bytes = self._writer.epoch, self._chunk_bytes()
        snapshot_id = VersionId(self._token(VersionId.size))
        request = StoreRequest(SNAPSHOT_KEY, snapshot_id, facts.size_bytes, 0, 0)
        upload = Upload(self._writer, request, epoch, chunk_bytes, lambda *_: None)
        try:
            source = _FileSource(file)
            first = bytearray(min(chunk_bytes, facts.size_bytes + 1))
            await upload.take(first, await source.read_into(memoryview(first)), source)
            last = await upload.last_page()
            earlier = await asyncio.to_thread(self._catalog.pages, snapshot_id.digest)
            number = await asyncio.to_thread(self._next_number)
            root = self._root(facts, chunk_bytes, upload.content_hash(), epoch, snapshot_id, [*earlier, last])
            sealed = seal_root(root, secrets=self._secrets(), epoch=epoch, cluster=self._cluster, number=number)
            address = Address.of(sealed)
            needed = self._writer.needed(request)
            as_of = await self._put(address, sealed, needed)
            named = ManifestPage(last.number + 1, address.digest, len(sealed), len(sealed), b"root")

            async def again() -> int:
                once_more = await renew([address], needed, chunks=self._writer.chunks, window=self._writer.window)
                return min(once_more, await upload.renew_last())

            command = KeepSnapshot(
                id=snapshot_id.digest,
                number=number,
                taken_at=facts.index,
                epoch=epoch,
                snapshot_id=snapshot_id.digest,
                size=facts.size_bytes,
                pages=[last, named],
                page_count=named.number,
                as_of=min(as_of, upload.as_of),
            )
            await self._writer.claim(command, again)
        except BaseException:
            await upload.give_up()
            raise
        return number

    def _next_number(self) -> int:
        kept = self._catalog.snapshots()
        return kept[-1].number + 1 if kept else 1

    def _root(
        self,
        facts: SnapshotFacts,
        chunk_bytes: int,
        content_hash: bytes,
        epoch: int,
        snapshot_id: VersionId,
        pages: list[ManifestPage],
    ) -> bytes:
        opened = [(page.addresses, self._open(page, snapshot_id)) for page in pages]
        root = Root(FORMAT, facts.index, facts.term, facts.size_bytes, chunk_bytes, content_hash, epoch, opened)
        plain = msgspec.msgpack.encode(root)
        if len(plain) > ROOT_BYTES_MAX - ROOT_OVERHEAD_BYTES:
            raise StoreError(
                f"a catalog of {facts.size_bytes} bytes has too many chunks for one root; raise the cluster's"
                f" chunk_bytes (now {chunk_bytes}, at most {CHUNK_BYTES_MAX})"
            )
        return plain

    def _open(self, page: ManifestPage, snapshot_id: VersionId) -> bytes:
        return open_manifest_part(
            page.sealed,
            secrets=self._secrets(),
            cluster_id=self._cluster,
            key=SNAPSHOT_KEY,
            version_id=snapshot_id,
            part=page.number,
        )

    async def _put(self, address: Address, data: bytes, needed: int) -> int:
        """Spread one chunk; the log index that its holders were asked with, once enough of them have it."""
        chunks = self._writer.chunks
        as_of = await chunks.fence.as_of([address])
        enough: asyncio.Future[Placed] = asyncio.get_running_loop().create_future()
        await chunks.spread(address, memoryview(data), {}, needed, enough, as_of)
        await enough
        return as_of


class Fetch(Protocol):
    """Brings one sealed chunk, checked against its address; ChunkNotFound, PeerError."""

    def __call__(self, address: Address) -> Awaitable[bytes | bytearray]: ...


def open_snapshot_root(sealed: bytes | bytearray, *, secrets: ClusterSecrets, cluster: ClusterId, number: int) -> Root:
    """Open and read a root. SealBroken; InvalidInput: a newer format."""
    plain = open_root(sealed, secrets=secrets, cluster=cluster, number=number)
    try:
        root = _decoder.decode(plain)
    except msgspec.DecodeError as error:
        raise InvalidInput("the root of a snapshot is malformed") from error
    if root.format != FORMAT:
        raise InvalidInput("this snapshot was made by a newer dfs: upgrade this one")
    return root


async def fetch_snapshot(root: Root, fetch: Fetch, target: BinaryIO, *, cluster: ClusterId) -> None:
    """Write the snapshot's file to `target`, every chunk checked and the whole too.

    ChunkNotFound, PeerError: a chunk cannot be had. SealBroken, IntegrityError: it is not what was sealed.
    """
    whole = blake3()
    for page, ref in root.chunks():
        sealed = await fetch(Address(ref.address))
        plain = open_chunk(sealed, secret=ref.secret, epoch=page.epoch, cluster_id=cluster, length=ref.length)
        whole.update(plain)
        await asyncio.to_thread(target.write, plain)
    if whole.digest() != root.hash:
        raise IntegrityError("the chunks of a snapshot do not make the file that was sealed")
