"""How many chunks and bytes a store of files holds: left behind by a clean close, or counted again.

The document `chunks.count` is the line `dfsC1` and a line of JSON. It is there only while the store is closed: `take`
removes it, durably, before anything may change, so a crash can never leave a count that is out of date.
"""

from __future__ import annotations

import contextlib
import json
import os
from typing import NamedTuple

from dfs_core.store.disk import Disk

_MARKER = b"dfsC1\n"
_NAME = "chunks.count"


class Count(NamedTuple):
    chunks: int
    stored_bytes: int


def encode(held: Count) -> bytes:
    return _MARKER + json.dumps({"chunks": held.chunks, "bytes": held.stored_bytes}).encode() + b"\n"


def decode(data: bytes) -> Count | None:
    """None: not a count of this format, so the files must be counted."""
    if not data.startswith(_MARKER):
        return None
    try:
        fields = json.loads(data[len(_MARKER) :])
        held = Count(fields["chunks"], fields["bytes"])
    except (ValueError, TypeError, KeyError):
        return None
    if type(held.chunks) is not int or type(held.stored_bytes) is not int or min(held) < 0:
        return None
    return held


def leave(folder: str, held: Count, disk: Disk) -> None:
    """Write the count beside the chunks. Raises OSError.

    Not synced: a crash may lose it, or leave it empty or cut, which `decode` tells; then the files are counted.
    """
    path, temporary = f"{folder}/{_NAME}", f"{folder}/tmp/{_NAME}"
    with contextlib.suppress(FileNotFoundError):
        disk.unlink(temporary)
    disk.write_new(temporary, encode(held), sync=False)
    disk.rename(temporary, path)


def take(folder: str, disk: Disk) -> Count | None:
    """The count that the last close left, removed durably. None: there is none, or it is not one. Raises OSError."""
    path = f"{folder}/{_NAME}"
    try:
        with open(path, "rb") as file:
            data = file.read(4096)
    except FileNotFoundError:
        return None
    disk.unlink(path)
    disk.sync_folder(folder)
    return decode(data)


def count_files(chunks: str) -> Count:
    """Look at every chunk file: half a second of processor time for 100,000 of them. Raises OSError."""
    number = size_bytes = 0
    for bucket in os.listdir(chunks):
        try:
            entries = os.scandir(f"{chunks}/{bucket}")
        except NotADirectoryError:
            continue
        with entries:
            for entry in entries:
                if len(entry.name) == 64 and entry.name.startswith(bucket):
                    number += 1
                    size_bytes += entry.stat(follow_symlinks=False).st_size
    return Count(number, size_bytes)
