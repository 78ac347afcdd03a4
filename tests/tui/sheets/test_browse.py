"""Choosing files by looking."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from dfs_tui.sheets.browse import BrowseSheet
from dfs_tui.view.glyphs import UNICODE

from .sheeting import shown

FOLDERS = {
    "/": ("data/", "etc/"),
    "/data": ("ann/",),
    "/data/ann": ("b.raw", ".secret", "pics/", "A [bold]\x1b[2J.txt", "empty/", "only/"),
    "/data/ann/pics": ("1.raw", "2.raw", "3.raw"),
    "/data/ann/empty": (),
    "/data/ann/only": (".one",),
}


async def listed(folder: str) -> Sequence[str]:
    return FOLDERS.get(folder, ())


def sheet_of(folder: str = "/data/ann") -> BrowseSheet:
    return BrowseSheet(folder, list_folder=listed, glyphs=UNICODE)


async def test_folders_come_first_and_a_file_is_taken_with_enter() -> None:
    async with shown(sheet_of) as sheet:
        await sheet.sees("b.raw")
        order = [sheet.text.index(name) for name in ("empty/", "only/", "pics/", "A [bold]\\x1b[2J.txt", "b.raw")]
        assert order == sorted(order)
        await sheet.press("G", "enter")
        assert sheet.app.answers == [("/data/ann/b.raw",)]


async def test_below_the_home_folder_the_place_is_told_from_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/data/ann")
    async with shown(lambda: sheet_of("/data/ann/pics")) as sheet:
        await sheet.sees("1.raw")
        assert "~/pics" in sheet.text
        assert "/data/ann" not in sheet.text


async def test_one_goes_into_folders_and_out_again_and_stands_where_one_was() -> None:
    async with shown(sheet_of) as sheet:
        await sheet.sees("pics/")
        await sheet.press("j", "j", "enter")
        await sheet.sees("2.raw")
        await sheet.press("left")
        await sheet.sees("only/")
        await sheet.press("right")
        await sheet.sees("3.raw")
        await sheet.press("h", "h", "h", "h", "h")
        await sheet.sees("etc/")
        await sheet.press("escape")
        assert sheet.app.answers == [None]


async def test_several_are_marked_also_in_different_folders_and_taken_together() -> None:
    async with shown(lambda: sheet_of("/data/ann/pics")) as sheet:
        await sheet.sees("1.raw")
        await sheet.press("space", "space", "space", "k", "k", "space", "left")
        await sheet.sees("b.raw")
        await sheet.press("g", "space", "s")
        assert sheet.app.answers == [("/data/ann/pics/2.raw", "/data/ann/pics/3.raw", "/data/ann/empty")]


async def test_a_folder_is_taken_whole_and_hidden_names_are_shown_when_asked_for() -> None:
    async with shown(sheet_of) as sheet:
        await sheet.sees("b.raw")
        assert ".secret" not in sheet.text
        await sheet.press("full_stop")
        await sheet.sees(".secret")
        await sheet.press("g", "j", "j", "s")
        assert sheet.app.answers == [("/data/ann/pics",)]


async def test_a_folder_without_anything_to_show_says_so_and_gives_nothing() -> None:
    async with shown(lambda: sheet_of("/data/ann/empty")) as sheet:
        await sheet.sees("Nothing is here, or it cannot be read")
        await sheet.press("s", "space", "enter")
        assert sheet.app.answers == []
    async with shown(lambda: sheet_of("/data/ann/only")) as sheet:
        await sheet.sees("Nothing but 1 hidden name")
