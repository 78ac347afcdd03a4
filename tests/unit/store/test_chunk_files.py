"""Chunk files: layout, damage, a full or failing disk, what is counted, and what is said before a name is durable."""

from __future__ import annotations

import errno
import os
import stat
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import pytest

from dfs_core.errors import ChunkCorrupt, ChunkNotFound, StoreError, StoreFull
from dfs_core.limits import MIB, SEALED_BYTES_MAX
from dfs_core.model.ids import Address
from dfs_core.store import count
from dfs_core.store.base import Buffer
from dfs_core.store.chunk_files import ChunkFiles
from dfs_core.store.disk import Disk

TEA, MILK = Address.of(b"tea"), Address.of(b"milk")


def opened(folder: Path, *, disk: Disk | None = None, capacity_bytes: int | None = None) -> ChunkFiles:
    files = ChunkFiles(folder, capacity_bytes=capacity_bytes, durability="durable", disk=disk or Disk())
    files.open()
    return files


@pytest.fixture
def files(tmp_path: Path) -> Iterator[ChunkFiles]:
    files = opened(tmp_path)
    yield files
    assert list((tmp_path / "tmp").iterdir()) == [], "no call leaves a temporary file"


def file_of(folder: Path, address: Address) -> Path:
    return folder / "chunks" / str(address)[:3] / str(address)


# -- layout


def test_a_chunk_is_a_file_named_by_its_address_in_its_bucket(files: ChunkFiles, tmp_path: Path) -> None:
    files.put(TEA, b"tea", True)
    path = file_of(tmp_path, TEA)
    assert path.read_bytes() == b"tea"
    assert int(path.parent.name, 16) == TEA.bucket


def test_only_the_owner_may_read_what_is_stored(files: ChunkFiles, tmp_path: Path) -> None:
    files.put(TEA, b"tea", True)
    path = file_of(tmp_path, TEA)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in (path.parent, path.parent.parent)} == {0o700}


def test_foreign_files_among_the_chunks_are_not_chunks(files: ChunkFiles, tmp_path: Path) -> None:
    files.put(TEA, b"tea", True)
    bucket = file_of(tmp_path, TEA).parent
    (bucket / ".DS_Store").write_bytes(b"x")
    (bucket / str(TEA).upper()).write_bytes(b"x")
    (bucket / f"{str(TEA)[:-1]}").write_bytes(b"x")
    (bucket / f"000{str(TEA)[3:]}").write_bytes(b"x")
    other = tmp_path / "chunks" / "000"
    other.mkdir()
    (other / str(TEA)).write_bytes(b"tea, copied to where it does not belong")
    (tmp_path / "chunks" / "README").write_bytes(b"x")
    (tmp_path / "chunks" / "fff").write_bytes(b"a file where a bucket belongs")
    assert files.page(None, 10) == [(TEA, 3)]
    assert opened(tmp_path).usage().chunks == 1


# -- damage: file kinds of the matrix; whatever the damage, wrong bytes are never read


def flip(path: Path, index: int) -> None:
    data = bytearray(path.read_bytes())
    data[index] ^= 1
    path.write_bytes(data)


def swap(tea: Path, milk: Path) -> None:
    aside = tea.with_name("aside")
    tea.rename(aside)
    milk.rename(tea)
    aside.rename(milk)


def make_folder_of(path: Path) -> None:
    path.unlink()
    path.mkdir()


DAMAGES: dict[str, Callable[[Path, Path], object]] = {
    "first byte flipped": lambda tea, _: flip(tea, 0),
    "last byte flipped": lambda tea, _: flip(tea, -1),
    "cut by one byte": lambda tea, _: os.truncate(tea, 2),
    "empty": lambda tea, _: os.truncate(tea, 0),
    "one byte too many": lambda tea, _: os.truncate(tea, 4),
    "all zeros": lambda tea, _: tea.write_bytes(bytes(3)),
    "larger than any chunk": lambda tea, _: os.truncate(tea, SEALED_BYTES_MAX + 1),
    "swapped with another": swap,
    "a folder instead": lambda tea, _: make_folder_of(tea),
}


@pytest.fixture
def damaged(files: ChunkFiles, tmp_path: Path, request: pytest.FixtureRequest) -> ChunkFiles:
    files.put(TEA, b"tea", True)
    files.put(MILK, b"milk", True)
    DAMAGES[request.param](file_of(tmp_path, TEA), file_of(tmp_path, MILK))
    return files


@pytest.mark.parametrize("damaged", DAMAGES, indirect=True)
def test_a_damaged_chunk_is_never_returned_and_is_replaced_by_a_sound_one(damaged: ChunkFiles, tmp_path: Path) -> None:
    with pytest.raises(ChunkCorrupt, match=str(TEA)):
        damaged.get(TEA, True)
    assert damaged.put(TEA, b"tea", True) is True
    assert damaged.get(TEA, True) == b"tea"
    assert (tmp_path / "quarantine" / str(TEA)).exists(), "the damaged bytes are kept"


@pytest.mark.parametrize("damaged", DAMAGES, indirect=True)
def test_a_damaged_chunk_can_be_set_aside(damaged: ChunkFiles, tmp_path: Path) -> None:
    assert damaged.quarantine(TEA) is True
    assert damaged.which([TEA]) == [False]
    assert (tmp_path / "quarantine" / str(TEA)).exists()
    with pytest.raises(ChunkNotFound):
        damaged.get(TEA, True)


def test_a_missing_chunk_file_is_not_found_rather_than_damaged(files: ChunkFiles, tmp_path: Path) -> None:
    files.put(TEA, b"tea", True)
    file_of(tmp_path, TEA).unlink()
    with pytest.raises(ChunkNotFound):
        files.get(TEA, True)
    assert files.put(TEA, b"tea", True) is True


def test_a_bad_sector_is_damage_and_can_be_set_aside(files: ChunkFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    files.put(TEA, b"tea", True)

    def bad_sector(file: int, length: int, start: int) -> bytes:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "pread", bad_sector)
    with pytest.raises(ChunkCorrupt, match="Input/output error"):
        files.get(TEA, True)
    assert files.quarantine(TEA) is True


def test_a_file_too_large_for_a_chunk_is_not_read_into_memory(files: ChunkFiles, tmp_path: Path) -> None:
    files.put(TEA, b"tea", True)
    os.truncate(file_of(tmp_path, TEA), 2**40)
    with pytest.raises(ChunkCorrupt):
        files.get(TEA, False)
    assert len(files.get_range(TEA, 0, 2**40)) == SEALED_BYTES_MAX


def test_every_damaged_copy_is_kept(files: ChunkFiles, tmp_path: Path) -> None:
    for mud in (b"mud", b"clay", b"dirt"):
        files.put(TEA, mud, False)
        files.quarantine(TEA)
    assert sorted(path.read_bytes() for path in (tmp_path / "quarantine").iterdir()) == [b"clay", b"dirt", b"mud"]


# -- a disk that is full, failing or gone


class FailingDisk(Disk):
    """Fails with `number` at the step of that kind; `armed` while it does."""

    def __init__(self, kind: str, number: int) -> None:
        self._kind, self._number = kind, number
        self.armed = False

    def _step(self, kind: str) -> None:
        if self.armed and kind == self._kind:
            raise OSError(self._number, os.strerror(self._number))

    def make_folder(self, path: str) -> None:
        self._step("make_folder")
        super().make_folder(path)

    def create(self, path: str) -> int:
        self._step("create")
        return super().create(path)

    def write(self, file: int, data: Buffer) -> None:
        super().write(file, data[: len(data) // 2])
        self._step("write")
        super().write(file, data[len(data) // 2 :])

    def sync(self, file: int) -> None:
        self._step("sync")
        super().sync(file)

    def rename(self, source: str, target: str) -> None:
        self._step("rename")
        super().rename(source, target)

    def sync_folder(self, path: str) -> None:
        self._step("sync_folder")
        self._step(f"sync_folder in {Path(path).parent.name}")
        super().sync_folder(path)


@pytest.mark.parametrize(
    "kind", ["make_folder", "create", "write", "sync", "rename", "sync_folder", "sync_folder in chunks"]
)
@pytest.mark.parametrize(
    ("number", "error"),
    [(errno.ENOSPC, StoreFull), (errno.EDQUOT, StoreFull), (errno.EROFS, StoreError), (errno.EIO, StoreError)],
)
def test_a_failing_step_leaves_nothing_and_the_store_goes_on(
    tmp_path: Path, kind: str, number: int, error: type[StoreError]
) -> None:
    disk = FailingDisk(kind, number)
    files = opened(tmp_path, disk=disk)
    disk.armed = True
    with pytest.raises(StoreError, match=os.strerror(number)) as raised:
        files.put(TEA, b"tea", True)
    assert type(raised.value) is error
    assert files.which([TEA]) == [False]
    assert files.page(None, 10) == []
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    assert (files.usage().chunks, files.usage().stored_bytes) == (0, 0)
    disk.armed = False
    assert files.put(TEA, b"tea", True) is True


def test_a_damaged_copy_stays_in_place_when_there_is_no_room_for_a_sound_one(tmp_path: Path) -> None:
    disk = FailingDisk("write", errno.ENOSPC)
    files = opened(tmp_path, disk=disk)
    files.put(TEA, b"mud", False)
    disk.armed = True
    with pytest.raises(StoreFull):
        files.put(TEA, b"tea", True)
    assert files.get(TEA, False) == b"mud"


def filled_to(monkeypatch: pytest.MonkeyPatch, free_bytes: int, whole_bytes: int = 1000 * MIB) -> None:
    disk = SimpleNamespace(f_frsize=1, f_blocks=whole_bytes, f_bavail=free_bytes)
    monkeypatch.setattr(os, "statvfs", lambda path: disk)


def test_a_disk_down_to_its_reserve_takes_no_chunk_and_still_deletes(
    files: ChunkFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    files.put(MILK, b"milk", True)
    filled_to(monkeypatch, 64 * MIB + 2)
    with pytest.raises(StoreFull, match="free space or add a node"):
        files.put(TEA, b"tea", True)
    assert files.usage().free_bytes == 2
    assert files.put(MILK, b"milk", True) is False, "what is here needs no room"
    assert files.delete(MILK) is True
    filled_to(monkeypatch, 64 * MIB + 3)
    assert files.put(TEA, b"tea", True) is True


def test_the_reserve_of_a_large_disk_is_one_percent(files: ChunkFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    filled_to(monkeypatch, 100 * MIB + 3, whole_bytes=10_000 * MIB)
    assert files.usage().free_bytes == 3


def test_a_disk_below_its_reserve_has_nothing_free_rather_than_less(
    files: ChunkFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled_to(monkeypatch, 5)
    assert files.usage().free_bytes == 0


def test_capacity_is_never_exceeded_however_many_put_at_once(tmp_path: Path) -> None:
    files = opened(tmp_path, capacity_bytes=10)
    chunks = [b"%03d" % number for number in range(20)]

    def put(chunk: bytes) -> bool:
        try:
            return files.put(Address.of(chunk), chunk, True)
        except StoreFull:
            return False

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(put, chunks))
    assert files.usage().stored_bytes == 3 * sum(answers) <= 10
    assert files.usage().capacity_bytes == 10


def test_a_disk_that_went_away_is_an_error_and_not_an_absence(files: ChunkFiles, tmp_path: Path) -> None:
    files.put(TEA, b"tea", True)
    (tmp_path / "chunks").rename(tmp_path / "away")
    calls: list[Callable[[], object]] = [
        lambda: files.get(TEA, True),
        lambda: files.which([TEA]),
        lambda: files.delete(TEA),
        lambda: files.put(MILK, b"milk", True),
        lambda: files.page(None, 1),
        files.usage,
    ]
    for call in calls:
        with pytest.raises(StoreError, match="mounted"):
            call()
    assert not (tmp_path / "chunks").exists(), "nothing is made on the disk beneath"
    (tmp_path / "away").rename(tmp_path / "chunks")


# -- before a name is durable


class PausingDisk(Disk):
    """Stops in the sync of a bucket's folder until told to go on."""

    def __init__(self) -> None:
        self.reached, self.go_on = threading.Event(), threading.Event()

    def sync_folder(self, path: str) -> None:
        if Path(path).parent.name == "chunks":
            self.reached.set()
            assert self.go_on.wait(30)
        super().sync_folder(path)


def test_a_chunk_counts_as_held_only_once_its_name_is_durable(tmp_path: Path) -> None:
    disk = PausingDisk()
    files = opened(tmp_path, disk=disk)
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(files.put, TEA, b"tea", True)
        assert disk.reached.wait(30)
        second = threads.submit(files.put, TEA, b"tea", True)
        assert files.get(TEA, True) == b"tea", "it can be read"
        assert files.which([TEA]) == [False], "it is not answered for"
        assert files.page(None, 10) == []
        assert not second.done(), "the second put may not say 'it was here' either"
        disk.go_on.set()
        assert (first.result(30), second.result(30)) == (True, False)
    assert files.which([TEA]) == [True]


# -- counting


def test_a_clean_close_keeps_the_count_and_a_crash_counts_again(tmp_path: Path) -> None:
    files = opened(tmp_path)
    files.put(TEA, b"tea", True)
    files.close()
    assert (tmp_path / "chunks.count").exists()
    again = opened(tmp_path)
    assert not (tmp_path / "chunks.count").exists(), "taken away before anything changes"
    again.put(MILK, b"milk", True)
    after_crash = opened(tmp_path)
    for store in (again, after_crash):
        assert (store.usage().chunks, store.usage().stored_bytes) == (2, 7)


def test_a_relaxed_store_is_counted_and_synced_at_the_next_start(tmp_path: Path) -> None:
    files = ChunkFiles(tmp_path, capacity_bytes=None, durability="relaxed", disk=Disk())
    files.open()
    files.put(TEA, b"tea", True)
    files.close()

    class Witness(Disk):
        everything = 0

        def sync_everything(self) -> None:
            self.everything += 1
            super().sync_everything()

    disk = Witness()
    assert opened(tmp_path, disk=disk).usage().chunks == 1
    assert disk.everything == 1


def test_what_a_crash_left_in_tmp_is_removed_at_the_next_start(tmp_path: Path) -> None:
    opened(tmp_path)
    (tmp_path / "tmp" / f"{TEA}.0").write_bytes(b"te")
    (tmp_path / "tmp" / "of-somebody-else").write_bytes(b"x")
    files = opened(tmp_path)
    assert [path.name for path in (tmp_path / "tmp").iterdir()] == ["of-somebody-else"]
    assert files.put(TEA, b"tea", True) is True


def test_a_closed_store_is_not_changed(files: ChunkFiles) -> None:
    files.put(TEA, b"tea", True)
    files.close()
    files.close()
    with pytest.raises(ValueError, match="closed"):
        files.put(MILK, b"milk", True)
    with pytest.raises(ValueError, match="closed"):
        files.delete(TEA)


def test_opening_a_folder_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="mounted"):
        opened(tmp_path / "absent")
    assert not (tmp_path / "absent").exists()


# -- counting again


def test_files_that_somebody_took_away_are_counted_out(files: ChunkFiles, tmp_path: Path) -> None:
    files.put(TEA, b"tea", True)
    files.put(MILK, b"milk", True)
    file_of(tmp_path, TEA).unlink()
    assert files.usage().chunks == 2
    files.recount()
    usage = files.usage()
    assert (usage.chunks, usage.stored_bytes) == (1, 4)


def test_a_count_during_which_something_changed_is_not_believed(
    files: ChunkFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    files.put(TEA, b"tea", True)
    count_files = count.count_files

    def counting(chunks: str) -> count.Count:
        counted = count_files(chunks)
        if not files.put(MILK, b"milk", True):
            files.delete(MILK)
        return counted

    monkeypatch.setattr(count, "count_files", counting)
    files.recount()
    monkeypatch.undo()
    held = files.usage()
    files.recount()
    assert files.usage() == held, "the running count was right all the time"
