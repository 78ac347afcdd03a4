from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from dfs_core.errors import StoreError
from dfs_core.limits import MIB
from dfs_core.store import reserve
from dfs_core.store.reserve import RESERVE_NAME, DiskReserve

SIZE = MIB


@pytest.fixture
def free(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many bytes the disk has left, as it says."""
    left = [100 * SIZE]
    disk = SimpleNamespace(statvfs=lambda folder: SimpleNamespace(f_bavail=left[0], f_frsize=1))
    monkeypatch.setattr(reserve, "os", SimpleNamespace(**{**vars(os), **vars(disk)}))
    return left


def test_it_takes_room_and_takes_it_once(tmp_path: Path) -> None:
    kept = DiskReserve(tmp_path, SIZE)
    assert kept.look()
    assert kept.look()
    assert (tmp_path / RESERVE_NAME).stat().st_size == SIZE
    assert (tmp_path / RESERVE_NAME).stat().st_blocks * 512 >= SIZE, "a hole would give no room back"


def test_it_is_given_up_on_a_full_disk_and_taken_back_when_that_leaves_room(tmp_path: Path, free: list[int]) -> None:
    kept = DiskReserve(tmp_path, SIZE)
    assert kept.look()
    free[0] = SIZE // 4 - 1
    assert not kept.look()
    assert not (tmp_path / RESERVE_NAME).exists()
    free[0] = 2 * SIZE  # what was given up is among it: taking it would fill the disk again
    assert not kept.look()
    free[0] += 1
    assert kept.look()


def test_it_stays_while_the_disk_is_merely_tight(tmp_path: Path, free: list[int]) -> None:
    kept = DiskReserve(tmp_path, SIZE)
    assert kept.look()
    free[0] = SIZE // 4
    assert kept.look()


def test_one_that_a_crash_left_short_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / RESERVE_NAME).write_bytes(b"short")
    assert DiskReserve(tmp_path, SIZE).look()
    assert (tmp_path / RESERVE_NAME).stat().st_size == SIZE


def test_it_is_made_where_files_cannot_be_allocated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "posix_fallocate", raising=False)
    assert DiskReserve(tmp_path, SIZE).look()
    assert (tmp_path / RESERVE_NAME).stat().st_size == SIZE


def test_a_disk_that_is_gone_is_an_error_of_ours(tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        DiskReserve(tmp_path / "nowhere", SIZE).look()
