"""Where the bytes of a store come from: memory, an async stream, or a file that must stay still while it is read.

A source is opened, read block by block, checked once at the end, and closed. A file that changed in between raises
FileChanged before its stream is finished, so nothing is stored of it. Blocking reads run in a thread; a small file
costs one such call from open to check.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import stat
import threading
from collections.abc import AsyncIterable, AsyncIterator, Callable
from pathlib import Path
from typing import Protocol

from blake3 import blake3

from dfs_core.errors import FileChanged, FileUnusable
from dfs_core.limits import CLIENT_BLOCK_BYTES


class Source(Protocol):
    """Bytes to store. `size` is -1 when only the end will tell; `mode` is 0 and `mtime_ns` is now when unknown."""

    size: int
    mtime_ns: int
    mode: int

    def blocks(self) -> AsyncIterator[bytes]:
        """All bytes once, in order, in blocks that the receiver may keep. Raises when they are not the right ones."""
        ...

    async def close(self) -> None:
        """Let go of what is open. Also right after a cancelled read; a second call does nothing."""
        ...


class StreamSource:
    """Bytes from an async iterable of blocks, of a length that may be unknown (-1)."""

    def __init__(self, stream: AsyncIterable[bytes], *, size: int, mtime_ns: int, mode: int) -> None:
        self.size, self.mtime_ns, self.mode = size, mtime_ns, mode
        self._stream = stream

    async def blocks(self) -> AsyncIterator[bytes]:
        sent = 0
        async for block in self._stream:
            sent += len(block)
            yield block
        if self.size not in (-1, sent):
            raise FileChanged(f"the stream ended after {sent} of {self.size} bytes; nothing was stored")

    async def close(self) -> None:
        closing = getattr(self._stream, "aclose", None)
        if closing is not None:
            await closing()


class FileSource:
    """A regular file, read through one descriptor. Made by `open_file`.

    A file replaced by rename meanwhile is still the old one here and is read whole. One that was written to has
    another size or modification time afterwards.
    """

    def __init__(self, path: Path, descriptor: int, facts: os.stat_result, first: bytes) -> None:
        self.size = facts.st_size
        self.mtime_ns = facts.st_mtime_ns
        self.mode = stat.S_IMODE(facts.st_mode)
        self._path = path
        self._descriptor = descriptor
        self._first = first
        self._lock = threading.Lock()  # a cancelled read may still run in its thread while close() is called

    async def blocks(self) -> AsyncIterator[bytes]:
        block, self._first = self._first, b""
        if len(block) == self.size and not self._open:  # the whole file, checked when it was opened
            if block:
                yield block
            return
        sent = 0
        while block:
            sent += len(block)
            following = asyncio.ensure_future(asyncio.to_thread(self._read))  # while this one is sent
            try:
                yield block
            except BaseException:
                following.cancel()
                raise
            block = await following
        await asyncio.to_thread(self._check, sent)

    async def close(self) -> None:
        with self._lock:
            if self._open:
                os.close(self._descriptor)
                self._descriptor = -1

    @property
    def _open(self) -> bool:
        return self._descriptor >= 0

    def _read(self) -> bytes:
        with self._lock:
            if not self._open:
                return b""
            try:
                return os.read(self._descriptor, CLIENT_BLOCK_BYTES)
            except OSError as error:
                raise FileUnusable(str(self._path), error.strerror or str(error)) from error

    def _check(self, sent: int) -> None:
        with self._lock:
            check_unchanged(self._path, self.size, self.mtime_ns, sent, os.fstat(self._descriptor))


def check_unchanged(path: Path, size: int, mtime_ns: int, sent: int, now: os.stat_result) -> None:
    """FileChanged unless `sent` bytes are the whole of a file that still has the size and time it began with."""
    if sent != size or now.st_size != size or now.st_mtime_ns != mtime_ns:
        raise FileChanged(f"{path}: changed while it was read; nothing was stored. Store it again when it is still")


async def hash_file(path: Path | str, progress: Callable[[int], None] | None = None) -> str:
    """The BLAKE3 of a file, in hex: what a stored version of it has as its `hash`.

    `progress` is told the bytes read so far. FileUnusable, FileChanged: it cannot be read, or not while it is still.
    """
    hasher = blake3()
    source = await open_file(Path(path))
    done = 0
    try:
        async for block in source.blocks():
            await asyncio.to_thread(hasher.update, block)
            done += len(block)
            if progress is not None:
                progress(done)
    finally:
        await source.close()
    return hasher.hexdigest()


async def open_file(path: Path) -> FileSource:
    """Open a regular file (or a link to one) for storing. FileUnusable says why not; a fifo or socket never blocks."""
    return await asyncio.to_thread(_open_file, path)


def _open_file(path: Path) -> FileSource:
    try:
        # Without O_NONBLOCK, opening a fifo that nobody writes to would wait for ever.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
    except OSError as error:
        raise FileUnusable(str(path), error.strerror or str(error)) from error
    source = None
    with contextlib.ExitStack() as opened:
        opened.callback(os.close, descriptor)
        facts = os.fstat(descriptor)
        if stat.S_ISDIR(facts.st_mode):
            raise FileUnusable(str(path), "is a folder; store it with -r")
        if not stat.S_ISREG(facts.st_mode):
            raise FileUnusable(str(path), "not a regular file")
        try:
            first = os.read(descriptor, CLIENT_BLOCK_BYTES)
        except OSError as error:
            raise FileUnusable(str(path), error.strerror or str(error)) from error
        if facts.st_size < CLIENT_BLOCK_BYTES:
            check_unchanged(path, facts.st_size, facts.st_mtime_ns, len(first), os.fstat(descriptor))
            source = FileSource(path, -1, facts, first)
        else:
            source = FileSource(path, descriptor, facts, first)
            opened.pop_all()
    return source
