"""A file being retrieved: written beside its target under another name, checked, and only then renamed to it.

The name says which content it is part of, so a second run of an interrupted retrieve finds what is there and goes on
behind it. Two retrieves of one content to one target do not share a partial file: the first locks it, the second
takes a name of its own. Whoever looks at the target sees the old file or the whole new one, never something between; a
crash leaves at most a partial file, whose bytes are proved by the whole file's hash before they count.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import stat
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from blake3 import blake3

from dfs_core.errors import Cancelled, FileUnusable, IntegrityError
from dfs_core.limits import CLIENT_BLOCK_BYTES

_SUFFIX = ".dfs-partial"


def partial_name(target_name: str, content: str) -> str:
    """A hidden name for part of `content` (hex) beside a target called `target_name`; always short."""
    return f".{blake3(os.fsencode(target_name)).hexdigest()[:16]}-{content[:32]}{_SUFFIX}"


class Partial:
    """One partial file, open and locked. All methods block: call them in a thread; `close` may come at any time.

    After `finish` the target holds exactly the bytes appended and the partial file is gone.
    """

    def __init__(self, target: Path, path: Path, descriptor: int) -> None:
        self.target, self.path = target, path
        self._descriptor = descriptor
        self._hasher = blake3()
        self._lock = threading.Lock()  # a cancelled append may still run in its thread while close() is called
        self._given_up = False
        self.size = 0

    @classmethod
    def open(cls, target: Path, content: str) -> Partial:
        """Open the partial file of `content` for `target`, with what an earlier run left in it (`size`, hashed)."""
        with _ours(target):
            path = target.with_name(partial_name(target.name, content))
            descriptor = _open_locked(path)
            if descriptor is None:
                return cls.create(target)
            partial = cls(target, path, descriptor)
            partial._hash_what_is_there()
            return partial

    @classmethod
    def create(cls, target: Path) -> Partial:
        """Open an empty one with a name of its own, which nothing will find again."""
        with _ours(target):
            path = target.with_name(f".{secrets.token_hex(16)}{_SUFFIX}")
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return cls(target, path, descriptor)

    def append(self, data: memoryview) -> None:
        """Write and hash `data`. FileUnusable: no room, or the disk failed. Does nothing once closed."""
        with self._lock, _ours(self.target):
            if self._descriptor < 0:
                return
            self._hasher.update(data)
            view = data
            while view:
                view = view[os.write(self._descriptor, view) :]
            self.size += len(data)

    def restart(self) -> None:
        """Forget all bytes: they were not a beginning of the file after all."""
        with self._lock, _ours(self.target):
            os.ftruncate(self._descriptor, 0)
            os.lseek(self._descriptor, 0, os.SEEK_SET)
            self._hasher, self.size = blake3(), 0

    def check(self, content: str) -> None:
        """IntegrityError unless all the bytes together hash to `content` (hex)."""
        found = self._hasher.hexdigest()
        if found != content:
            raise IntegrityError(
                f"{self.target}: what arrived hashes to {found[:16]}…, the stored file to {content[:16]}…; nothing was "
                "written. Retrieve it again, and run 'dfs-core stat' on its key if that repeats"
            )

    def finish(self, *, mode: int, mtime_ns: int, put: Callable[[Path], Path] | None = None) -> None:
        """Make the bytes durable under the target's name, with `mode` (0: as a new file gets) and `mtime_ns`.

        `put` gives the file its name, which is the target's then; without it, what is there is replaced.
        """
        with self._lock, _ours(self.target):
            os.fchmod(self._descriptor, mode & 0o777 if mode else 0o666 & ~_umask())
            os.utime(self._descriptor, ns=(mtime_ns, mtime_ns))
            os.fsync(self._descriptor)
            if self._given_up:  # while the disk was waited for: nobody learns any more that the file is there
                raise Cancelled(f"{self.target}: nothing was written")
            self.target = put(self.path) if put is not None else self.path.replace(self.target)
            self._close()
            _sync_folder(self.target.parent)
            _remove_older(self.target)

    def discard(self) -> None:
        """Close and remove the partial file."""
        self._given_up = True
        with self._lock:
            if self._descriptor >= 0:
                with contextlib.suppress(OSError):
                    self.path.unlink()
                self._close()

    def close(self) -> None:
        """Close it; bytes stay for the next run, an empty file does not."""
        self._given_up = True
        if self.size == 0:
            self.discard()
        with self._lock:
            self._close()

    def _close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _hash_what_is_there(self) -> None:
        while block := os.read(self._descriptor, CLIENT_BLOCK_BYTES):
            self._hasher.update(block)
            self.size += len(block)


def _open_locked(path: Path) -> int | None:
    """Open `path`, made when missing, under a lock; None when another process works on it."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        facts = os.fstat(descriptor)
        with contextlib.suppress(FileNotFoundError):
            if os.path.samestat(facts, path.lstat()):
                if facts.st_nlink <= 1:  # some file systems do not count, and say 0
                    return descriptor
                path.unlink()  # a crash between the target's link and this name's end: it is the user's file, too
        os.close(descriptor)  # its owner renamed or removed it between our open and our lock


def _remove_older(target: Path) -> None:
    """Remove partial files of other contents for the same target, left by runs that nobody will go on with."""
    for path in target.parent.glob(f".{blake3(os.fsencode(target.name)).hexdigest()[:16]}-*{_SUFFIX}"):
        with contextlib.suppress(OSError):
            descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink()
            finally:
                os.close(descriptor)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _umask() -> int:
    """The process's umask. Reading it means setting it for an instant, which /proc spares us where it exists."""
    with contextlib.suppress(OSError, StopIteration, ValueError, IndexError), Path("/proc/self/status").open() as lines:
        return int(next(line for line in lines if line.startswith("Umask:")).split()[1], 8)
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


@contextlib.contextmanager
def _ours(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise FileUnusable(str(target), error.strerror or str(error)) from error


class Target(NamedTuple):
    """Where a file goes: links followed, and whether bytes must be written into it because it is no regular file."""

    path: Path
    special: bool


def resolve_target(path: Path, *, follow: bool = True) -> Target:
    """FileUnusable when it is a folder. Renaming onto a device, a fifo or a link would put a file in its place.

    Without `follow` a link to a file, or to nothing, is what has the name.
    """
    with _ours(path):
        real = Path(os.path.realpath(path))
        if not follow and path.is_symlink() and (real.is_file() or not real.exists()):
            return Target(Path(os.path.realpath(path.parent)) / path.name, special=False)
        try:
            mode = real.stat().st_mode
        except FileNotFoundError:
            return Target(real, special=False)
        if stat.S_ISDIR(mode):
            raise FileUnusable(str(path), "is a folder; name the file to write")
        return Target(real, special=not stat.S_ISREG(mode))
