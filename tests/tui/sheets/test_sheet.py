"""What all sheets share."""

from __future__ import annotations

from dfs_tui.sheets.confirm import Choice, ConfirmSheet
from dfs_tui.sheets.sheet import Sheet
from dfs_tui.view.cells import text_of
from dfs_tui.view.glyphs import UNICODE

from .sheeting import shown


async def test_escape_dismisses_with_nothing() -> None:
    async with shown(lambda: ConfirmSheet("T", ["x"], [Choice("y", "yes", "Yes")], UNICODE)) as sheet:
        await sheet.press("escape")
        assert sheet.app.answers == [None]


def test_buttons_are_keys_and_words() -> None:
    assert text_of(Sheet.buttons([("enter", "Store"), ("esc", "Cancel")])).split() == [
        "enter",
        "Store",
        "esc",
        "Cancel",
    ]
