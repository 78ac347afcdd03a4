"""Which key a path gets, and which path a key.

A file is stored under its base name, below `prefix` if one is given; a tree's files under the folder's name and their
place in it, with `/` between. The other way round every key below a folder's name gets a path below a target folder,
and none leads out of it.

Links to files are followed, named ones and those in a tree. A link to a folder inside a tree is not: it may lead in a
circle or to anywhere, so it is reported like every other thing that is no file (a socket, a fifo, a dangling link) and
the rest is stored. Empty folders have no key and are not stored.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from dfs_core.errors import DfsError, FileUnusable, InvalidInput
from dfs_core.model.ids import check_key


class Root(NamedTuple):
    """A path somebody named, and the key it gets (of the file, or of the folder that the tree's keys begin with)."""

    path: str
    key: str
    folder: bool


class Found(NamedTuple):
    """A regular file to store under `key`, as it looked when it was found."""

    path: str
    key: str
    facts: os.stat_result


class Problem(NamedTuple):
    """Something that could not be stored or retrieved, and why. The rest goes on."""

    name: str
    error: DfsError

    @property
    def text(self) -> str:
        """The reason, which always names what it is about."""
        said = str(self.error)
        return said if self.name in said else f"{self.name}: {said}"


def root_of(path: str, *, key: str = "", prefix: str = "", recursive: bool = False) -> Root:
    """Say what `path` is to be stored as. `key` names it outright, else it is its base name below `prefix`.

    FileUnusable: it is not there, or a folder and not `recursive`. InvalidInput: no valid key comes of it.
    """
    try:
        mode = Path(path).stat().st_mode
    except OSError as error:
        raise FileUnusable(path, error.strerror or str(error)) from error
    folder = stat.S_ISDIR(mode)
    if folder and not recursive:
        raise FileUnusable(path, "is a folder; store it with -r")
    name = key or Path(path).absolute().name
    if not name:
        raise InvalidInput(f"{path}: has no name of its own; give it one with --key")
    below = prefix.rstrip("/")
    return Root(
        path, check_key(f"{below}/{name}" if below and not key else name.rstrip("/") if folder else name), folder
    )


def check_distinct(roots: Sequence[Root]) -> None:
    """InvalidInput when two of them would be stored under one key, each hiding the other."""
    by_key: dict[str, str] = {}
    for root in roots:
        if root.key in by_key:
            raise InvalidInput(f"{by_key[root.key]} and {root.path} would both be {root.key!r}; store them one by one")
        by_key[root.key] = root.path


def walk(root: Root) -> Iterator[Found | Problem]:
    """Every file of `root`, sorted by key (UTF-8 bytes), and everything that cannot be stored. Blocks."""
    if root.folder:
        yield from _walk_folder(root.path, root.key)
    else:
        yield _look(root.path, root.key)


def _walk_folder(path: str, key: str) -> Iterator[Found | Problem]:
    try:
        with os.scandir(path) as scan:
            # A folder sorts as its name with the slash that its keys have, so that keys come in their own order.
            entries = sorted((os.fsencode(entry.name) + b"/" * _is_folder(entry), entry) for entry in scan)
    except OSError as error:
        yield Problem(path, FileUnusable(path, error.strerror or str(error)))
        return
    for name, entry in entries:
        if name.endswith(b"/"):
            yield from _walk_folder(entry.path, f"{key}/{entry.name}")
        else:
            yield _look(entry.path, f"{key}/{entry.name}")


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False


def _look(path: str, key: str) -> Found | Problem:
    try:
        facts = Path(path).stat()
    except OSError as error:
        reason = "a link to nothing" if Path(path).is_symlink() else error.strerror or str(error)
        return Problem(path, FileUnusable(path, reason))
    if stat.S_ISDIR(facts.st_mode):
        return Problem(path, FileUnusable(path, "a link to a folder, which is not followed"))
    if not stat.S_ISREG(facts.st_mode):
        return Problem(path, FileUnusable(path, f"{_kind(facts.st_mode)}, not a regular file"))
    try:
        return Found(path, check_key(key), facts)
    except InvalidInput as error:
        return Problem(path, error)


def _kind(mode: int) -> str:
    kinds = {stat.S_IFIFO: "a fifo", stat.S_IFSOCK: "a socket", stat.S_IFCHR: "a device", stat.S_IFBLK: "a device"}
    return kinds.get(stat.S_IFMT(mode), "something odd")


def path_below(folder: Path, prefix: str, key: str) -> Path:
    """Where `key` goes when everything below the key folder `prefix` is written out to `folder`.

    InvalidInput when it would lie outside: a key's parts never climb, so that only a link in the target folder can lead
    away, and a target that has one on the way is refused.
    """
    below = key.removeprefix(f"{prefix}/") if prefix else key
    path = folder
    parts = check_key(below).split("/")
    for part in parts[:-1]:
        path = path / part
        if path.is_symlink():
            raise InvalidInput(f"{key!r} would be written through the link {path}; move it out of the way")
    path = path / parts[-1]
    if path.is_symlink():
        raise InvalidInput(f"{key!r} would be written through the link {path}; move it out of the way")
    return path
