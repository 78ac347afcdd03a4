"""The count that a clean close leaves behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from dfs_core.store import count
from dfs_core.store.count import Count
from dfs_core.store.disk import Disk

PINNED = b'dfsC1\n{"chunks": 3, "bytes": 4096}\n'  # a document at rest: changing this needs a new format


def test_the_document_is_pinned() -> None:
    assert count.encode(Count(3, 4096)) == PINNED
    assert count.decode(PINNED) == Count(3, 4096)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"dfsC2\n{}",
        b"dfsC1\n",
        b"dfsC1\n{",
        b"dfsC1\n[]",
        b'dfsC1\n{"chunks": 3}',
        b'dfsC1\n{"chunks": "3", "bytes": 1}',
        b'dfsC1\n{"chunks": -1, "bytes": 1}',
        b'dfsC1\n{"chunks": 1.5, "bytes": 1}',
        b'dfsC1\n{"chunks": true, "bytes": 1}',
        b"dfsC1\n\xff",
    ],
)
def test_anything_else_is_no_count(data: bytes) -> None:
    assert count.decode(data) is None


def test_a_count_is_taken_once(tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    count.leave(str(tmp_path), Count(3, 4096), Disk())
    assert count.take(str(tmp_path), Disk()) == Count(3, 4096)
    assert count.take(str(tmp_path), Disk()) is None
    assert list((tmp_path / "tmp").iterdir()) == []


def test_a_count_that_cannot_be_read_is_taken_away_too(tmp_path: Path) -> None:
    (tmp_path / "chunks.count").write_bytes(b"mud")
    assert count.take(str(tmp_path), Disk()) is None
    assert not (tmp_path / "chunks.count").exists()


def test_files_are_counted_with_their_sizes(tmp_path: Path) -> None:
    for bucket, size_bytes in (("000", 5), ("abc", 0), ("fff", 7)):
        (tmp_path / bucket).mkdir()
        (tmp_path / bucket / bucket.ljust(64, "0")).write_bytes(bytes(size_bytes))
    (tmp_path / "stray").write_bytes(b"x")
    assert count.count_files(str(tmp_path)) == Count(3, 12)
