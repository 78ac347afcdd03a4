"""A file that stands for room: given up when the disk is full, so that the node can go on deciding and deleting.

The chunk store stops long before its disk is full (`limits.RESERVE_BYTES_MIN`), but a node is seldom alone on a disk.
When others take the last of it, no entry of the log can be written, so no verdict is read, so nothing is ever deleted
here. The room of this file is enough for a long stretch of log; it is taken back once the disk has twice as much.

A crash may leave it short; it is made anew then. It holds nothing, and whoever deletes it takes only the room.
"""

from __future__ import annotations

import os
from pathlib import Path

from dfs_core.limits import MIB, RESERVE_FILE_BYTES
from dfs_core.store.disk import our_errors

RESERVE_NAME = "reserve"
_GIVEN_UP_BELOW = 4  # a fourth of it left on the disk: what is written in a moment must still fit
_TAKEN_BACK_ABOVE = 2  # times its size, so that taking it does not fill the disk again


class DiskReserve:
    """The reserve of one node's folder. Blocks; one thread at a time."""

    def __init__(self, folder: Path, size_bytes: int = RESERVE_FILE_BYTES) -> None:
        self._folder, self._path, self._size_bytes = folder, folder / RESERVE_NAME, size_bytes

    def look(self) -> bool:
        """Give it up or take it back, as the disk asks for. True: it is there. StoreError: the disk cannot be used."""
        with our_errors(self._path):
            disk = os.statvfs(self._folder)
            free_bytes = disk.f_bavail * disk.f_frsize
            held = self._is_held()
            if held and free_bytes < self._size_bytes // _GIVEN_UP_BELOW:
                self._path.unlink()
                return False
            if not held and free_bytes > _TAKEN_BACK_ABOVE * self._size_bytes:
                self._make()
                return True
        return held

    def _is_held(self) -> bool:
        try:
            return self._path.lstat().st_size == self._size_bytes
        except FileNotFoundError:
            return False

    def _make(self) -> None:
        self._path.unlink(missing_ok=True)  # a crash left it short
        file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(file, 0, self._size_bytes)
            else:  # macOS: the room is only ours once it is written to
                rest = self._size_bytes
                while rest > 0:
                    rest -= os.write(file, bytes(min(rest, MIB)))
        finally:
            os.close(file)
