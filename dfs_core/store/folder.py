"""A node's folder: whose it is, that nobody else uses it, and what in it must never be overwritten.

    marker        "dfsF1" | check 16 | msgpack    which node of which cluster this is; written last
    unfinished    empty                           a creation was begun and not finished: no node ever ran here
    node.lock     process id                      held (flock) for as long as a process uses the folder
    identity/  secrets/                           0600, written once
    chunks/  quarantine/  tmp/                    the chunk store's; tmp/ is emptied at each opening

An unmounted disk looks like an empty folder. Were it taken for one, the node would report all its chunks as lost and
begin to fill the disk beneath. So the folder is a node's only while it has its marker, and a folder without one is
opened by nobody.

Creating has two phases, for a joiner must have its identity on disk before it speaks, and learns only afterwards
which cluster it is in. `create` begins, `commit` writes the marker. In between a crash leaves `unfinished`; creating
again then keeps identity and secrets, and throws away the rest, which nobody has ever relied on. Who finds out in
between that nothing will come of it takes it back (`take_back`).
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import shutil
import stat
import threading
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from dfs_core.encoding.operator_record import OPERATOR_NAME
from dfs_core.errors import StoreError
from dfs_core.store.disk import Disk, our_errors
from dfs_core.store.marker import Marker

MARKER_NAME = "marker"
LOCK_NAME = "node.lock"
UNFINISHED_NAME = "unfinished"
FOLDERS = ("chunks", "tmp", "quarantine", "identity", "secrets")

SecretKind = Literal["identity", "secrets"]

_DATABASES = tuple(
    f"{name}.sqlite{suffix}" for name in ("state", "log", "catalog") for suffix in ("", "-wal", "-shm", "-journal")
)
BROUGHT = {"lost+found", ".DS_Store"}  # in a folder that is the top of a disk, or was looked at
_WRITTEN = {OPERATOR_NAME}  # documents that a creation which was cut off may have left
_OWN = {LOCK_NAME, UNFINISHED_NAME, *FOLDERS, *_DATABASES}
_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}")

__all__ = ["DataFolder", "Marker", "SecretKind"]


@dataclass(frozen=True, slots=True)
class _Before:
    """What there was before a creation began."""

    missing: tuple[Path, ...]  # folders, the outermost first
    rights: int  # of the folder itself
    locked: bool  # once: its lock file was there


class DataFolder:
    """One node's folder, locked for this process until `close`. All calls block; any thread may make them."""

    def __init__(self, path: Path, lock: int, marker: Marker | None, disk: Disk, before: _Before | None = None) -> None:
        """Use `create` or `open`."""
        self._path, self._lock_file, self._marker, self._disk, self._before = path, lock, marker, disk, before
        self._open = True
        self._changing = threading.Lock()  # one writer at a time

    # -- opening and closing

    @classmethod
    def create(cls, path: Path, *, disk: Disk | None = None) -> DataFolder:
        """Begin a new node's folder, or go on with a creation that was cut off. `commit` finishes it.

        The folder is locked and laid out, and only its owner may enter it. It may have been absent, empty but for a
        configuration, or unfinished. StoreError: it is a node's folder already, holds files of others, is in use, or
        cannot be written; nothing in it was changed.
        """
        disk, path = disk or Disk(), path.absolute()
        with our_errors(path):
            _refuse_used(path)
            before = _Before(_make_folders(path, disk), path.stat().st_mode, (path / LOCK_NAME).exists())
            lock = _lock(path)
            goes_on = (path / UNFINISHED_NAME).exists()
            try:
                _refuse_used(path)  # once more, now that nobody else can be creating it
                path.chmod(0o700)
                if not (path / UNFINISHED_NAME).exists():
                    disk.write_new(str(path / UNFINISHED_NAME), b"")
                disk.sync_folder(str(path))  # before anything is written that needs it as its proof
                for name in FOLDERS:
                    disk.ensure_folder(str(path / name), sync=False)
                    (path / name).chmod(0o700)
                for name in _DATABASES:
                    (path / name).unlink(missing_ok=True)
                disk.sync_folder(str(path))
                _empty(path / "tmp")
            except BaseException:
                os.close(lock)
                raise
        return cls(path, lock, None, disk, None if goes_on else before)

    @classmethod
    def open(cls, path: Path, *, disk: Disk | None = None) -> DataFolder:
        """Take a node's folder into use: it is locked, and what a crash left in tmp/ is gone.

        StoreError: it has no marker (never taken for empty), its marker is damaged or newer than this program, another
        process uses it, or it cannot be used; the text says what to do. A folder without a marker is not touched.
        """
        disk, path = disk or Disk(), path.absolute()
        with our_errors(path):
            marker = _read_marker(path)
            lock = _lock(path)
            try:
                for name in FOLDERS:  # the marker is written last, so they were there
                    if not (path / name).is_dir():
                        raise StoreError(f"{path / name} is missing: restore it, or replace this node by a new one")
                if (path / UNFINISHED_NAME).exists():  # cut off right behind the marker
                    (path / UNFINISHED_NAME).unlink()
                _empty(path / "tmp")
            except BaseException:
                os.close(lock)
                raise
        return cls(path, lock, marker, disk)

    def commit(self, marker: Marker) -> None:
        """Finish `create`: from now on, durably, this is that node's folder."""
        if self._marker is not None:
            raise ValueError("the folder has a marker already")
        self._place(self._path / MARKER_NAME, marker.encode())
        with our_errors(self._path):
            (self._path / UNFINISHED_NAME).unlink(missing_ok=True)  # if this is lost, `open` does it
        self._marker = marker

    def take_back(self) -> None:
        """Instead of `commit`: the creation came to nothing, so what it made goes, and what was there stays.

        A creation that was begun before stays as it is: somebody may have been told of its identity. Never fails: what
        cannot be removed is an unfinished creation.
        """
        if self._marker is not None or self._before is None:
            return
        with contextlib.suppress(OSError):
            for name in FOLDERS:
                shutil.rmtree(self._path / name)
            for name in (*_DATABASES, *_WRITTEN, UNFINISHED_NAME, *(() if self._before.locked else (LOCK_NAME,))):
                (self._path / name).unlink(missing_ok=True)
            self._path.chmod(stat.S_IMODE(self._before.rights))
            for folder in reversed(self._before.missing):
                with contextlib.suppress(OSError):  # somebody else has put something there
                    folder.rmdir()
        self._before = None

    def close(self) -> None:
        """Let the next process in. A second call does nothing."""
        if self._open:
            self._open = False
            os.close(self._lock_file)  # the file stays: removing it could let two processes in

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # -- what is in it

    @property
    def path(self) -> Path:
        """The folder, as an absolute path."""
        return self._path

    @property
    def marker(self) -> Marker:
        """Whose folder this is. ValueError before `commit`."""
        if self._marker is None:
            raise ValueError("the folder's creation is not finished, so it is nobody's yet")
        return self._marker

    def has_secret(self, kind: SecretKind, name: str) -> bool:
        """Whether there is such a file. StoreError: the folder cannot be read."""
        path = self._secret_path(kind, name)
        with our_errors(path):
            return path.exists()

    def secret_names(self, kind: SecretKind) -> list[str]:
        """The names of the files there are, in order. StoreError: the folder cannot be read."""
        return secret_names(self._path, kind)

    def read_secret(self, kind: SecretKind, name: str) -> bytes:
        """The whole file. StoreError: it is missing, or others than its owner may read or write it."""
        return read_private(self._secret_path(kind, name))

    def write_secret(self, kind: SecretKind, name: str, content: bytes) -> None:
        """Keep a new file, for its owner only; durable on return. The same content again is no change.

        StoreError: it exists with other content, which stays as it is. StoreFull: no room, nothing was written.
        """
        path = self._secret_path(kind, name)
        with self._changing, our_errors(path):
            if not path.exists():
                self._put_in_place(path, content)
                return
        if self.read_secret(kind, name) != content:
            raise StoreError(
                f"{path} exists and is never overwritten: an earlier creation was cut off here. A join goes on"
                f" when it is run again with the same invitation; otherwise remove {self._path} and begin anew"
            )
        with our_errors(path):  # the creation that wrote it may have ended before its name was durable
            self._disk.sync_folder(str(path.parent))

    def replace_document(self, name: str, content: bytes) -> None:
        """Write a plain file at the top of the folder; durable, and whole at every moment. Its owner's only.

        StoreFull: no room; what was there stays.
        """
        if name in _OWN or name == MARKER_NAME or not _NAME.fullmatch(name):
            raise ValueError(f"not a document's name: {name!r}")
        self._place(self._path / name, content)

    def _secret_path(self, kind: SecretKind, name: str) -> Path:
        if kind not in ("identity", "secrets") or not _NAME.fullmatch(name):
            raise ValueError(f"not a secret's name: {kind!r}, {name!r}")
        return self._path / kind / name

    def _place(self, path: Path, content: bytes) -> None:
        with self._changing, our_errors(path):
            self._put_in_place(path, content)

    def _put_in_place(self, path: Path, content: bytes) -> None:
        if not self._open:
            raise ValueError("the folder is closed")
        temporary = f"{self._path}/tmp/{path.name}.new"
        with contextlib.suppress(FileNotFoundError):
            self._disk.unlink(temporary)
        self._disk.write_new(temporary, content)
        self._disk.rename(temporary, str(path))
        self._disk.sync_folder(str(path.parent))


class FolderInUse:
    """The secrets in a folder that a running node has locked: to read, never to write."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def secret_names(self, kind: SecretKind) -> list[str]:
        """As `DataFolder.secret_names`."""
        return secret_names(self._path, kind)

    def read_secret(self, kind: SecretKind, name: str) -> bytes:
        """As `DataFolder.read_secret`."""
        return read_private(self._path / kind / name)

    def write_secret(self, kind: SecretKind, name: str, content: bytes) -> None:
        """StoreError: the node alone writes here."""
        raise StoreError(f"{self._path} is in use: its node alone writes {kind} there")


def secret_names(path: Path, kind: SecretKind) -> list[str]:
    """The names of the secrets of this kind in a node's folder, in order; it may be in use. StoreError."""
    with our_errors(path / kind):
        return sorted(entry.name for entry in os.scandir(path / kind) if _NAME.fullmatch(entry.name))


def read_private(path: Path) -> bytes:
    """The whole file. StoreError: it is missing, or others than its owner may read or write it."""
    with our_errors(path):
        try:
            file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError as error:
            raise StoreError(f"{path} is missing: restore it, or replace this node by a new one") from error
        with os.fdopen(file, "rb") as stream:
            if stat.S_IMODE(os.fstat(stream.fileno()).st_mode) & 0o077:
                raise StoreError(
                    f"{path} may be read by other users: run 'chmod 600 {path}', and consider whether"
                    " somebody has read it"
                )
            return stream.read()


def _read_marker(path: Path) -> Marker:
    try:
        data = (path / MARKER_NAME).read_bytes()
    except (FileNotFoundError, NotADirectoryError) as error:
        if (path / UNFINISHED_NAME).exists():
            raise StoreError(
                f"{path}: the making of this node was cut off. Run 'dfs-core join' again with the same invitation,"
                " or remove the folder and begin anew"
            ) from error
        raise StoreError(
            f"{path} is not a node's folder, or its disk is not mounted (there is no marker in it)."
            " Mount it; for a new node run 'dfs-core init' or 'dfs-core join'"
        ) from error
    return Marker.decode(data, path / MARKER_NAME)


def _refuse_used(path: Path) -> None:
    """StoreError unless a node can be made here. A folder whose marker was lost has no `unfinished` and is refused."""
    try:
        names = set(os.listdir(path))  # noqa: PTH208 - names are all that is wanted
    except FileNotFoundError:
        return
    except NotADirectoryError as error:
        raise StoreError(f"{path} is a file; give a folder that is new or empty") from error
    if MARKER_NAME in names:
        raise StoreError(f"{path} is a node's folder already; nothing was changed. Start it with 'dfs-core node'")
    allowed = {*BROUGHT, "node.toml"} | (_OWN | _WRITTEN if UNFINISHED_NAME in names else {LOCK_NAME})
    foreign = sorted(names - allowed)
    if foreign:
        raise StoreError(f"{path} is not empty (it holds {foreign[0]!r}); give a folder that is new or empty")


def _make_folders(path: Path, disk: Disk) -> tuple[Path, ...]:
    """The folder and those above it, durably; which of them were missing, the outermost first."""
    missing = [folder for folder in (path, *path.parents) if not folder.exists()][::-1]
    for folder in missing:
        disk.ensure_folder(str(folder))
    return tuple(missing)


def _lock(path: Path) -> int:
    """An open file that holds the folder's lock; the kernel lets go of it when the process ends, however it ends."""
    file = os.open(path / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.read(file, 20).decode("ascii", "replace").strip()
            who = f"the process {holder}" if holder.isdecimal() else "another process"
            raise StoreError(f"{path} is in use by {who}: stop it first, or give another folder") from error
        if not os.path.samestat(os.fstat(file), (path / LOCK_NAME).stat()):  # a creation was taken back meanwhile
            raise StoreError(f"{path} was in use by another process a moment ago: try again")
        os.ftruncate(file, 0)
        os.pwrite(file, f"{os.getpid()}\n".encode(), 0)
    except BaseException:
        os.close(file)
        raise
    return file


def _empty(folder: Path) -> None:
    """Remove the files that a crash left in tmp/."""
    for entry in os.scandir(folder):
        if not entry.is_dir(follow_symlinks=False):
            os.unlink(entry.path)  # noqa: PTH108 - scandir gives a string
