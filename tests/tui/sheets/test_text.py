"""Lines to read."""

from __future__ import annotations

from dfs_tui.sheets.text import TextSheet
from dfs_tui.view.cells import cell
from dfs_tui.view.glyphs import UNICODE

from .sheeting import shown

LINES = [cell(f"line {number}") for number in range(100)]


async def test_lines_scroll_and_escape_closes() -> None:
    async with shown(lambda: TextSheet("A log", LINES, UNICODE)) as sheet:
        assert "line 0" in sheet.text
        await sheet.press("G")
        await sheet.sees("line 99")
        await sheet.press("r")
        assert sheet.app.answers == [], "it cannot be read again"
        await sheet.press("escape")
        assert sheet.app.answers == [None]


async def test_it_may_start_at_its_end_and_ask_to_be_read_again() -> None:
    async with shown(lambda: TextSheet("A log", LINES, UNICODE, start="end", again="r reads again")) as sheet:
        await sheet.sees("line 99")
        await sheet.press("r")
        assert sheet.app.answers == ["again"]


async def test_no_lines_are_said_to_be_none() -> None:
    async with shown(lambda: TextSheet("A log", (), UNICODE)) as sheet:
        assert "There is nothing in it" in sheet.text
