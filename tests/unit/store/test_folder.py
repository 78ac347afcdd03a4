"""A node's folder: made in two phases, never taken for empty, never shared, its secrets never overwritten."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dfs_core.errors import StoreError, StoreFull
from dfs_core.model.ids import ClusterId, NodeId
from dfs_core.store import folder as module
from dfs_core.store.disk import Disk
from dfs_core.store.folder import DataFolder, Marker

MARKER = Marker(ClusterId(b"c" * 16), NodeId(b"n" * 32), "full", 5_000_000_000)


class Crash(BaseException):
    """The process ends here."""


class CrashingDisk(Disk):
    """Does so many steps and no more; records those it did, as (what, name of the file)."""

    def __init__(self, steps: int = 1_000_000) -> None:
        self.left = steps
        self.done: list[tuple[str, str]] = []
        self.files: dict[int, str] = {}

    def _step(self, what: str, path: str) -> None:
        if self.left == 0:
            raise Crash
        self.left -= 1
        self.done.append((what, Path(path).name))

    def make_folder(self, path: str) -> None:
        self._step("make_folder", path)
        super().make_folder(path)

    def create(self, path: str) -> int:
        self._step("create", path)
        file = super().create(path)
        self.files[file] = path
        return file

    def write(self, file: int, data: bytes | bytearray | memoryview) -> None:
        self._step("write", self.files[file])
        super().write(file, data)

    def sync(self, file: int) -> None:
        self._step("sync", self.files[file])
        super().sync(file)

    def sync_folder(self, path: str) -> None:
        self._step("sync_folder", path)
        super().sync_folder(path)

    def rename(self, source: str, target: str) -> None:
        self._step("rename", target)
        super().rename(source, target)

    def unlink(self, path: str) -> None:  # a process that has ended does not tidy up
        if self.left == 0:
            return
        super().unlink(path)


class FailingOnce(Disk):
    """The first rename fails."""

    failed = False

    def rename(self, source: str, target: str) -> None:
        if not self.failed:
            self.failed = True
            raise OSError(5, os.strerror(5))
        super().rename(source, target)


class FullDisk(Disk):
    def write(self, file: int, data: bytes | bytearray | memoryview) -> None:
        raise OSError(28, os.strerror(28))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "node"


@pytest.fixture
def made(path: Path) -> Path:
    """The path of a finished node's folder that nobody uses."""
    with DataFolder.create(path) as folder:
        folder.write_secret("identity", "node.pem", b"key")
        folder.commit(MARKER)
    return path


def mode(path: Path) -> int:
    return path.lstat().st_mode & 0o777


# -- creating


def test_a_committed_folder_opens_with_its_marker(made: Path) -> None:
    with DataFolder.open(made) as folder:
        assert folder.marker == MARKER
        assert folder.path == made


def test_everything_in_a_new_folder_is_its_owners_only(made: Path) -> None:
    assert mode(made) == 0o700
    for entry in made.rglob("*"):
        assert mode(entry) == (0o700 if entry.is_dir() else 0o600), entry
    assert {entry.name for entry in made.iterdir() if entry.is_dir()} == {
        "chunks", "tmp", "quarantine", "identity", "secrets",
    }  # fmt: skip


def test_an_empty_folder_that_others_could_enter_is_closed_to_them(path: Path) -> None:
    path.mkdir(mode=0o755)
    DataFolder.create(path).close()
    assert mode(path) == 0o700


def test_folders_above_are_made_too(tmp_path: Path) -> None:
    DataFolder.create(tmp_path / "a" / "b" / "c").close()
    assert (tmp_path / "a" / "b" / "c" / "chunks").is_dir()


@pytest.mark.parametrize("name", ["node.toml", "lost+found"])
def test_a_configuration_or_a_mount_points_own_folder_may_be_there_before(path: Path, name: str) -> None:
    path.mkdir()
    (path / name).write_text("")
    with DataFolder.create(path) as folder:
        folder.commit(MARKER)
    assert (path / name).exists()


@pytest.mark.parametrize("name", ["holiday.jpg", "log.sqlite", "chunks", "identity"])
def test_a_folder_with_other_files_is_refused_and_left_as_it_is(path: Path, name: str) -> None:
    path.mkdir(mode=0o755)
    (path / name).write_text("precious")
    with pytest.raises(StoreError, match=f"not empty.*{name}.*new or empty"):
        DataFolder.create(path)
    assert [entry.name for entry in path.iterdir()] == [name]
    assert mode(path) == 0o755


def test_a_node_whose_marker_was_lost_is_not_taken_for_a_new_folder(made: Path) -> None:
    (made / "marker").unlink()
    (made / "log.sqlite").write_text("the votes")
    with pytest.raises(StoreError, match="not empty"):
        DataFolder.create(made)
    assert (made / "log.sqlite").read_text() == "the votes"


def test_a_nodes_folder_cannot_be_created_again(made: Path) -> None:
    before = (made / "marker").read_bytes()
    with pytest.raises(StoreError, match="node's folder already"):
        DataFolder.create(made)
    assert (made / "marker").read_bytes() == before


def test_a_file_is_refused(path: Path) -> None:
    path.write_text("")
    with pytest.raises(StoreError, match="is a file"):
        DataFolder.create(path)


def test_an_unfinished_creation_keeps_its_secrets_and_nothing_else(path: Path) -> None:
    with DataFolder.create(path) as folder:
        folder.write_secret("identity", "node.pem", b"key")
        (path / "log.sqlite").write_text("half")
        (path / "state.sqlite-wal").write_text("half")
        (path / "tmp" / "x").write_text("half")
        folder.replace_document("node.toml", b"listen = 1")
    with DataFolder.create(path) as folder:
        assert folder.read_secret("identity", "node.pem") == b"key"
    assert sorted(entry.name for entry in path.iterdir() if entry.is_file()) == ["node.lock", "node.toml", "unfinished"]
    assert list((path / "tmp").iterdir()) == []


def test_a_foreign_file_in_an_unfinished_creation_is_refused(path: Path) -> None:
    DataFolder.create(path).close()
    (path / "holiday.jpg").write_text("precious")
    with pytest.raises(StoreError, match=r"holiday\.jpg"):
        DataFolder.create(path)


def test_a_creation_that_is_taken_back_leaves_nothing_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "node"
    with DataFolder.create(path) as folder:
        folder.write_secret("identity", "node.pem", b"key")
        (path / "catalog.sqlite").write_bytes(b"rows")
        folder.take_back()
    assert list(tmp_path.iterdir()) == []


def test_what_was_there_before_a_creation_that_is_taken_back_stays(path: Path) -> None:
    path.mkdir(mode=0o755)
    (path / "node.toml").write_text("")
    (path / "node.lock").write_text("")
    with DataFolder.create(path) as folder:
        folder.take_back()
    assert ({file.name for file in path.iterdir()}, mode(path)) == ({"node.toml", "node.lock"}, 0o755)


def test_what_others_put_beside_a_creation_that_is_taken_back_stays(tmp_path: Path) -> None:
    with DataFolder.create(tmp_path / "a" / "node") as folder:
        (tmp_path / "a" / "letter").write_text("x")
        folder.take_back()
    assert [file.name for file in (tmp_path / "a").iterdir()] == ["letter"]


def test_a_creation_that_was_cut_off_before_or_is_finished_is_not_taken_back(path: Path) -> None:
    with DataFolder.create(path) as folder:
        folder.write_secret("identity", "node.pem", b"key")
    with DataFolder.create(path) as folder:
        folder.take_back()
        assert folder.read_secret("identity", "node.pem") == b"key"
        folder.commit(MARKER)
        folder.take_back()
    DataFolder.open(path).close()


def test_whoever_waited_at_a_creation_that_is_taken_back_does_not_take_a_lock_that_is_gone(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, flock = DataFolder.create(path), module.fcntl.flock

    def locks_late(file: int, how: int) -> None:
        folder.take_back()
        folder.close()
        path.mkdir()
        (path / "node.lock").write_text("")
        flock(file, how)

    monkeypatch.setattr(module.fcntl, "flock", locks_late)
    with pytest.raises(StoreError, match="try again"):
        DataFolder.create(path)


def test_before_the_commit_the_folder_is_nobodys(path: Path) -> None:
    with DataFolder.create(path) as folder, pytest.raises(ValueError, match="not finished"):
        _ = folder.marker


def test_a_folder_is_committed_once(path: Path) -> None:
    with DataFolder.create(path) as folder:
        folder.commit(MARKER)
        with pytest.raises(ValueError, match="already"):
            folder.commit(MARKER)


def make(path: Path, disk: Disk) -> None:
    """What a joiner does; its key differs at each attempt unless it finds one."""
    with DataFolder.create(path, disk=disk) as folder:
        if not folder.has_secret("identity", "node.pem"):
            folder.write_secret("identity", "node.pem", os.urandom(8))
        redeemed.append(folder.read_secret("identity", "node.pem"))
        folder.commit(MARKER)


redeemed: list[bytes] = []  # the keys with which an invitation was redeemed


def test_a_creation_that_ends_at_any_step_can_be_finished_with_the_same_key(tmp_path: Path) -> None:
    steps = CrashingDisk()
    make(tmp_path / "whole", steps)
    assert len(steps.done) > 15
    for crash_at in range(len(steps.done)):
        path = tmp_path / str(crash_at)
        redeemed.clear()
        with pytest.raises(Crash):
            make(path, CrashingDisk(crash_at))
        try:
            DataFolder.open(path).close()  # the marker was there already
        except StoreError:
            make(path, Disk())
        with DataFolder.open(path) as folder:
            assert set(redeemed) == {folder.read_secret("identity", "node.pem")}, f"ended at step {crash_at}"
            assert folder.marker == MARKER
        assert not (path / "unfinished").exists()
        assert list((path / "tmp").iterdir()) == []


def test_the_marker_is_named_last_and_only_when_its_bytes_are_on_the_medium(path: Path) -> None:
    disk = CrashingDisk()
    make(path, disk)
    assert disk.done[-5:] == [
        ("create", "marker.new"),
        ("write", "marker.new"),
        ("sync", "marker.new"),
        ("rename", "marker"),
        ("sync_folder", "node"),
    ]


def test_a_secret_is_on_the_medium_under_its_name_when_the_call_returns(path: Path) -> None:
    disk = CrashingDisk()
    with DataFolder.create(path, disk=disk) as folder:
        disk.done.clear()
        folder.write_secret("identity", "node.pem", b"key")
    assert [what for what, _ in disk.done] == ["create", "write", "sync", "rename", "sync_folder"]
    assert disk.done[-1] == ("sync_folder", "identity")


def test_the_proof_that_a_creation_is_unfinished_is_durable_before_anything_else(path: Path) -> None:
    disk = CrashingDisk()
    DataFolder.create(path, disk=disk).close()
    names = [name for _, name in disk.done]
    assert disk.done.index(("sync", "unfinished")) < disk.done.index(("sync_folder", "node"))
    assert disk.done.index(("sync_folder", "node")) < names.index("chunks")


# -- opening


def test_a_folder_without_a_marker_is_not_opened_and_not_touched(path: Path) -> None:
    path.mkdir()
    with pytest.raises(StoreError, match=r"not mounted.*dfs-core init.*dfs-core join"):
        DataFolder.open(path)
    assert list(path.iterdir()) == []


def test_a_folder_that_is_not_there_is_not_made_by_opening(path: Path) -> None:
    with pytest.raises(StoreError, match="not mounted"):
        DataFolder.open(path)
    assert not path.exists()


def test_an_unfinished_creation_is_not_opened(path: Path) -> None:
    DataFolder.create(path).close()
    with pytest.raises(StoreError, match=r"cut off.*dfs-core join"):
        DataFolder.open(path)


def test_a_damaged_marker_is_refused(made: Path) -> None:
    (made / "marker").write_bytes(b"")
    with pytest.raises(StoreError, match=r"marker is damaged"):
        DataFolder.open(made)


def test_a_missing_folder_of_secrets_is_told_rather_than_made(made: Path) -> None:
    (made / "secrets").rmdir()
    with pytest.raises(StoreError, match="secrets is missing"):
        DataFolder.open(made)
    assert not (made / "secrets").exists()


def test_opening_empties_tmp_and_nothing_else(made: Path) -> None:
    for folder in ("tmp", "quarantine", "chunks"):
        (made / folder / "left").write_text("x")
    DataFolder.open(made).close()
    assert [folder for folder in ("tmp", "quarantine", "chunks") if (made / folder / "left").exists()] == [
        "quarantine",
        "chunks",
    ]


# -- the lock


def test_a_folder_in_use_is_refused_and_its_user_named(made: Path) -> None:
    with DataFolder.open(made), pytest.raises(StoreError, match=f"in use by the process {os.getpid()}: stop it"):
        DataFolder.open(made)


def test_a_creation_under_way_keeps_others_out(path: Path) -> None:
    with DataFolder.create(path) as folder:
        with pytest.raises(StoreError, match="in use"):
            DataFolder.create(path)
        folder.commit(MARKER)


def test_a_refused_opening_does_not_hold_the_lock(made: Path) -> None:
    (made / "secrets").rename(made / "away")
    with pytest.raises(StoreError):
        DataFolder.open(made)
    (made / "away").rename(made / "secrets")
    DataFolder.open(made).close()


def test_the_lock_of_a_process_that_was_ended_is_free(made: Path) -> None:
    program = "import os, sys, pathlib; from dfs_core.store.folder import DataFolder\n"
    program += "folder = DataFolder.open(pathlib.Path(sys.argv[1])); os._exit(7)"
    ended = subprocess.run([sys.executable, "-c", program, str(made)], check=False, timeout=60)
    assert ended.returncode == 7
    DataFolder.open(made).close()


def test_closing_twice_is_fine(made: Path) -> None:
    folder = DataFolder.open(made)
    folder.close()
    folder.close()
    with pytest.raises(ValueError, match="closed"):
        folder.replace_document("node.toml", b"")


# -- secrets and documents


def test_a_secret_is_never_overwritten(made: Path) -> None:
    with DataFolder.open(made) as folder:
        with pytest.raises(StoreError, match="never overwritten"):
            folder.write_secret("identity", "node.pem", b"other")
        assert folder.read_secret("identity", "node.pem") == b"key"


def test_writing_the_same_secret_again_is_no_change(made: Path) -> None:
    before = (made / "identity" / "node.pem").stat()
    with DataFolder.open(made) as folder:
        folder.write_secret("identity", "node.pem", b"key")
    after = (made / "identity" / "node.pem").stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_missing_secret_is_told(made: Path) -> None:
    with DataFolder.open(made) as folder:
        assert not folder.has_secret("secrets", "cluster")
        with pytest.raises(StoreError, match="cluster is missing"):
            folder.read_secret("secrets", "cluster")


@pytest.mark.parametrize("rights", [0o640, 0o604, 0o620, 0o644])
def test_a_secret_that_others_may_touch_is_refused_with_the_command_that_mends_it(made: Path, rights: int) -> None:
    secret = made / "identity" / "node.pem"
    secret.chmod(rights)
    with DataFolder.open(made) as folder, pytest.raises(StoreError, match=f"chmod 600 {secret}"):
        folder.read_secret("identity", "node.pem")


@pytest.mark.parametrize("name", ["../marker", "a/b", "", ".hidden", "x\0"])
def test_a_secrets_name_cannot_leave_its_folder(made: Path, name: str) -> None:
    with DataFolder.open(made) as folder:
        with pytest.raises(ValueError, match="not a secret's name"):
            folder.write_secret("identity", name, b"x")
        with pytest.raises(ValueError, match="not a secret's name"):
            folder.read_secret("identity", name)


def test_a_document_is_replaced(made: Path) -> None:
    with DataFolder.open(made) as folder:
        folder.replace_document("node.toml", b"one")
        folder.replace_document("node.toml", b"two")
    assert (made / "node.toml").read_bytes() == b"two"
    assert mode(made / "node.toml") == 0o600
    assert list((made / "tmp").iterdir()) == []


@pytest.mark.parametrize("name", ["marker", "node.lock", "state.sqlite", "identity", "../x"])
def test_what_the_folder_lives_by_is_no_document(made: Path, name: str) -> None:
    with DataFolder.open(made) as folder, pytest.raises(ValueError, match="not a document's name"):
        folder.replace_document(name, b"x")


def test_a_full_disk_leaves_what_was_there(made: Path) -> None:
    (made / "node.toml").write_bytes(b"old")
    with DataFolder.open(made, disk=FullDisk()) as folder:
        with pytest.raises(StoreFull, match="free space"):
            folder.replace_document("node.toml", b"new")
        with pytest.raises(StoreFull, match="free space"):
            folder.write_secret("secrets", "cluster", b"new")
        assert not folder.has_secret("secrets", "cluster")
    assert (made / "node.toml").read_bytes() == b"old"
    assert list((made / "tmp").iterdir()) == []


def test_after_a_failed_write_the_next_one_succeeds(made: Path) -> None:
    with DataFolder.open(made, disk=FailingOnce()) as folder:
        with pytest.raises(StoreError, match="disk fails"):
            folder.replace_document("node.toml", b"one")
        folder.replace_document("node.toml", b"two")
    assert (made / "node.toml").read_bytes() == b"two"
