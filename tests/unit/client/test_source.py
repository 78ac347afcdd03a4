"""Sources of bytes, without a link."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from dfs_core.client.source import check_unchanged, open_file
from dfs_core.errors import FileChanged
from dfs_core.limits import CLIENT_BLOCK_BYTES


@pytest.mark.parametrize("size", [0, 5, CLIENT_BLOCK_BYTES, 2 * CLIENT_BLOCK_BYTES + 1])
async def test_all_blocks_together_are_the_file(tmp_path: Path, size: int) -> None:
    data = os.urandom(size)
    (tmp_path / "file").write_bytes(data)
    source = await open_file(tmp_path / "file")
    assert b"".join([block async for block in source.blocks()]) == data
    await source.close()
    await source.close()


async def test_no_block_is_larger_than_the_bound(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(bytes(5 * CLIENT_BLOCK_BYTES))
    source = await open_file(tmp_path / "file")
    assert {len(block) async for block in source.blocks()} == {CLIENT_BLOCK_BYTES}
    await source.close()


async def test_a_small_file_is_checked_and_closed_when_it_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"tea")
    source = await open_file(path)
    path.write_bytes(b"something longer")
    assert [block async for block in source.blocks()] == [b"tea"]


async def test_closing_while_a_read_is_under_way_is_safe(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(bytes(8 * CLIENT_BLOCK_BYTES))
    for _ in range(20):
        source = await open_file(tmp_path / "file")
        blocks = source.blocks()
        await anext(blocks)
        following = asyncio.ensure_future(anext(blocks))
        await asyncio.sleep(0)
        following.cancel()
        await source.close()


@pytest.mark.parametrize(("sent", "size", "mtime_ns"), [(9, 10, 1), (10, 11, 1), (10, 10, 2)])
def test_fewer_bytes_another_size_or_another_time_mean_changed(
    tmp_path: Path, sent: int, size: int, mtime_ns: int
) -> None:
    path = tmp_path / "file"
    path.write_bytes(bytes(size))
    os.utime(path, ns=(0, mtime_ns))
    with pytest.raises(FileChanged, match="changed while it was read"):
        check_unchanged(path, 10, 1, sent, path.stat())


def test_a_file_that_stood_still_is_unchanged(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(bytes(10))
    check_unchanged(path, 10, path.stat().st_mtime_ns, 10, path.stat())
