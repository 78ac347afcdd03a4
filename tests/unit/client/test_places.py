"""Names that are taken stay with whoever has them, whatever the file system can do."""

from __future__ import annotations

import errno
import itertools
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from dfs_core.client.places import IfExists, Place, Spot, is_version, numbered, put_new
from dfs_core.encoding.control_messages import KeyEntry
from dfs_core.errors import FileThere


@pytest.fixture(params=["links", "no links"])
def disk(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on a file system with hard links, and on one without."""
    if request.param == "no links":

        def refuse(*_: object) -> None:
            raise OSError(errno.EPERM, "no links here")

        monkeypatch.setattr(os, "link", refuse)
    (tmp_path / "source").write_bytes(b"new")
    return tmp_path


def test_a_free_name_is_given_and_the_old_one_gone(disk: Path) -> None:
    assert put_new(disk / "source", disk / "target")
    assert [(path.name, path.read_bytes()) for path in disk.iterdir()] == [("target", b"new")]


@pytest.mark.parametrize("there", ["file", "empty file", "link", "link to nothing", "folder"])
def test_nothing_that_has_the_name_is_replaced(disk: Path, there: str) -> None:
    target = disk / "target"
    (disk / "mine").write_bytes(b"mine")
    made: dict[str, Callable[[], object]] = {
        "file": lambda: target.write_bytes(b"mine"),
        "empty file": target.touch,
        "link": lambda: target.symlink_to("mine"),
        "link to nothing": lambda: target.symlink_to("nothing"),
        "folder": target.mkdir,
    }
    made[there]()
    before = target.lstat()
    assert not put_new(disk / "source", target)
    assert os.path.samestat(before, target.lstat())
    assert target.lstat().st_size == before.st_size
    assert (disk / "source").read_bytes() == b"new"


def test_a_disk_that_cannot_rename_says_so_and_the_name_is_free_again(
    disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.EIO, "broken")

    monkeypatch.setattr(Path, "replace", fail)
    if os.link.__name__ != "refuse":
        monkeypatch.setattr(os, "link", fail)
    with pytest.raises(OSError, match="broken"):
        put_new(disk / "source", disk / "target")
    assert [path.name for path in disk.iterdir()] == ["source"]


def test_who_writes_into_the_name_that_was_only_claimed_keeps_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without links the name is an empty file for a moment, which somebody may open."""
    (tmp_path / "source").write_bytes(b"new")
    target = tmp_path / "target"

    def refuse(*_: object) -> None:
        raise OSError(errno.ENOTSUP, "no links here")

    opened = os.open

    def open_and_be_late(path: Path, flags: int, mode: int) -> int:
        descriptor = opened(path, flags, mode)
        target.write_bytes(b"mine")
        return descriptor

    monkeypatch.setattr(os, "link", refuse)
    monkeypatch.setattr(os, "open", open_and_be_late)
    assert not put_new(tmp_path / "source", target)
    assert target.read_bytes() == b"mine"


def test_a_link_whose_answer_was_lost_counts_as_made(tmp_path: Path) -> None:
    (tmp_path / "source").write_bytes(b"new")
    os.link(tmp_path / "source", tmp_path / "target")
    assert put_new(tmp_path / "source", tmp_path / "target")
    assert [path.name for path in tmp_path.iterdir()] == ["target"]


def test_numbers_go_behind_the_name_and_before_its_ending() -> None:
    for name, second, third in (
        ("a.tar.zst", "a.tar-2.zst", "a.tar-3.zst"),
        ("plain", "plain-2", "plain-3"),
        (".hidden", ".hidden-2", ".hidden-3"),
    ):
        found = [path.name for path in itertools.islice(numbered(Path("/x") / name), 3)]
        assert found == [name, second, third]


def test_a_number_goes_on_from_what_was_free_at_first(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"mine")
    (tmp_path / "source").write_bytes(b"new")
    spot = Spot.choose(tmp_path / "a.txt", Place(tmp_path / "a.txt", IfExists.NUMBER))
    assert spot.path.name == "a-2.txt"
    spot.path.write_bytes(b"mine, too")
    assert spot.put(tmp_path / "source").name == "a-3.txt"
    assert not spot.replaced


@pytest.mark.parametrize("if_exists", [IfExists.SKIP, IfExists.FAIL])
def test_a_taken_name_is_said_before_and_after(tmp_path: Path, if_exists: IfExists) -> None:
    (tmp_path / "source").write_bytes(b"new")
    place = Place(tmp_path / "a", if_exists)
    spot = Spot.choose(place.path, place)
    place.path.write_bytes(b"mine")
    for refused in (lambda: spot.put(tmp_path / "source"), lambda: Spot.choose(place.path, place)):
        with pytest.raises(FileThere, match="there already and was left as it is"):
            refused()
    assert place.path.read_bytes() == b"mine"


def test_what_may_be_replaced_is_and_that_is_known(tmp_path: Path) -> None:
    for replaced in (False, True):
        (tmp_path / "source").write_bytes(b"new")
        spot = Spot.choose(tmp_path / "a", Place(tmp_path / "a"))
        assert spot.put(tmp_path / "source") == tmp_path / "a"
        assert spot.replaced is replaced


def test_a_version_is_told_by_size_and_time(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"abc")
    os.utime(path, ns=(5, 7))
    entry = KeyEntry(key="a", version=1, size=3, mtime_ns=7, mode=0, stored_ms=0, chunks=1)
    assert is_version(path, entry)
    os.utime(path, ns=(5, 8))
    assert not is_version(path, entry)
    assert not is_version(tmp_path / "none", entry)
