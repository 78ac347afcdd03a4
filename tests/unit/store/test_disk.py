"""The durable steps, and foreign errors as ours."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from dfs_core.errors import StoreError, StoreFull
from dfs_core.store.disk import Disk, our_errors
from dfs_core.testing.crash_disk import RecordingDisk


def test_a_new_file_is_written_synced_and_its_owners_only(tmp_path: Path) -> None:
    disk, path = RecordingDisk(), tmp_path / "a"
    disk.write_new(str(path), b"tea")
    assert path.read_bytes() == b"tea"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [step.kind for step in disk.steps] == ["create", "write", "sync"]


def test_an_unsynced_file_is_not_synced(tmp_path: Path) -> None:
    disk = RecordingDisk()
    disk.write_new(str(tmp_path / "a"), b"tea", sync=False)
    assert [step.kind for step in disk.steps] == ["create", "write"]


def test_a_file_that_exists_is_never_touched(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"old")
    with pytest.raises(FileExistsError):
        Disk().write_new(str(path), b"new")
    (tmp_path / "b").write_bytes(b"other")
    with pytest.raises(FileExistsError):
        Disk().link(str(tmp_path / "b"), str(path))
    assert path.read_bytes() == b"old"


def test_a_write_that_takes_only_some_bytes_is_continued(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda file, data: write(file, data[:2]))
    Disk().write_new(str(tmp_path / "a"), memoryview(b"milk and tea"))
    assert (tmp_path / "a").read_bytes() == b"milk and tea"


def test_a_failed_write_leaves_no_file_and_no_open_one(tmp_path: Path) -> None:
    class Full(Disk):
        def sync(self, file: int) -> None:
            raise OSError(errno.ENOSPC, "full")

    before = len(list(Path("/dev/fd").iterdir()))
    with pytest.raises(OSError, match="full"):
        Full().write_new(str(tmp_path / "a"), b"tea")
    assert list(tmp_path.iterdir()) == []
    assert len(list(Path("/dev/fd").iterdir())) == before


def test_a_folder_is_made_once_and_synced_into_its_parent_each_time(tmp_path: Path) -> None:
    disk, folder = RecordingDisk(), tmp_path / "f"
    disk.ensure_folder(str(folder))
    disk.ensure_folder(str(folder))
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [(step.kind, step.path) for step in disk.steps] == [
        ("make_folder", str(folder)),
        ("sync_folder", str(tmp_path)),
        ("sync_folder", str(tmp_path)),
    ]


@pytest.mark.parametrize(
    ("number", "kind", "hint"),
    [
        (errno.ENOSPC, StoreFull, "free space"),
        (errno.EDQUOT, StoreFull, "quota"),
        (errno.EROFS, StoreError, "read-only"),
        (errno.EIO, StoreError, "disk fails"),
        (errno.EACCES, StoreError, "user who runs the node"),
        (errno.ENOENT, StoreError, "mounted"),
        (errno.ELOOP, StoreError, "check the disk"),
    ],
)
def test_a_foreign_error_becomes_ours_with_what_to_do(number: int, kind: type[StoreError], hint: str) -> None:
    with pytest.raises(StoreError, match=hint) as raised, our_errors("/data/x"):
        raise OSError(number, os.strerror(number))
    assert type(raised.value) is kind
    assert "/data/x" in str(raised.value)
    assert isinstance(raised.value.__cause__, OSError)


def test_errors_of_ours_and_bugs_pass_unchanged() -> None:
    for error in (StoreError("x"), ValueError("y")):
        with pytest.raises(type(error)) as raised, our_errors("/data"):
            raise error
        assert raised.value is error
