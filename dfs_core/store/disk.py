"""The few steps by which a node changes its folder, and the seam where OSError becomes StoreError.

Everything durable is made of these steps: create a file, write, sync it; rename or link it to its name; sync the
folder that holds the name. Having them as methods lets a test record them and replay every crash (docs/store.md,
"Crash points"), or fail any one of them.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from dfs_core.errors import StoreError, StoreFull
from dfs_core.store.base import Buffer

_HINTS = {
    errno.ENOSPC: "free space on that disk, then try again",
    errno.EDQUOT: "free space or raise the quota, then try again",
    errno.EROFS: "the disk is read-only: check it, mount it writable, then start the node again",
    errno.EIO: "the disk fails: save what it holds, replace it, then let the cluster fill the new one",
    errno.EACCES: "give the user who runs the node access to it",
    errno.EPERM: "give the user who runs the node access to it",
    errno.ENOENT: "is its disk mounted?",
    errno.EMFILE: "raise the limit of open files (ulimit -n)",
    errno.ENOTSUP: "use a disk with a file system that has permissions and hard links",
}
_FULL = {errno.ENOSPC, errno.EDQUOT}


def store_error(error: OSError, path: str | Path) -> StoreError:
    """The error of ours that says what a foreign one means for the node's folder, and what to do about it."""
    kind = StoreFull if error.errno in _FULL else StoreError
    hint = _HINTS.get(error.errno or 0, "check the disk and the permissions of the folder")
    return kind(f"{path}: {error.strerror or error}; {hint}")


@contextlib.contextmanager
def our_errors(path: str | Path) -> Iterator[None]:
    """Inside, an OSError becomes a StoreError that names `path`."""
    try:
        yield
    except OSError as error:
        raise store_error(error, path) from error


class Disk:
    """Single steps first, what is made of them below. Raises OSError; blocks."""

    def make_folder(self, path: str) -> None:
        os.mkdir(path, 0o700)

    def create(self, path: str) -> int:
        """A new file, for its owner only, open for writing. FileExistsError rather than touch an existing one."""
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)

    def write(self, file: int, data: Buffer) -> None:
        rest = memoryview(data).cast("B")
        while rest:
            rest = rest[os.write(file, rest) :]

    def sync(self, file: int) -> None:
        """Return when the file's bytes and size are on the medium."""
        if sys.platform == "darwin":  # there, fsync leaves the bytes in the drive's cache
            fcntl.fcntl(file, fcntl.F_FULLFSYNC)
        else:
            os.fdatasync(file)

    def sync_folder(self, path: str) -> None:
        """Return when the names in the folder are on the medium."""
        folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def rename(self, source: str, target: str) -> None:
        os.rename(source, target)

    def link(self, source: str, target: str) -> None:
        """A second name for a file. FileExistsError rather than take a name that is in use."""
        os.link(source, target)

    def unlink(self, path: str) -> None:
        os.unlink(path)

    def sync_everything(self) -> None:
        """Return when whatever any process wrote before is on the medium."""
        os.sync()

    def write_new(self, path: str, data: Buffer, *, sync: bool = True) -> None:
        """A new file with these bytes; on the medium, if `sync`, though perhaps not yet under its name.

        Leaves no file behind when it fails. A failed sync is not repeated: the kernel may have dropped the bytes.
        """
        file = self.create(path)
        try:
            try:
                self.write(file, data)
                if sync:
                    self.sync(file)
            finally:
                os.close(file)
        except BaseException:
            with contextlib.suppress(OSError):  # the first error is the one to tell
                self.unlink(path)
            raise

    def ensure_folder(self, path: str, *, sync: bool = True) -> None:
        """The folder is there and, if `sync`, its name is on the medium. Its parent must exist."""
        with contextlib.suppress(FileExistsError):
            self.make_folder(path)
        if sync:  # also when it existed: whoever made it may not have got as far as this
            self.sync_folder(os.path.dirname(path))
