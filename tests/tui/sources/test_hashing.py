"""Which files of this machine are copies of each other."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from blake3 import blake3

from dfs_tui.sources import hashing
from dfs_tui.sources.base import SourceError
from dfs_tui.view.plan import Found


def files_of(folder: Path, **contents: bytes) -> list[Found]:
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return [Found(str(folder / name), name, len(content)) for name, content in contents.items()]


async def test_copies_have_the_same_bytes_and_not_only_the_same_size_or_beginning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = bytes(hashing.HEAD_BYTES)
    files = files_of(tmp_path, a=head + b"1", b=head + b"2", c=head + b"1", d=b"x", e=b"y", f=b"x", g=b"", h=b"")
    read: list[str] = []
    real = hashing.hash_file

    async def seen(path: str, moved: object) -> str:
        read.append(Path(path).name)
        return await real(path, moved)  # type: ignore[arg-type]

    monkeypatch.setattr(hashing, "hash_file", seen)
    moved: list[int] = []
    assert [file.name for file in await hashing.copies_among(files, moved.append)] == ["c", "f"]
    assert sorted(read) == ["a", "b", "c", "d", "f"], "what is alone in its size or beginning is not read whole"
    assert moved[-1] == 3 * (len(head) + 1) + 2
    assert moved == sorted(moved)


async def test_what_cannot_be_read_is_no_copy_and_keeps_nothing_from_being_one(tmp_path: Path) -> None:
    files = files_of(tmp_path, a=b"1", b=b"1", c=b"1")
    (tmp_path / "a").unlink()
    assert [file.name for file in await hashing.copies_among(files, lambda _: None)] == ["c"]


async def test_among_very_many_files_copies_are_not_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hashing, "FILES_MAX", 1)
    assert await hashing.copies_among(files_of(tmp_path, a=b"1", b=b"1"), lambda _: None) == ()


async def test_a_hash_is_what_the_store_has_and_a_failure_is_said(tmp_path: Path) -> None:
    (file,) = files_of(tmp_path, a=bytes(3 << 20))
    moved: list[int] = []
    assert await hashing.hash_file(file.path, moved.append) == blake3(bytes(3 << 20)).hexdigest()
    assert moved[-1] == 3 << 20
    with pytest.raises(SourceError, match="No such file"):
        await hashing.hash_file(str(tmp_path / "none"), moved.append)


async def test_a_cancelled_one_reads_no_further(tmp_path: Path) -> None:
    (file,) = files_of(tmp_path, a=bytes(9 << 20))
    moved: list[int] = []

    def stop(done: int) -> None:
        moved.append(done)
        task.cancel()

    task = asyncio.create_task(hashing.hash_file(file.path, stop))
    with pytest.raises(asyncio.CancelledError):
        await task
    assert len(moved) == 1
