"""The chunks of one store under way: read, sealed, sent, counted, and gathered into manifest pages.

The stream is read into two chunk-sized buffers in turn: while a thread seals one, the next bytes arrive in the other.
Sealed bytes are held in a window, per store and for all stores together, until no send needs them any more. Chunks are
asked for in small batches before they are sent, so that what a holder has already is not sent again.

What holders answer counts as of a log index (`fence.py`). When the log refuses a page because chunks of it were
condemned after that, the holders are asked again (`renewal.py`).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from blake3 import blake3

from dfs_core.crypto.seal import Sealed
from dfs_core.encoding.commands import Abandon, AnyCommand, Commit, KeepSnapshot, ManifestPage, Outcome, Refer
from dfs_core.errors import DfsError, FileChanged
from dfs_core.limits import FILE_BYTES_MAX, PAGE_CHUNKS_MAX, SEALED_BYTES_MAX, STORE_WINDOW_BYTES, STORES_WINDOW_BYTES
from dfs_core.model.ids import Address, NodeId, VersionId
from dfs_core.model.manifest import ChunkRef, Page, encode_page
from dfs_core.replication.budget import Budget, Windows
from dfs_core.replication.chunks import Chunks, Placed
from dfs_core.replication.renewal import renew

_log = logging.getLogger(__name__)

ASK_BATCH = 8  # chunks asked for at once; a third of the window, so that asking overlaps sending


class ByteSource(Protocol):
    """Where a file's bytes come from."""

    async def read_into(self, buffer: memoryview) -> int:
        """Fill `buffer` as far as the stream goes and return how much that was; less than its size means the end."""
        ...


class BytesSource:
    """A source whose bytes are all there."""

    def __init__(self, data: bytes) -> None:
        self._rest = memoryview(data)

    async def read_into(self, buffer: memoryview) -> int:
        """Copy what fits and is left."""
        part, self._rest = self._rest[: len(buffer)], self._rest[len(buffer) :]
        buffer[: len(part)] = part
        return len(part)


@dataclass(frozen=True, slots=True)
class StoreRequest:
    """What to store a stream as. `size` is -1 when unknown; `min_copies` 0 means the cluster's W."""

    key: str
    version_id: VersionId
    size: int
    mtime_ns: int
    mode: int
    min_copies: int = 0


# Bytes that became safe, nodes that acknowledged one more chunk, bytes that have all their copies now.
Progress = Callable[[int, frozenset[NodeId], int], None]
Claim = Refer | Commit | KeepSnapshot


class Workshop(Protocol):
    """What an upload needs of the writer it belongs to."""

    @property
    def chunks(self) -> Chunks: ...
    @property
    def windows(self) -> Windows: ...
    @property
    def window(self) -> Budget: ...
    def needed(self, request: StoreRequest) -> int: ...
    def seal_chunk(self, buffer: bytearray, length: int, epoch: int) -> Sealed: ...
    def seal_part(self, plain: bytes, key: str, version_id: VersionId, part: int, epoch: int) -> bytes: ...
    def command_id(self) -> bytes: ...
    async def decide(self, command: AnyCommand) -> Outcome: ...
    async def claim(self, command: Claim, renew: Callable[[], Awaitable[int]]) -> Outcome: ...
    def straggle(self, task: asyncio.Task[None]) -> None: ...


def check_size(request: StoreRequest, size: int) -> None:
    """FileChanged unless the stream was as long as announced."""
    if size > FILE_BYTES_MAX:
        raise FileChanged(f"{request.key!r} is larger than the {FILE_BYTES_MAX} bytes that a file may have")
    if request.size not in (-1, size):
        raise FileChanged(
            f"{request.key!r} changed while it was read: {request.size} bytes were announced, {size} came; "
            "nothing was stored, try again"
        )


@dataclass(slots=True)
class _Chunk:
    """One chunk on its way. `data` goes with the window; what the manifest needs stays until its page is made."""

    address: Address
    secret: bytes
    size: int  # sealed bytes
    length: int  # true bytes
    data: bytes | None
    enough: asyncio.Future[Placed]
    as_of: int = 0  # the holders' answers that count were given with this
    counted: frozenset[NodeId] = frozenset()  # who had it when it was safe
    twins: int = 0  # true bytes of later chunks with the same address


class Upload:
    """The chunks of one store: sealed, on their way, counted, and gathered into manifest pages."""

    def __init__(
        self, writer: Workshop, request: StoreRequest, epoch: int, chunk_bytes: int, progress: Progress
    ) -> None:
        self._writer, self._request, self._epoch, self._progress = writer, request, epoch, progress
        self._chunk_bytes = chunk_bytes
        self._hash = blake3()
        self._budget = Budget(writer.windows.store)
        self._batch: list[_Chunk] = []
        self._page: list[_Chunk] = []
        self._last: list[_Chunk] = []
        self._pages = 0
        self._spreading: set[asyncio.Task[None]] = set()
        self._in_flight: dict[Address, _Chunk] = {}
        self._referring: asyncio.Task[None] | None = None
        self._failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._referred = False
        self.size = 0
        self.chunk_count = 0
        self.new_chunks = 0
        self.sent_bytes = 0
        self.copies = 10**6

    def content_hash(self) -> bytes:
        return self._hash.digest()

    async def take(self, buffer: bytearray, length: int, source: ByteSource) -> None:
        """Read the stream to its end; on return every chunk is sealed and on its way."""
        if 0 < length == len(buffer) < self._chunk_bytes:
            raise FileChanged(f"{self._request.key!r} grew while it was read; nothing was stored, try again")
        spare = bytearray(self._chunk_bytes)
        while length:
            sealing = asyncio.create_task(asyncio.to_thread(self._seal, buffer, length))
            try:
                following = await source.read_into(memoryview(spare)) if length == self._chunk_bytes else 0
            finally:
                await asyncio.wait({sealing})  # the thread reads `buffer` until it is done
            self.size += length
            await self._add(sealing.result(), length)
            buffer, spare, length = spare, buffer, following
        check_size(self._request, self.size)
        self._send_batch()

    def _seal(self, buffer: bytearray, length: int) -> Sealed:
        view = memoryview(buffer)[:length]
        self._hash.update(view)
        return self._writer.seal_chunk(buffer, length, self._epoch)

    async def _add(self, sealed: Sealed, length: int) -> None:
        size = len(sealed.data)
        if self._budget.used + size > self._writer.windows.store or len(self._batch) >= ASK_BATCH:
            self._send_batch()
        await self._hold(self._budget, size)
        if not self._writer.window.try_take(size):
            self._send_batch()  # nobody may wait for room that unsent chunks of all who wait fill
            try:
                await self._hold(self._writer.window, size)
            except BaseException:
                self._budget.give_back(size)
                raise
        enough: asyncio.Future[Placed] = asyncio.get_running_loop().create_future()
        chunk = _Chunk(sealed.address, sealed.secret, size, length, sealed.data, enough)
        self._batch.append(chunk)
        if len(self._page) == PAGE_CHUNKS_MAX:
            await self._refer()
        self._page.append(chunk)
        self.chunk_count += 1

    async def _hold(self, budget: Budget, size: int) -> None:
        """Take `size` of `budget`, unless the store fails meanwhile; then, or when cancelled, nothing is held."""
        taking = asyncio.ensure_future(budget.take(size))
        try:
            await self._or_failure(taking)
        except BaseException:
            taking.cancel()
            await asyncio.wait({taking})
            if not taking.cancelled():  # granted in the same turn of the loop
                budget.give_back(size)
            raise

    async def _or_failure(self, waiting: Awaitable[object]) -> None:
        """Wait, unless the store has failed meanwhile."""
        task = asyncio.ensure_future(waiting)
        task.add_done_callback(_look_at)
        either: set[asyncio.Future[Any]] = {task, self._failed}
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            task.cancel()
            raise
        if not task.done():
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        if self._failed.done():
            self._failed.result()
        task.result()

    def _send_batch(self) -> None:
        if not self._batch:
            return
        batch, self._batch = self._batch, []
        task = asyncio.create_task(self._spread(batch), name=f"spread-{self._request.key[:20]}")
        self._spreading.add(task)
        task.add_done_callback(self._spreading.discard)
        self._writer.straggle(task)

    async def _spread(self, batch: Sequence[_Chunk]) -> None:
        chunks = self._writer.chunks
        needed = self._writer.needed(self._request)
        fresh: list[_Chunk] = []
        for chunk in batch:
            twin = self._in_flight.get(chunk.address)
            if twin is None:
                self._in_flight[chunk.address] = chunk
                fresh.append(chunk)
            else:
                twin.enough.add_done_callback(partial(self._follow, twin, chunk))
        try:
            addresses = [chunk.address for chunk in fresh]
            copies = max(needed, chunks.wanted_copies())
            targets = {node for address in addresses for node in chunks.candidates(address)[:copies]}
            as_of = await chunks.fence.as_of(addresses)
            known = await chunks.held_by(addresses, targets, as_of) if addresses else {}
            await asyncio.gather(*(self._spread_one(chunk, known, needed, as_of) for chunk in fresh))
        finally:
            for chunk in fresh:
                self._in_flight.pop(chunk.address, None)
                self._release(chunk)
                if not chunk.enough.done():
                    chunk.enough.cancel()

    def _follow(self, twin: _Chunk, chunk: _Chunk, done: asyncio.Future[Placed]) -> None:
        """The same bytes are on their way already: this chunk is safe when those are."""
        self._release(chunk)
        if chunk.enough.done():
            return
        if done.cancelled():
            chunk.enough.cancel()
        elif (error := done.exception()) is not None:
            chunk.enough.set_exception(error)
        else:
            self._count(chunk, done.result(), new=False)
            chunk.enough.set_result(done.result())
            twin.twins += chunk.length
            if done.result().everywhere:  # `_spread_wide` was there before
                self._progress(0, frozenset(), chunk.length)

    async def _spread_one(self, chunk: _Chunk, known: dict[NodeId, set[Address]], needed: int, as_of: int) -> None:
        chunk.enough.add_done_callback(lambda done: self._acknowledged(done, chunk))
        try:
            if chunk.data is not None:
                await self._writer.chunks.spread(chunk.address, chunk.data, known, needed, chunk.enough, as_of)
                self._spread_wide(chunk)
        finally:
            self._release(chunk)

    def _release(self, chunk: _Chunk) -> None:
        if chunk.data is None:
            return
        chunk.data = None
        self._budget.give_back(chunk.size)
        self._writer.window.give_back(chunk.size)

    def _acknowledged(self, done: asyncio.Future[Placed], chunk: _Chunk) -> None:
        if done.cancelled():
            return
        error = done.exception()
        if error is None:
            self._count(chunk, done.result(), new=done.result().sent > 0)
        elif not self._failed.done():
            self._failed.set_exception(error)

    def _spread_wide(self, chunk: _Chunk) -> None:
        """Nothing of it is under way any more: say which copies came after those that made it safe."""
        if not chunk.enough.cancelled() and chunk.enough.exception() is None:
            placed = chunk.enough.result()
            late = placed.holders - chunk.counted if chunk.counted else ()  # none: they are about to be counted
            self._progress(0, frozenset(late), chunk.length + chunk.twins if placed.everywhere else 0)

    def _count(self, chunk: _Chunk, placed: Placed, *, new: bool) -> None:
        chunk.as_of = placed.as_of
        chunk.counted = frozenset(placed.holders)
        self.copies = min(self.copies, len(placed.holders))
        if new:
            self.new_chunks += 1
            self.sent_bytes += placed.sent
        self._progress(chunk.length, chunk.counted, 0)

    async def _refer(self) -> None:
        """The page is full: once its chunks are safe, have the log hold on to them. One page at a time."""
        page, self._page = self._page, []
        self._pages += 1
        number = self._pages
        if self._referring is not None:
            await self._or_failure(self._referring)
        self._referring = asyncio.create_task(self._refer_page(page, number), name=f"refer-{number}")

    async def _refer_page(self, chunks: list[_Chunk], number: int) -> None:
        await self._or_failure(asyncio.gather(*(chunk.enough for chunk in chunks)))
        page = await asyncio.to_thread(self._seal_page, chunks, number)
        self._referred = True
        command = Refer(self._writer.command_id(), self._request.version_id.digest, page, _as_of(chunks))
        await self._writer.claim(command, lambda: self._renew(chunks))

    async def last_page(self) -> ManifestPage:
        """Wait until every chunk is safe, and return the page that travels with the commit; it is never empty."""
        chunks, self._page = self._page, []
        self._last = chunks
        self._pages += 1
        if self._referring is not None:
            await self._or_failure(self._referring)
        await self._or_failure(asyncio.gather(*(chunk.enough for chunk in chunks)))
        return await asyncio.to_thread(self._seal_page, chunks, self._pages)

    @property
    def as_of(self) -> int:
        """The log index that the last page's holders were asked with."""
        return _as_of(self._last)

    async def renew_last(self) -> int:
        """Ask the last page's holders again, and return the log index they were asked with. See `_renew`."""
        return await self._renew(self._last)

    async def _renew(self, chunks: Sequence[_Chunk]) -> int:
        """Have all of a page's chunks counted anew; the log index as of which they are. Errors as of `renew`."""
        addresses = list(dict.fromkeys(chunk.address for chunk in chunks))
        needed = self._writer.needed(self._request)
        as_of = await renew(addresses, needed, chunks=self._writer.chunks, window=self._writer.window)
        for chunk in chunks:
            chunk.as_of = as_of
        return as_of

    def _seal_page(self, chunks: list[_Chunk], number: int) -> ManifestPage:
        page = Page(
            self._epoch,
            tuple(ChunkRef(chunk.address.digest, chunk.secret, chunk.length) for chunk in chunks),
        )
        sizes = [chunk.size for chunk in chunks]
        return ManifestPage(
            number=number,
            addresses=b"".join(page.addresses),
            chunk_bytes=sizes[0],
            tail_bytes=sizes[-1],
            sealed=self._writer.seal_part(
                encode_page(page), self._request.key, self._request.version_id, number, self._epoch
            ),
        )

    async def give_up(self) -> None:
        """Stop sending, and let go of what was referred to, in the background: whoever waits shall hear at once."""
        tasks = [task for task in (*self._spreading, self._referring) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for chunk in self._batch:
            self._release(chunk)
            chunk.enough.cancel()
        if self._failed.done():
            self._failed.exception()
        if self._referred:
            self._writer.straggle(asyncio.create_task(self._abandon(), name="abandon"))

    async def _abandon(self) -> None:
        try:
            await self._writer.decide(Abandon(self._writer.command_id(), self._request.version_id.digest))
        except DfsError as error:  # what cannot be said now is found out by the upload's silence
            _log.info("upload %s stays open for now: %s", self._request.version_id, error)


def _as_of(chunks: Sequence[_Chunk]) -> int:
    return min(chunk.as_of for chunk in chunks)


def _look_at(done: asyncio.Future[Any]) -> None:
    """Another failure may be told instead of this one; the loop is not to report it as lost."""
    if not done.cancelled():
        done.exception()


assert SEALED_BYTES_MAX <= STORE_WINDOW_BYTES <= STORES_WINDOW_BYTES
