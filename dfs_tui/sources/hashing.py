"""What files of this machine have in them, by hash: which ones are copies of each other.

Reading stops when its task is cancelled, after the block that is being read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from dfs_tui.sources.base import Moved, SourceError
from dfs_tui.sources.disk import DISK_TIMEOUT_S, within
from dfs_tui.view.plan import Found

HEAD_BYTES = 64 << 10
FILES_MAX = 10_000  # of equal sizes; among more of them nobody waits for copies to be found


async def hash_file(path: str, moved: Moved) -> str:
    """The BLAKE3 of a file. SourceError: it cannot be read, or changed while it was."""
    from dfs_core.client import DfsError
    from dfs_core.client import hash_file as read

    try:
        return await read(path, moved)
    except DfsError as error:
        raise SourceError(str(error)) from error


async def copies_among(files: Sequence[Found], moved: Moved) -> tuple[Found, ...]:
    """Those files that have the content of one before them. `moved` is told how many bytes were read so far.

    Only what has the same size and begins in the same way is read whole. What cannot be read is no copy of anything.
    """
    alike = _grouped((file.size_bytes, file) for file in files if file.size_bytes)
    if sum(map(len, alike)) > FILES_MAX:
        return ()
    begin_alike: list[list[Found]] = []
    for group in alike:
        begin_alike += _grouped([(head, file) for file in group if (head := await _head(file.path)) is not None])
    read = 0
    found: list[Found] = []
    for group in begin_alike:
        hashed: list[tuple[object, Found]] = []
        for file in group:
            digest = await _hash(file.path, lambda done, before=read: moved(before + done))  # type: ignore[misc]
            read += file.size_bytes
            hashed += [(digest, file)] if digest else []
        for same in _grouped(hashed):
            found += same[1:]
    return tuple(found)


def _grouped(pairs: Iterable[tuple[object, Found]]) -> list[list[Found]]:
    """Files of which there are several under one name."""
    groups: dict[object, list[Found]] = {}
    for name, file in pairs:
        groups.setdefault(name, []).append(file)
    return [group for group in groups.values() if len(group) > 1]


async def _head(path: str) -> bytes | None:
    def read() -> bytes:
        with Path(path).open("rb") as file:
            return file.read(HEAD_BYTES)

    try:
        return await within(DISK_TIMEOUT_S, read)
    except (OSError, SourceError):
        return None


async def _hash(path: str, moved: Moved) -> str:
    try:
        return await hash_file(path, moved)
    except SourceError:
        return ""
