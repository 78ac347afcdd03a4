"""Files of this machine: what is found, what is left out, where a retrieved file may go."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from dfs_tui.sources import files
from dfs_tui.sources.base import SourceError
from dfs_tui.view.values import Taken

from ..driving import make_tree


async def test_a_folder_is_scanned_with_the_names_its_files_will_have(tmp_path: Path) -> None:
    found = await files.scan([str(make_tree(tmp_path))])
    assert [(file.name, file.size_bytes) for file in found.files] == [("pics/a b.raw", 3000), ("pics/sub/c.raw", 5000)]
    assert not found.skipped
    assert not found.single


async def test_a_single_file_is_single(tmp_path: Path) -> None:
    found = await files.scan([str(make_tree(tmp_path) / "a b.raw")])
    assert found.single
    assert found.files[0].name == "a b.raw"


async def test_what_cannot_be_stored_is_left_out_with_its_reason(tmp_path: Path) -> None:
    folder = make_tree(tmp_path)
    os.mkfifo(folder / "pipe")
    (folder / "dangling").symlink_to(tmp_path / "nothing")
    (folder / "loop").symlink_to(folder, target_is_directory=True)
    found = await files.scan([str(folder), str(tmp_path / "missing")])
    reasons = {Path(left.path).name: left.why for left in found.skipped}
    assert set(reasons) == {"pipe", "dangling", "loop", "missing"}
    assert "fifo" in reasons["pipe"]
    assert all(str(tmp_path) not in why for why in reasons.values()), "the path stands beside it anyway"
    assert len(found.files) == 2


async def test_a_folder_is_listed_with_slashes_behind_folders_and_an_unreadable_one_is_empty(tmp_path: Path) -> None:
    make_tree(tmp_path)
    (tmp_path / "x.md").touch()
    assert sorted(await files.list_folder(str(tmp_path))) == ["pics/", "x.md"]
    assert await files.list_folder(str(tmp_path / "nothing")) == ()


async def test_only_absolute_existing_paths_are_a_drop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = make_tree(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert await files.dropped_paths(f"'{folder}/a b.raw'") == (f"{folder}/a b.raw",)
    assert await files.dropped_paths("pics") == ()
    assert await files.dropped_paths("/\ud800") == ()


async def test_a_place_is_a_folder_or_a_path_and_never_one_that_is_taken(tmp_path: Path) -> None:
    (tmp_path / "a.raw").touch()
    assert await files.place_for(str(tmp_path), "b.raw") == str(tmp_path / "b.raw")
    assert await files.place_for(str(tmp_path), "a.raw") == str(tmp_path / "a-2.raw")
    assert await files.place_for(f"{tmp_path}/new/deep/", "a.raw") == str(tmp_path / "new/deep/a.raw")
    assert (tmp_path / "new/deep").is_dir()
    assert await files.place_for(str(tmp_path / "other.raw"), "a.raw") == str(tmp_path / "other.raw")
    assert await files.place_for(str(tmp_path / "a.raw"), "x") == str(tmp_path / "a-2.raw")


async def test_a_place_that_is_about_to_be_taken_is_taken(tmp_path: Path) -> None:
    reserved = frozenset((str(tmp_path / "b.raw"),))
    assert await files.place_for(str(tmp_path), "b.raw", reserved) == str(tmp_path / "b-2.raw")


async def test_the_very_place_is_said_with_whether_a_file_is_there(tmp_path: Path) -> None:
    (tmp_path / "a.raw").touch()
    (tmp_path / "gone.raw").symlink_to(tmp_path / "nothing")
    assert await files.exact_place_for(f"{tmp_path}/", "a.raw") == (str(tmp_path / "a.raw"), True)
    assert await files.exact_place_for(f"{tmp_path}/new/", "a.raw") == (str(tmp_path / "new" / "a.raw"), False)
    assert await files.exact_place_for(str(tmp_path), "gone.raw") == (str(tmp_path / "gone.raw"), True)


async def test_what_is_no_file_or_is_being_written_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(SourceError, match="there is a folder"):
        await files.exact_place_for(f"{tmp_path}/", "sub")
    with pytest.raises(SourceError, match="no usual file"):
        await files.exact_place_for(f"{tmp_path}/", "fifo")
    with pytest.raises(SourceError, match="another transfer writes it"):
        await files.exact_place_for(f"{tmp_path}/", "a", frozenset([str(tmp_path / "a")]))


async def test_a_place_below_a_file_is_refused_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SourceError, match="there is a file on the way"):
        await files.place_for(f"{tmp_path}/file/x/", "a")


async def test_a_new_file_is_written_only_where_none_is(tmp_path: Path) -> None:
    await files.write_new(str(tmp_path / "new.txt"), "größe\n")
    assert (tmp_path / "new.txt").read_bytes() == "größe\n".encode()
    with pytest.raises(SourceError, match=r"new\.txt: File exists"):
        await files.write_new(str(tmp_path / "new.txt"), "other\n")
    assert (tmp_path / "new.txt").read_bytes() == "größe\n".encode()


async def test_a_small_file_is_written_around_another_not_at_all_or_instead(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("mine")
    assert await files.write_where_wanted(str(path), "new", Taken.SKIP) == ""
    assert await files.write_where_wanted(str(path), "new", Taken.NUMBER) == str(tmp_path / "a-2.txt")
    assert path.read_text() == "mine"
    assert await files.write_where_wanted(str(path), "new", Taken.OVERWRITE) == str(path)
    assert path.read_text() == (tmp_path / "a-2.txt").read_text() == "new"
    with pytest.raises(SourceError, match="No such file"):
        await files.write_where_wanted(str(tmp_path / "none" / "a"), "new", Taken.NUMBER)


async def test_a_folder_is_told_from_a_file_and_from_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    found = [await files.is_folder(place) for place in (str(tmp_path), "~/", f"{tmp_path}/file", f"{tmp_path}/gone/")]
    assert found == [True, True, False, False]


async def test_a_disk_that_does_not_answer_is_said_and_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "DISK_TIMEOUT_S", 0.05)
    monkeypatch.setattr(files, "_list_folder", lambda folder: time.sleep(0.5))
    with pytest.raises(SourceError, match="did not answer"):
        await files.list_folder("/")
