from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dfs_core.errors import KeyNotFound, Refused
from dfs_core.limits import CHUNK_BYTES_MIN, PAGE_CHUNKS_MAX
from dfs_core.model.ids import VersionId

from .file_world import Files

CHUNK = CHUNK_BYTES_MIN


@pytest.fixture
async def files(tmp_path: Path) -> AsyncIterator[Files]:
    made = Files(tmp_path)
    await made.found()
    yield made
    await made.close()


async def copy(files: Files, source: str, target: str, *, move: bool = False) -> None:
    opened = await files.reader.find(source, 0, stale=False)
    await files.copier.copy(opened, target, VersionId(os.urandom(16)), move=move)


@pytest.mark.parametrize("size", [0, 100, 3 * CHUNK + 1, (PAGE_CHUNKS_MAX + 1) * CHUNK])
async def test_a_copy_reads_the_same_and_sends_no_chunk(files: Files, size: int) -> None:
    data = (os.urandom(CHUNK) * (size // CHUNK + 1))[:size]
    await files.store("source", data)
    files.world.sent.clear()
    await copy(files, "source", "target")
    assert files.world.sent == []
    assert await files.retrieve("target") == data
    assert await files.retrieve("source") == data


async def test_a_move_ends_the_source_in_the_same_step(files: Files) -> None:
    await files.store("source", b"x" * CHUNK)
    await copy(files, "source", "target", move=True)
    assert [version.key for version in files.catalog.list()] == ["target"]
    with pytest.raises(KeyNotFound):
        await files.retrieve("source")


async def test_a_source_that_changed_meanwhile_is_not_moved(files: Files) -> None:
    await files.store("source", b"old")
    opened = await files.reader.find("source", 0, stale=False)
    await files.store("source", b"new")
    with pytest.raises(Refused):
        await files.copier.copy(opened, "target", VersionId(os.urandom(16)), move=True)
    assert [version.key for version in files.catalog.list()] == ["source"]
