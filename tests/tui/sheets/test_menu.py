"""A list to choose from."""

from __future__ import annotations

from dfs_tui.sheets.menu import MenuSheet
from dfs_tui.view.glyphs import UNICODE
from dfs_tui.view.menu import Item

from .sheeting import shown

ITEMS = (
    Item("start", "S", "Start", "it", "it runs already"),
    Item("kill", "K", "Kill", "at once"),
    Item("log", "l", "Log"),
)


def sheet_of(chosen: str = "") -> MenuSheet:
    return MenuSheet("What to do with n1", ITEMS, UNICODE, chosen=chosen)


async def test_a_key_chooses_and_so_does_enter_on_a_line() -> None:
    async with shown(sheet_of) as sheet:
        await sheet.press("K")
        assert sheet.app.answers == ["kill"]
    async with shown(lambda: sheet_of("kill")) as sheet:
        await sheet.press("j", "enter")
        assert sheet.app.answers == ["log"]


async def test_what_is_not_possible_says_why_and_is_not_chosen() -> None:
    async with shown(sheet_of) as sheet:
        assert "it runs already" in sheet.text
        await sheet.press("S", "enter")
        assert sheet.app.answers == []
        await sheet.press("escape")
        assert sheet.app.answers == [None]
