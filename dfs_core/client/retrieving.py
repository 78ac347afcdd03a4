"""The conversation of one retrieve: a checked stream of bytes, or a file that appears whole at its place.

Every chunk was checked by the node against its address; the client checks the whole file's BLAKE3 once more, so that
nothing between the store's client and this one can have changed a bit unseen. A byte range has no hash of its own and
is checked for its length.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, NamedTuple, Self

from blake3 import blake3

from dfs_core.client.partial import Partial, resolve_target
from dfs_core.client.places import IfExists, Place, Spot, is_version
from dfs_core.encoding.control_messages import FileFollows, KeyEntry, RetrieveFile
from dfs_core.errors import Cancelled, FileThere, FileUnusable, IntegrityError, RemoteProtocolError
from dfs_core.limits import CLIENT_BLOCK_BYTES, CLIENT_REPLY_TIMEOUT_S, REQUEST_TIMEOUT_S

if TYPE_CHECKING:
    from dfs_core.transport.exchange import Exchange
    from dfs_core.transport.link import Link

Progress = Callable[[int], None]  # bytes done so far

_HASH_PREFIX = "b3:"
_HASH_DIGITS = 64


class Retrieved(NamedTuple):
    """A file that now lies at `path`. `stale`: no leader confirmed that this is the current version.

    `skipped`: it was not transferred, because there is a file already. `replaced`: there was one, and it is gone.
    """

    entry: KeyEntry
    path: Path
    length: int  # bytes of the file (or of the range) there
    resumed: int  # of them, bytes that an earlier run had brought
    stale: bool
    skipped: bool = False
    replaced: bool = False


def request_for(name: str, *, version: int = 0, start: int = 0, end: int = -1) -> RetrieveFile:
    """The request for `name`: a key, or "b3:" and the 64 hex digits of a file's BLAKE3."""
    digits = name.removeprefix(_HASH_PREFIX)
    if digits != name and len(digits) == _HASH_DIGITS and all(digit in "0123456789abcdef" for digit in digits.lower()):
        return RetrieveFile(hash=digits.lower(), start=start, end=end)
    return RetrieveFile(key=name, version=version, start=start, end=end)


class Retrieval:
    """One retrieve under way: `async with` it, then iterate its bytes. Leaving early tells the node to stop.

    The iteration ends normally only when every byte came and, for a whole file, the BLAKE3 is right; IntegrityError
    comes after the last block otherwise, so what was passed on before must be thrown away.
    """

    entry: KeyEntry
    stale: bool
    start: int
    length: int

    def __init__(self, link: Link, request: RetrieveFile) -> None:
        self._link, self._request = link, request
        self._exchange: Exchange | None = None
        self._left = 0

    async def __aenter__(self) -> Self:
        exchange = self._exchange = await self._link.open(self._request, timeout_s=REQUEST_TIMEOUT_S)
        try:
            reply = await exchange.reply(timeout_s=CLIENT_REPLY_TIMEOUT_S)
            if not isinstance(reply, FileFollows):
                raise RemoteProtocolError(f"a retrieve was answered by {type(reply).__name__}")
        except BaseException:
            await self.stop()
            raise
        self.entry, self.stale = reply.entry, reply.stale
        self.start, self.length = reply.start, reply.length
        self._left = reply.length
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def stop(self) -> None:
        """Tell the node that nothing more is wanted. A second call does nothing."""
        if self._exchange is not None:
            await self._exchange.reset(Cancelled("the client has read enough"))

    async def read_into(self, buffer: memoryview) -> int:
        """Fill `buffer` as far as the file goes; 0 at the end. RemoteProtocolError: not as long as announced."""
        assert self._exchange is not None
        size = await self._exchange.read_into(buffer)
        self._left -= size
        if self._left < 0 or (size < len(buffer) and self._left):
            raise RemoteProtocolError(f"the node announced {self.length} bytes and sent {self.length - self._left}")
        return size

    @property
    def whole(self) -> bool:
        """Whether this is the whole file, so that its hash says something."""
        return self.start == 0 and self.length == self.entry.size

    async def __aiter__(self) -> AsyncIterator[bytes]:
        hasher = blake3()
        buffer = bytearray(min(CLIENT_BLOCK_BYTES, max(self.length, 1)))
        while size := await self.read_into(memoryview(buffer)):
            block = bytes(memoryview(buffer)[:size])
            await asyncio.to_thread(hasher.update, block)
            yield block
        if self.whole and hasher.hexdigest() != self.entry.hash:
            raise IntegrityError(f"{self.entry.key!r}: what arrived does not hash to {self.entry.hash}; do not use it")


async def retrieve_to(link: Link, request: RetrieveFile, place: Place, progress: Progress | None) -> Retrieved:
    """Bring a file or a byte range to a place; a whole file goes on where an interrupted run stopped.

    Returned: it lies there, checked and durable, with the stored time and permissions; or it was skipped. Failed or
    cancelled: what is there is untouched, and what came of a whole file waits beside it under a hidden name for the
    next run. IntegrityError: the bytes are not the stored ones; nothing is left of them. FileThere: so is the name.
    FileUnusable: no room or no permission. A device or fifo is written into.
    """
    follow = place.if_exists is IfExists.REPLACE
    target, special = await asyncio.to_thread(resolve_target, place.path, follow=follow)
    if special:
        return await retrieve_special(link, request, target, progress)
    whole = request.start == 0 and request.end == -1
    async with Retrieval(link, request) as retrieval:
        try:
            spot = await asyncio.to_thread(Spot.choose, target, place)
            if whole:
                return await _retrieve_file(link, request, retrieval, spot, progress)
            return await _retrieve_range(retrieval, spot, progress)
        except FileThere:
            skip = place.if_exists is IfExists.SKIP
            if skip or (whole and await asyncio.to_thread(is_version, target, retrieval.entry)):
                return Retrieved(retrieval.entry, target, 0, 0, retrieval.stale, skipped=True)
            raise


async def _retrieve_file(
    link: Link, request: RetrieveFile, retrieval: Retrieval, spot: Spot, progress: Progress | None
) -> Retrieved:
    entry = retrieval.entry
    if not entry.hash:
        raise RemoteProtocolError("the node did not say what the file must hash to")
    partial = await asyncio.to_thread(Partial.open, spot.path, entry.hash)
    try:
        if not 0 < partial.size <= entry.size:
            await asyncio.to_thread(partial.restart)
            await _receive(retrieval, partial, progress)
            return await _finish(partial, spot, entry, resumed=0, stale=retrieval.stale)
        await retrieval.stop()  # the same node must not read ahead for two at once
        return await _go_on(link, request, partial, spot, entry, progress)
    except (IntegrityError, FileThere):
        partial.discard()
        raise
    finally:
        partial.close()


async def _go_on(
    link: Link, request: RetrieveFile, partial: Partial, spot: Spot, entry: KeyEntry, progress: Progress | None
) -> Retrieved:
    """Bring what is behind an earlier run's bytes; all of it when those were no beginning of this file."""
    resumed = partial.size
    async with Retrieval(link, _request_again(request, entry, start=resumed)) as rest:
        await _receive(rest, partial, progress)
    with contextlib.suppress(IntegrityError):
        return await _finish(partial, spot, entry, resumed=resumed, stale=rest.stale)
    await asyncio.to_thread(partial.restart)
    async with Retrieval(link, _request_again(request, entry, start=0)) as whole:
        await _receive(whole, partial, progress)
    return await _finish(partial, spot, entry, resumed=0, stale=whole.stale)


def _request_again(request: RetrieveFile, entry: KeyEntry, *, start: int) -> RetrieveFile:
    """The same content once more, even if the key has got a newer version meanwhile."""
    return RetrieveFile(key=request.key, hash=request.hash, version=entry.version if request.key else 0, start=start)


async def _finish(partial: Partial, spot: Spot, entry: KeyEntry, *, resumed: int, stale: bool) -> Retrieved:
    """Check and rename. IntegrityError, FileThere: nothing was renamed, the bytes are still there."""
    partial.check(entry.hash)
    await asyncio.to_thread(partial.finish, mode=entry.mode, mtime_ns=entry.mtime_ns, put=spot.put)
    return Retrieved(entry, partial.target, entry.size, resumed, stale, replaced=spot.replaced)


async def _retrieve_range(retrieval: Retrieval, spot: Spot, progress: Progress | None) -> Retrieved:
    """As for a whole file, but an interrupted one starts anew."""
    partial = await asyncio.to_thread(Partial.create, spot.path)
    try:
        await _receive(retrieval, partial, progress)
        entry = retrieval.entry
        await asyncio.to_thread(partial.finish, mode=entry.mode, mtime_ns=entry.mtime_ns, put=spot.put)
    finally:
        partial.discard()
    return Retrieved(entry, partial.target, retrieval.length, 0, retrieval.stale, replaced=spot.replaced)


async def _receive(retrieval: Retrieval, partial: Partial, progress: Progress | None) -> None:
    """Append all bytes to `partial`: one block is written and hashed in a thread while the next one arrives."""
    size_max = min(CLIENT_BLOCK_BYTES, max(retrieval.length, 1))
    arriving, written = memoryview(bytearray(size_max)), memoryview(bytearray(size_max))
    writing: asyncio.Future[None] | None = None
    done = partial.size
    try:
        while size := await retrieval.read_into(arriving):
            if writing is not None:
                await writing
            writing = asyncio.ensure_future(asyncio.to_thread(partial.append, arriving[:size]))
            arriving, written = written, arriving
            done += size
            if progress is not None:
                progress(done)
        if writing is not None:
            await writing
    except FileUnusable:  # no room: keeping half of it would take what room there is
        partial.discard()
        raise
    finally:
        if writing is not None:
            writing.cancel()


async def retrieve_into(
    link: Link, request: RetrieveFile, write: Callable[[memoryview], int], progress: Progress | None
) -> Retrieved:
    """Hand a file or a range to `write` (as os.write or RawIOBase.write), in order and in a thread; for pipes.

    IntegrityError comes when everything is written: whoever reads the pipe learns it by this side's failure only.
    BrokenPipeError: the reader went away.
    """
    done = 0
    async with Retrieval(link, request) as retrieval:
        async for block in retrieval:
            await asyncio.to_thread(_write_all, write, memoryview(block))
            done += len(block)
            if progress is not None:
                progress(done)
    return Retrieved(retrieval.entry, Path("-"), done, 0, retrieval.stale)


async def retrieve_special(link: Link, request: RetrieveFile, path: Path, progress: Progress | None) -> Retrieved:
    """As `retrieve_into`, for a device or fifo at `path`."""
    try:
        # A file object and not a descriptor: a cancelled write still running in its thread finds it closed, where a
        # bare number could already mean another file.
        file = await asyncio.to_thread(path.open, "wb", buffering=0)
    except OSError as error:
        raise FileUnusable(str(path), error.strerror or str(error)) from error
    with file:
        return (await retrieve_into(link, request, file.write, progress))._replace(path=path)


def _write_all(write: Callable[[memoryview], int], block: memoryview) -> None:
    while block:
        block = block[write(block) :]
