"""Partial files on disk: locked, found again, and never mistaken."""

from __future__ import annotations

import os
import stat
import threading
import time
from pathlib import Path

import pytest
from blake3 import blake3

from dfs_core.client.partial import Partial, partial_name, resolve_target
from dfs_core.errors import Cancelled, FileUnusable, IntegrityError

TEA = blake3(b"tea").hexdigest()


def test_the_target_changes_only_at_the_end(tmp_path: Path) -> None:
    target = tmp_path / "out"
    target.write_bytes(b"old")
    partial = Partial.open(target, TEA)
    partial.append(memoryview(b"tea"))
    assert target.read_bytes() == b"old"
    partial.check(TEA)
    partial.finish(mode=0o600, mtime_ns=5)
    assert target.read_bytes() == b"tea"
    assert target.stat().st_mtime_ns == 5


def test_what_an_earlier_run_left_is_found_and_hashed(tmp_path: Path) -> None:
    first = Partial.open(tmp_path / "out", TEA)
    first.append(memoryview(b"te"))
    first.close()
    second = Partial.open(tmp_path / "out", TEA)
    assert second.size == 2
    second.append(memoryview(b"a"))
    second.check(TEA)
    second.discard()
    assert list(tmp_path.iterdir()) == []


def test_an_empty_partial_file_is_not_left_behind(tmp_path: Path) -> None:
    Partial.open(tmp_path / "out", TEA).close()
    assert list(tmp_path.iterdir()) == []


def test_a_partial_file_in_use_is_not_shared(tmp_path: Path) -> None:
    first, second = Partial.open(tmp_path / "out", TEA), Partial.open(tmp_path / "out", TEA)
    assert first.path != second.path
    for partial in (first, second):
        partial.append(memoryview(b"tea"))
    first.finish(mode=0, mtime_ns=1)
    second.finish(mode=0, mtime_ns=2)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_who_gives_up_while_the_disk_is_waited_for_gets_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cancelled retrieve that is asked for again would be numbered beside itself."""
    partial = Partial.open(tmp_path / "out", TEA)
    partial.append(memoryview(b"tea"))
    closing = threading.Thread(target=partial.close)

    def slow(descriptor: int) -> None:
        closing.start()
        while not partial._given_up:
            time.sleep(0.001)

    monkeypatch.setattr(os, "fsync", slow)
    with pytest.raises(Cancelled):
        partial.finish(mode=0, mtime_ns=0)
    closing.join()
    monkeypatch.undo()
    assert not (tmp_path / "out").exists()
    again = Partial.open(tmp_path / "out", TEA)
    assert again.size == 3, "what came is gone on with"
    again.discard()


def test_wrong_bytes_are_named_and_stay_out_of_the_target(tmp_path: Path) -> None:
    partial = Partial.open(tmp_path / "out", TEA)
    partial.append(memoryview(b"tee"))
    with pytest.raises(IntegrityError, match=TEA[:16]):
        partial.check(TEA)
    partial.restart()
    partial.append(memoryview(b"tea"))
    partial.check(TEA)
    partial.discard()


def test_a_name_as_long_as_names_can_be_still_has_a_partial_file(tmp_path: Path) -> None:
    target = tmp_path / ("n" * 255)
    partial = Partial.open(target, TEA)
    partial.append(memoryview(b"tea"))
    partial.finish(mode=0, mtime_ns=0)
    assert target.read_bytes() == b"tea"


def test_other_targets_and_contents_have_other_names() -> None:
    names = {partial_name(target, content) for target in ("a", "b", "\udcff") for content in (TEA, "0" * 64)}
    assert len(names) == 6


def test_appending_after_closing_writes_into_nothing(tmp_path: Path) -> None:
    partial = Partial.open(tmp_path / "out", TEA)
    partial.append(memoryview(b"te"))
    partial.close()
    with (tmp_path / "other").open("wb") as other:  # takes over the descriptor's number
        partial.append(memoryview(b"a"))
        assert other.tell() == 0
    assert (tmp_path / "other").read_bytes() == b""


def test_a_link_in_place_of_a_partial_file_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "precious").write_bytes(b"precious")
    (tmp_path / partial_name("out", TEA)).symlink_to("precious")
    with pytest.raises(FileUnusable):
        Partial.open(tmp_path / "out", TEA)
    assert (tmp_path / "precious").read_bytes() == b"precious"


def test_targets_are_resolved_to_what_would_be_written(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("real")
    assert resolve_target(tmp_path / "link") == (tmp_path / "real", False)
    assert resolve_target(Path("/dev/null")) == (Path("/dev/null"), True)
    with pytest.raises(FileUnusable, match="is a folder"):
        resolve_target(tmp_path)
    (tmp_path / "circle").symlink_to("circle")
    with pytest.raises(FileUnusable):
        resolve_target(tmp_path / "circle")


def test_a_link_is_what_has_the_name_where_nothing_may_be_replaced(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("nothing")
    (tmp_path / "folder").symlink_to(tmp_path)
    assert resolve_target(tmp_path / "link", follow=False) == (tmp_path / "link", False)
    assert resolve_target(tmp_path / "folder" / "link", follow=False) == (tmp_path / "link", False)
    assert resolve_target(tmp_path / "new", follow=False) == (tmp_path / "new", False)
    assert resolve_target(Path("/dev/null"), follow=False) == (Path("/dev/null"), True)


def test_a_partial_file_that_became_the_users_file_is_not_written_to(tmp_path: Path) -> None:
    """A crash between the target's link and the end of the hidden name leaves one file with two names."""
    partial = Partial.open(tmp_path / "out", TEA)
    partial.append(memoryview(b"tea"))
    hidden = partial.path
    partial.close()
    (tmp_path / "out").hardlink_to(hidden)
    again = Partial.open(tmp_path / "out", TEA)
    assert again.size == 0
    again.append(memoryview(b"x"))
    again.discard()
    assert (tmp_path / "out").read_bytes() == b"tea"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_file_system_that_counts_no_names_is_no_reason_to_begin_anew_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = os.fstat

    def uncounted(descriptor: int) -> os.stat_result:
        return os.stat_result(value if field != stat.ST_NLINK else 0 for field, value in enumerate(facts(descriptor)))

    def unlinked(path: Path, missing_ok: bool = False) -> None:
        raise AssertionError(f"{path} was removed")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fstat", uncounted)
        patched.setattr(os.path, "samestat", lambda one, other: True)
        patched.setattr(Path, "unlink", unlinked)
        partial = Partial.open(tmp_path / "out", TEA)
    partial.discard()
