"""Dropped files, pasted or typed by the terminal."""

from __future__ import annotations

import time
from pathlib import Path

from textual import events

from dfs_tui.sheets.prompt import PromptSheet
from dfs_tui.sheets.store import StoreSheet

from ..driving import dashboard, keys_of, make_tree


async def test_two_pastes_at_once_are_one_drop(tmp_path: Path) -> None:
    folder = make_tree(tmp_path)
    async with dashboard() as drive:
        await drive.paste(f"{folder}/a b.raw ")
        await drive.paste(f"{folder}/sub/c.raw ")
        await drive.sees("2 files")
        assert "2 places" in drive.text


async def test_a_path_that_is_typed_by_the_terminal_runs_nothing_and_is_a_drop(tmp_path: Path) -> None:
    folder = tmp_path / "quit delete Kill stop all"
    folder.mkdir()
    (folder / "t.raw").write_bytes(b"x")
    async with dashboard() as drive:
        await drive.burst(f"'{folder}/t.raw' ")
        await drive.until(lambda: isinstance(drive.app.screen, StoreSheet))
        await drive.sees("1 file")
        assert drive.app.view_name == "cluster"
        assert len(drive.app.screen_stack) == 2


async def test_what_a_terminal_types_at_once_is_one_drop_however_busy_the_program_is(tmp_path: Path) -> None:
    folder = make_tree(tmp_path)
    async with dashboard() as drive:
        for key in keys_of(f"'{folder}/a b.raw' "):  # all came at the same moment
            handled_at = time.monotonic() + 0.012
            while time.monotonic() < handled_at:
                pass
            await drive.app.on_event(key)
        await drive.until(lambda: isinstance(drive.app.screen, StoreSheet))
        await drive.sees("1 file")
        assert len(drive.app.screen_stack) == 2


async def test_a_typed_path_that_does_not_exist_runs_nothing_either() -> None:
    async with dashboard() as drive:
        await drive.burst("/qKtaSsr/4/5/6")
        await drive.sees("Not a file on this machine: /qKtaSsr/4/5/6")
        assert drive.app.view_name == "cluster"
        assert len(drive.app.screen_stack) == 1


async def test_a_paste_that_names_nothing_says_so() -> None:
    async with dashboard() as drive:
        await drive.paste("hello [bold]world\x1b[2J")
        await drive.sees("Not a file on this machine: hello [bold]world\\x1b[2J")


async def test_dropping_again_adds_to_the_open_sheet(tmp_path: Path) -> None:
    folder = make_tree(tmp_path)
    async with dashboard() as drive:
        await drive.paste(f"{folder}/a b.raw")
        await drive.sees("1 file")
        await drive.paste(f"{folder}/sub/c.raw")
        await drive.sees("2 files")


async def test_a_drop_while_another_sheet_is_open_is_not_lost_silently(tmp_path: Path) -> None:
    folder = make_tree(tmp_path)
    async with dashboard() as drive:
        await drive.press("K")
        await drive.paste(str(folder))
        await drive.sees("Close this sheet first")
        assert "Kill n1?" in drive.text


async def test_a_trailing_line_break_of_a_paste_is_never_an_enter(tmp_path: Path) -> None:
    folder = make_tree(tmp_path)
    async with dashboard() as drive:
        await drive.paste(f"{folder}\n")
        await drive.sees("2 files")
        await drive.pass_time(2.0)
        assert not drive.app.bridge.view.transfers


async def test_a_command_that_comes_at_once_is_a_command_also_as_the_very_first_one() -> None:
    async with dashboard() as drive:
        assert not drive.app.is_screen_installed("Command"), "the line is still to be made"
        await drive.burst(":nodes\r")
        await drive.until(lambda: drive.app.view_name == "nodes")
        await drive.burst(":keys notes/ and more\r")
        await drive.until(lambda: drive.app.view_name == "keys")
        assert drive.app.bridge.keys.filter.text == "notes/ and more"
        assert len(drive.app.screen_stack) == 1


async def test_a_filter_that_comes_at_once_runs_nothing() -> None:
    async with dashboard() as drive:
        await drive.press("4")
        await drive.burst("/zrs")
        await drive.until(lambda: drive.app.bridge.keys.filter.text == "zrs")
        assert len(drive.app.screen_stack) == 1


async def test_a_view_and_the_command_line_come_without_waiting_for_what_may_be_a_path() -> None:
    async with dashboard() as drive:
        await drive.app.on_event(events.Key("4", "4"))
        assert not drive.app._guard.holding
        await drive.app.on_event(events.Key("colon", ":"))
        assert isinstance(drive.app.screen, PromptSheet)
        assert len(drive.app.screen_stack) == 2
