"""Files of this machine: what is below the paths that were dropped, and where a retrieved file may go.

Reads names and sizes only; which files belong to a folder and what they are called is decided by `dfs_core.client`, as
for the command line. Everything runs in a thread, with a deadline: a path may lie on a disk that does not answer.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from dfs_tui.sources.base import SourceError
from dfs_tui.sources.disk import DISK_TIMEOUT_S, within
from dfs_tui.view.drop import paths_in
from dfs_tui.view.plan import Found, Scan, Skipped, free_name
from dfs_tui.view.values import Taken

SCAN_TIMEOUT_S = 120.0
FILES_MAX = 200_000


async def scan(paths: Sequence[str]) -> Scan:
    """What is below `paths`. SourceError when the disk does not answer in time."""
    return await within(SCAN_TIMEOUT_S, lambda: _scan(paths))


async def dropped_paths(text: str) -> tuple[str, ...]:
    """The existing paths that a drop or paste names; empty when it is something else. Only absolute paths count."""
    home = str(Path.home())
    return await within(DISK_TIMEOUT_S, lambda: paths_in(text, _exists, home=home))


async def list_folder(folder: str) -> tuple[str, ...]:
    """Names in `folder`, folders with a slash behind; nothing when it cannot be read."""
    return await within(DISK_TIMEOUT_S, lambda: _list_folder(folder))


async def is_folder(place: str) -> bool:
    """Is there a folder? SourceError when the disk does not answer."""
    return await within(DISK_TIMEOUT_S, lambda: Path(place).expanduser().is_dir())


async def place_for(typed: str, name: str, reserved: frozenset[str] = frozenset()) -> str:
    """Where a file called `name` goes when `typed` was asked for: a free path, its folder made if need be.

    A folder (or a path with a slash at the end) means "into it". What exists is never overwritten: a number is put
    behind the name. `reserved` paths are about to exist. SourceError when the folder cannot be made or written to.
    """
    return await within(DISK_TIMEOUT_S, lambda: _place_for(typed, name, reserved))


class Place(NamedTuple):
    """Where a file goes, and whether there is one already."""

    path: str
    exists: bool


async def exact_place_for(typed: str, name: str, reserved: frozenset[str] = frozenset()) -> Place:
    """The same, but the very path, even where a file is already.

    SourceError also when what is there is no usual file, or is being written.
    """
    return await within(DISK_TIMEOUT_S, lambda: _exact_place_for(typed, name, reserved))


async def write_new(path: str, text: str) -> None:
    """Write a file that was not there. SourceError: it is there by now, or the disk does not take it; nothing stays."""
    await within(DISK_TIMEOUT_S, lambda: _write_new(path, text))


async def write_where_wanted(path: str, text: str, taken: Taken) -> str:
    """Write a small file as a retrieve does: around one that is there, instead of it, or not at all (empty)."""
    return await within(DISK_TIMEOUT_S, lambda: _write_where_wanted(path, text, taken))


def _scan(paths: Sequence[str]) -> Scan:
    from dfs_core.client import Problem, Root, walk  # which key a path gets is the client's to say

    files: list[Found] = []
    skipped: list[Skipped] = []
    for path in paths:
        root = Path(path).absolute()
        name = root.name or root.anchor.strip("/") or "files"
        for found in walk(Root(str(root), name, root.is_dir())):
            if isinstance(found, Problem):
                skipped.append(Skipped(found.name, _reason(found.name, str(found.error))))
                continue
            files.append(Found(found.path, found.key, found.facts.st_size))
            if len(files) > FILES_MAX:
                raise SourceError(f"more than {FILES_MAX} files: store the folders in it one by one")
    return Scan(tuple(paths), tuple(files), tuple(skipped))


def _reason(path: str, text: str) -> str:
    """An error's text without the path it begins with, which stands beside it anyway."""
    return text.removeprefix(path).lstrip(": ")


def _exists(path: str) -> bool:
    try:
        return Path(path).is_absolute() and os.path.lexists(path)
    except ValueError:  # a character no path can have
        return False


def _list_folder(folder: str) -> tuple[str, ...]:
    try:
        with os.scandir(folder) as entries:
            return tuple(entry.name + ("/" if entry.is_dir() else "") for entry in entries)
    except OSError:
        return ()


def _place_for(typed: str, name: str, reserved: frozenset[str]) -> str:
    folder, leaf = _folder_for(typed, name)
    try:
        taken = {entry.name for entry in folder.iterdir()}
    except OSError as error:
        raise SourceError(f"{folder}: {error.strerror or error}") from error
    taken |= {Path(path).name for path in reserved if Path(path).parent == folder}
    return str(folder / free_name(leaf, taken))


def _exact_place_for(typed: str, name: str, reserved: frozenset[str]) -> Place:
    folder, leaf = _folder_for(typed, name)
    path = folder / leaf
    if str(path) in reserved:
        raise SourceError(f"{path}: another transfer writes it at this moment")
    try:
        exists = os.path.lexists(path)
        if exists and path.exists() and not path.is_file():
            what = "a folder" if path.is_dir() else "no usual file"
            raise SourceError(f"{path}: there is {what}, which is not replaced; choose another place")
    except OSError as error:
        raise SourceError(f"{path}: {error.strerror or error}") from error
    return Place(str(path), exists)


def _folder_for(typed: str, name: str) -> tuple[Path, str]:
    """The folder, made and writable, and the name in it."""
    wanted = Path(typed).expanduser().absolute()
    into_folder = typed.endswith("/") or wanted.is_dir()
    folder, leaf = (wanted, name) if into_folder else (wanted.parent, wanted.name)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise SourceError(f"{folder}: there is a file on the way, no folder; choose another place") from error
    except OSError as error:
        raise SourceError(f"{folder}: {error.strerror or error}") from error
    if not os.access(folder, os.W_OK):
        raise SourceError(f"{folder}: not writable; choose another place")
    return folder, leaf


def _write_where_wanted(path: str, text: str, taken: Taken) -> str:
    wanted = Path(path)
    while True:
        try:
            with wanted.open("w" if taken is Taken.OVERWRITE else "x", encoding="utf-8") as file:
                file.write(text)
            return str(wanted)
        except FileExistsError:
            if taken is Taken.SKIP:
                return ""
            there = {entry.name for entry in wanted.parent.iterdir()}
            wanted = wanted.with_name(free_name(Path(path).name, there))
        except OSError as error:
            raise SourceError(f"{path}: {error.strerror}") from error


def _write_new(path: str, text: str) -> None:
    try:
        with Path(path).open("x", encoding="utf-8", errors="replace") as file:
            try:
                file.write(text)
                file.flush()
            except OSError:
                Path(path).unlink(missing_ok=True)
                raise
    except OSError as error:
        raise SourceError(f"{path}: {error.strerror or error}") from error
