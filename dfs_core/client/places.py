"""Where a retrieved file goes when there may be one of that name already, and giving it a name without replacing.

A look before the transfer is not enough: somebody else may create the file meanwhile. So unless a file is to be
replaced, the name is given by a call that fails when it is taken: a hard link, or where a file system has none
(exFAT, some network and user-space ones) a file made with O_EXCL that keeps the name until the rename.
"""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from dfs_core.encoding.control_messages import KeyEntry
from dfs_core.errors import FileThere

_NO_LINKS = frozenset(
    (errno.EPERM, errno.EACCES, errno.EOPNOTSUPP, errno.ENOTSUP, errno.ENOSYS, errno.EINVAL, errno.EMLINK)
)


class IfExists(StrEnum):
    """What is done about a file that has the name already, also about one that gets it during the transfer.

    NUMBER: the new one is called name-2.ext, or what else is free. SKIP: it stays, and that is no failure. FAIL: it
    stays, and FileThere is raised, unless it has the size and the time of the very version that was asked for.
    """

    REPLACE = "replace"
    NUMBER = "number"
    SKIP = "skip"
    FAIL = "fail"


class Place(NamedTuple):
    """What was asked for."""

    path: Path
    if_exists: IfExists = IfExists.REPLACE


class Spot:
    """Where one file goes. Its methods block: call them in a thread."""

    def __init__(self, path: Path, further: Iterator[Path] | None) -> None:
        self.path = path
        self.replaced = False
        self._further = further

    @classmethod
    def choose(cls, target: Path, place: Place) -> Spot:
        """The place as it is, or the first name that is free. FileThere: none may be taken."""
        if place.if_exists is IfExists.REPLACE:
            return cls(target, None)
        names = numbered(target) if place.if_exists is IfExists.NUMBER else iter((target,))
        for name in names:
            if not os.path.lexists(name):
                return cls(name, names)
        raise FileThere(str(target))

    def put(self, source: Path) -> Path:
        """Give the whole file at `source` its name, which is returned. FileThere: it is taken by now, and stays so."""
        if self._further is None:
            self.replaced = os.path.lexists(self.path)
            return source.replace(self.path)
        for name in itertools.chain((self.path,), self._further):
            if put_new(source, name):
                return name
        raise FileThere(str(self.path))


def numbered(path: Path) -> Iterator[Path]:
    """`path`, and then "name-2.ext", "name-3.ext" … beside it."""
    yield path
    for number in itertools.count(2):
        yield path.with_name(f"{path.stem}-{number}{path.suffix}")


def is_version(path: Path, entry: KeyEntry) -> bool:
    """Has the file the size and the time that a retrieve of this version gives it?"""
    with contextlib.suppress(OSError):
        facts = path.stat()
        return (facts.st_size, facts.st_mtime_ns) == (entry.size, entry.mtime_ns)
    return False


def put_new(source: Path, target: Path) -> bool:
    """Rename a file unless the name is taken (False). No file is ever replaced. OSError: it cannot be renamed there."""
    try:
        os.link(source, target)
    except FileExistsError:
        if not _same(source, target):  # else it was done, and only the answer was lost: a file server may ask again
            return False
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        return _claim(source, target)
    source.unlink()
    return True


def _same(one: Path, other: Path) -> bool:
    with contextlib.suppress(OSError):
        return os.path.samestat(one.lstat(), other.lstat())
    return False


def _claim(source: Path, target: Path) -> bool:
    """Take the name with an empty file, then rename over that one, if it is still what it was."""
    try:
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except FileExistsError:
        return False
    try:
        if not _still_empty(descriptor, target):
            return False
        try:
            source.replace(target)
        except OSError:
            if _still_empty(descriptor, target):
                target.unlink()
            raise
        return True
    finally:
        os.close(descriptor)


def _still_empty(descriptor: int, target: Path) -> bool:
    with contextlib.suppress(FileNotFoundError):
        there = target.lstat()
        return os.path.samestat(os.fstat(descriptor), there) and there.st_size == 0
    return False
