"""Storing, retrieving and removing, from the key press to the outcome on screen."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

import pytest

from dfs_tui.app.files import downloads
from dfs_tui.sources.base import SourceError
from dfs_tui.view.plan import ToStore
from dfs_tui.view.remembered import Remembered, written

from ..driving import dashboard, make_tree


async def test_a_path_is_typed_completed_confirmed_and_stored(tmp_path: Path) -> None:
    (tmp_path / "holiday.raw").write_bytes(b"x" * 60_000_000)
    async with dashboard() as drive:
        await drive.press("s")
        await drive.type(f"{tmp_path}/hol")
        await drive.press("tab")
        await drive.sees("0/holiday.raw")
        await drive.press("enter")
        await drive.sees("57.2 MiB x 3 copies = 172 MiB")
        await drive.press("enter")
        await drive.pass_time(0.5)
        await drive.sees("%")
        assert "↑ holiday.raw" in drive.text
        await drive.sees("✓ stored")
        await drive.sees("Stored holiday.raw")
        await drive.press("4", "slash")
        await drive.type("holiday")
        assert "holiday.raw" in drive.text.splitlines()[4]


async def test_a_path_that_is_not_there_is_said_in_the_sheet() -> None:
    async with dashboard() as drive:
        await drive.press("s")
        await drive.type("/no/such/file")
        await drive.press("enter")
        await drive.sees("No such file")
        await drive.press("escape")
        assert len(drive.app.screen_stack) == 1
        assert not drive.app.bridge.view.transfers


async def test_a_folder_is_shown_before_it_is_stored_below_a_prefix(tmp_path: Path) -> None:
    folder = make_tree(tmp_path)
    async with dashboard() as drive:
        await drive.paste(str(folder))
        await drive.sees("2 files")
        assert "a b.raw" in drive.text
        assert "pics/a b.raw and 1 more" in drive.text
        await drive.type("holiday/")
        assert "holiday/pics/a b.raw and 1 more" in drive.text
        await drive.press("enter")
        await drive.sees("Stored holiday/pics/ (2 files)")
        assert {"holiday/pics/a b.raw", "holiday/pics/sub/c.raw"} <= set(drive.cluster.keys)


async def test_nothing_is_read_or_stored_when_the_sheet_is_left(tmp_path: Path) -> None:
    async with dashboard() as drive:
        await drive.paste(str(make_tree(tmp_path)))
        await drive.sees("2 files")
        await drive.press("escape")
        await drive.pass_time(2.0)
        assert not drive.app.bridge.view.transfers
        assert len(drive.cluster.keys) == 40


async def test_an_existing_key_is_announced_as_a_new_version(tmp_path: Path) -> None:
    async with dashboard() as drive:
        key = sorted(drive.cluster.keys)[0]
        (tmp_path / "x").write_bytes(b"x")
        await drive.paste(str(tmp_path / "x"))
        await drive.sees("1 file")
        await drive.press("backspace")
        await drive.type(key)
        assert f"1 key exists already: {key.rpartition('/')[2]} (gets a new version)" in drive.text


async def test_what_is_stored_already_with_the_same_content_is_passed_over(tmp_path: Path) -> None:
    folder = make_tree(tmp_path)
    async with dashboard() as drive:
        await drive.paste(str(folder))
        await drive.sees("2 files")
        await drive.press("enter")
        await drive.sees("Stored pics/ (2 files)")
        (folder / "new.raw").write_bytes(b"new")
        await drive.paste(str(folder))
        await drive.sees("2 keys exist: 2 same (skipped)")
        assert "1 file, 3 B x 3 copies" in drive.text
        await drive.press("enter")
        await drive.sees("Stored pics/new.raw; 2 had the same content already")
        await drive.paste(str(folder / "a b.raw"))
        await drive.sees("as      a b.raw")
        await drive.clear()
        await drive.type("pics/")
        await drive.sees("a b.raw (same content: skipped)")
        await drive.sees("all of it is stored already")
        await drive.press("enter")
        await drive.press("ctrl+t")
        assert "a b.raw (gets a new version)" in drive.text
        await drive.press("ctrl+t")
        assert "a b.raw (becomes a b-2.raw)" in drive.text
        await drive.press("enter")
        await drive.sees("Stored pics/a b-2.raw")


async def test_a_file_can_be_taken_out_of_what_is_stored(tmp_path: Path) -> None:
    async with dashboard() as drive:
        await drive.paste(str(make_tree(tmp_path)))
        await drive.sees("2 files")
        await drive.press("ctrl+l")
        await drive.sees("2 of 2 files, 7.81 KiB")
        await drive.press("space")
        assert "1 of 2 files, 4.88 KiB" in drive.text
        await drive.press("enter")
        await drive.sees("1 file taken out of the list")
        await drive.press("enter")
        await drive.sees("Stored pics/sub/c.raw")
        assert "pics/a b.raw" not in drive.cluster.keys


async def test_a_key_that_cannot_be_is_refused_in_the_sheet(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"x")
    async with dashboard() as drive:
        await drive.paste(str(tmp_path / "x"))
        await drive.sees("1 file")
        await drive.type("//y")
        assert "cannot be empty" in drive.text
        await drive.press("enter")
        assert "cannot be empty" in drive.text, "the sheet is still there"


async def test_a_key_is_retrieved_to_the_chosen_place_and_the_path_is_said(tmp_path: Path) -> None:
    async with dashboard() as drive:
        await drive.press("4", "r")
        assert "Retrieve backups/" in drive.text
        await drive.clear()
        await drive.type(f"{tmp_path}/")
        assert "writes  /" in drive.text
        await drive.press("enter")
        key = drive.app.pane.main_table().cursor_id
        path = tmp_path / key.rpartition("/")[2]
        await drive.until(path.exists, seconds=1.0)
        await drive.sees("✓ Retrieved")
        await drive.press("5")
        assert "✓ retrieved" in drive.text
        assert f"→ {tmp_path}"[:20] in drive.text


async def test_the_next_run_retrieves_to_where_this_one_did(tmp_path: Path) -> None:
    state, folder = tmp_path / "state.json", tmp_path / "mine"
    async with dashboard(state=state) as drive:
        await drive.press("4", "r")
        await drive.clear()
        await drive.type(f"{folder}/back.raw")
        await drive.press("enter")
        await drive.until(lambda: f"{folder}/" in state.read_text())
    async with dashboard(state=state) as drive:
        await drive.until(lambda: drive.app.downloads == f"{folder}/")
        await drive.press("r")
        assert "mine/" in drive.text
    shutil.rmtree(folder)
    folder.write_text("a file now")
    async with dashboard(state=state) as drive:
        await drive.sees("is no folder now")
        assert drive.app.downloads == downloads()
        assert drive.app.remembered.place == f"{folder}/", "it may be there again the next time"


async def test_a_place_that_was_not_written_to_is_not_remembered(tmp_path: Path) -> None:
    async with dashboard(state=tmp_path / "state.json") as drive:
        (tmp_path / "file").touch()
        await drive.press("4", "r")
        await drive.clear()
        await drive.type(f"{tmp_path}/file/")
        await drive.press("enter")
        await drive.sees("was not retrieved")
        assert not drive.app.remembered.place


async def test_a_place_on_a_disk_that_does_not_answer_holds_up_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "state.json").write_text(written(Remembered(place="/dead/mount/")))
    hangs = threading.Event()
    monkeypatch.setattr(Path, "is_dir", lambda path: hangs.wait() if str(path) == "/dead/mount" else False)
    async with dashboard(state=tmp_path / "state.json") as drive:
        await drive.press("4", "r")
        assert "Retrieve backups/" in drive.text
        assert "/dead/mount" not in drive.text
        hangs.set()


async def test_what_exists_is_never_overwritten(tmp_path: Path) -> None:
    async with dashboard() as drive:
        await drive.press("4")
        leaf = drive.app.pane.main_table().cursor_id.rpartition("/")[2]
        (tmp_path / leaf).write_text("mine")
        await drive.press("r")
        await drive.clear()
        await drive.type(str(tmp_path))
        await drive.press("enter")
        stem, _, suffix = leaf.rpartition(".")
        await drive.until((tmp_path / f"{stem}-2.{suffix}").exists, seconds=1.0)
        assert (tmp_path / leaf).read_text() == "mine"


async def test_what_exists_is_overwritten_or_skipped_when_the_sheet_says_so(tmp_path: Path) -> None:
    async with dashboard() as drive:
        await drive.press("4")
        path = tmp_path / drive.app.pane.main_table().cursor_id.rpartition("/")[2]
        path.write_text("mine")
        for times in (1, 2):
            await drive.press("r")
            await drive.clear()
            await drive.type(f"{tmp_path}/")
            await drive.press(*["ctrl+t"] * times, "enter")
            if times == 1:
                await drive.sees("✓ Skipped")
                assert path.read_text() == "mine"
        await drive.until(lambda: path.read_text() != "mine")
        assert list(tmp_path.iterdir()) == [path]
        await drive.press("5")
        await drive.sees("skipped")


async def test_r_leads_to_the_keys_from_elsewhere() -> None:
    async with dashboard() as drive:
        await drive.press("r")
        assert drive.app.view_name == "keys"
        assert "Choose a key" in drive.message


async def test_a_key_is_deleted_only_after_a_question_that_names_it() -> None:
    async with dashboard() as drive:
        await drive.press("4", "j", "ctrl+d")
        key = drive.app.pane.main_table().cursor_id
        assert "Delete this key?" in drive.text
        assert key in drive.text
        await drive.press("enter")
        assert "Delete this key?" in drive.text, "enter is no answer"
        await drive.press("d")
        await drive.sees(f"Removed {key}")
        assert key not in drive.cluster.keys


async def test_a_transfer_is_cancelled(tmp_path: Path) -> None:
    (tmp_path / "big.raw").write_bytes(b"x" * 90_000_000)
    async with dashboard() as drive:
        await drive.paste(str(tmp_path / "big.raw"))
        await drive.sees("1 file")
        await drive.press("enter")
        await drive.pass_time(0.3)
        await drive.press("5", "x")
        await drive.sees("cancelled")
        await drive.pass_time(5.0)
        assert "big.raw" not in drive.cluster.keys
        await drive.press("x")
        assert "No running transfer" in drive.message
        await drive.press("c")
        assert "big.raw" not in drive.text


async def test_one_file_that_fails_does_not_stop_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with dashboard() as drive:
        real = drive.app.bridge.source.store

        async def store(item: ToStore, moved: object) -> None:
            if item.path.endswith("c.raw"):
                raise SourceError("it was changed while it was read")
            await real(item, moved)  # type: ignore[arg-type]

        monkeypatch.setattr(drive.app.bridge.source, "store", store)
        await drive.paste(str(make_tree(tmp_path)))
        await drive.sees("2 files")
        await drive.press("enter")
        await drive.sees("1 of 2 files were not stored")
        assert "pics/a b.raw" in drive.cluster.keys
        await drive.press("6")
        assert "pics/sub/c.raw was not stored: it was changed while it was read" in drive.text


async def test_nothing_is_offered_to_store_while_no_node_answers() -> None:
    async with dashboard(nodes=1) as drive:
        drive.cluster.kill("n1")
        await drive.pass_time(0.5)
        await drive.press("s")
        assert "nothing can be stored now" in drive.message
        assert len(drive.app.screen_stack) == 1


async def test_a_key_with_an_escape_sequence_in_it_never_reaches_the_terminal(tmp_path: Path) -> None:
    path = tmp_path / "a\x1b[2J[red]\u202eb.raw"
    path.write_bytes(b"x")
    async with dashboard() as drive:
        await drive.press("s")
        drive.app.screen._path.value = str(path)  # type: ignore[attr-defined]
        await drive.press("enter")
        await drive.sees("1 file")
        assert "a\\x1b[2J[red]\\u202eb.raw" in drive.text
        await drive.press("enter")
        await drive.sees("Stored a\\x1b[2J[red]\\u202eb.raw")
        await drive.press("4")
        await drive.sees("a\\x1b[2J[red]\\u202eb.raw")
        assert "\x1b" not in drive.text


def test_files_go_to_the_downloads_folder_where_there_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    assert downloads() == "~/"
    (tmp_path / "Downloads").mkdir()
    assert downloads() == "~/Downloads/"


async def test_the_selected_key_is_verified_and_healing_hurried() -> None:
    async with dashboard() as drive:
        await drive.press("4", "V")
        await drive.sees(": verified, ")
        await drive.press("R")
        await drive.sees("5 nodes at once do what waited")
