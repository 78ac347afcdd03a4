"""Giving this node's catalog to a full node that lacks what was cut off the log: one file, page by page, on request.

The file is written when somebody first asks, while everything else goes on, and serves everybody who asks until it is
too old for somebody or nobody has asked for a while. It lies in `tmp/`, which is emptied at every start. Whoever was
interrupted names the file and goes on where it was.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from blake3 import blake3

from dfs_core.catalog.snapshot import write_snapshot
from dfs_core.clock import Clock
from dfs_core.encoding.snapshot_messages import FetchSnapshot, SnapshotPage
from dfs_core.errors import InvalidInput, StoreError
from dfs_core.limits import MIB, SNAPSHOT_PAGE_BYTES

KEPT_S = 600.0  # after the last question


@dataclass(frozen=True, slots=True)
class _File:
    path: Path
    name: bytes  # BLAKE3 of its bytes
    index: int
    total: int


class SnapshotSource:
    """At most one snapshot of this node's catalog, and its pages. StoreError when it cannot be written or read."""

    def __init__(self, catalog: Path, folder: Path, clock: Clock) -> None:
        """`folder` is for files that need not survive."""
        self._catalog, self._folder, self._clock = catalog, folder, clock
        self._file: _File | None = None
        self._making: asyncio.Task[_File] | None = None
        self._asked_at = clock.now()

    async def page(self, request: FetchSnapshot) -> tuple[SnapshotPage, bytes]:
        """The page that is asked for, or the first one of another snapshot when that one is gone or too old."""
        self._asked_at = self._clock.now()
        file = self._file
        if file is None or file.index < request.index:
            file = await self._made()
        if file.index < request.index:
            raise InvalidInput(f"this node has applied {file.index} only, not {request.index}")
        offset = request.offset if request.snapshot == file.name and 0 <= request.offset < file.total else 0
        data = await asyncio.to_thread(_read, file.path, offset)
        return SnapshotPage(file.name, file.index, file.total, offset, len(data)), data

    async def _made(self) -> _File:
        """A new snapshot; who asks while it is being written waits for the same one."""
        if self._making is None:
            self._making = asyncio.create_task(asyncio.to_thread(self._make), name="snapshot")
            self._making.add_done_callback(self._was_made)
        return await asyncio.shield(self._making)

    def _was_made(self, made: asyncio.Task[_File]) -> None:
        self._making = None
        if not made.cancelled() and made.exception() is None:
            old, self._file = self._file, made.result()
            if old is not None and old.path != self._file.path:
                old.path.unlink(missing_ok=True)

    def _make(self) -> _File:
        new = self._folder / "snapshot.new"
        facts = write_snapshot(self._catalog, new)
        name = _hash(new)
        path = self._folder / f"snapshot-{name.hex()[:16]}"
        new.replace(path)
        return _File(path, name, facts.index, facts.size_bytes)

    def forget_idle(self) -> None:
        """Give the room back when nobody has asked for a while."""
        if self._file is not None and self._clock.now() - self._asked_at >= KEPT_S:
            self._file.path.unlink(missing_ok=True)
            self._file = None

    async def close(self) -> None:
        """Wait for a snapshot that is being written."""
        if self._making is not None:
            await asyncio.gather(self._making, return_exceptions=True)


def _read(path: Path, offset: int) -> bytes:
    try:
        with path.open("rb") as file:
            file.seek(offset)
            return file.read(SNAPSHOT_PAGE_BYTES)
    except OSError as error:
        raise StoreError(f"cannot read {path}: {error.strerror}") from error


def _hash(path: Path) -> bytes:
    hasher = blake3()
    with path.open("rb") as file:
        while block := file.read(MIB):
            hasher.update(block)
    return hasher.digest()
