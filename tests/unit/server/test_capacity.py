from __future__ import annotations

import shutil
from collections import namedtuple
from pathlib import Path

import pytest

from dfs_core.errors import StoreError
from dfs_core.limits import GIB
from dfs_core.server.capacity import ROUNDED_TO, capacity_of

Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def free(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """How much is free on the disk, and which path was asked about."""
    disk = {"bytes": 100 * GIB}

    def disk_usage(path: Path) -> Usage:
        assert path.exists()
        return Usage(1 << 50, 0, disk["bytes"])

    monkeypatch.setattr(shutil, "disk_usage", disk_usage)
    return disk


def test_nine_tenths_of_what_is_free_are_offered(tmp_path: Path, free: dict[str, int]) -> None:
    assert capacity_of(tmp_path) == 90 * GIB


def test_nodes_on_one_disk_offer_the_same_although_the_first_has_written_something(
    tmp_path: Path, free: dict[str, int]
) -> None:
    first = capacity_of(tmp_path)
    free["bytes"] -= 10_000_000
    assert capacity_of(tmp_path) == first - ROUNDED_TO
    free["bytes"] -= 10_000_000
    assert capacity_of(tmp_path) == first - ROUNDED_TO


def test_a_nearly_full_disk_still_offers_something(tmp_path: Path, free: dict[str, int]) -> None:
    free["bytes"] = 5
    assert capacity_of(tmp_path) == ROUNDED_TO


def test_a_folder_that_is_not_there_yet_is_on_the_disk_of_what_it_will_be_in(
    tmp_path: Path, free: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert capacity_of(tmp_path / "a" / "b") == 90 * GIB
    monkeypatch.chdir(tmp_path)
    assert capacity_of(Path("new")) == 90 * GIB


def test_a_disk_that_cannot_be_asked_is_a_store_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(path: Path) -> Usage:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(shutil, "disk_usage", fail)
    with pytest.raises(StoreError, match="Permission denied"):
        capacity_of(tmp_path)
    monkeypatch.setattr(Path, "exists", fail)
    with pytest.raises(StoreError, match="Permission denied"):
        capacity_of(tmp_path / "a")
