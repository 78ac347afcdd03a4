"""The sheet that asks where the log is to be written."""

from __future__ import annotations

from dfs_tui.sheets.save import SaveSheet
from dfs_tui.view.glyphs import UNICODE

from .sheeting import shown


async def listing(folder: str) -> tuple[str, ...]:
    return ("notes/", "news.txt")


async def test_it_says_what_would_be_written_and_completes_the_place() -> None:
    async with shown(lambda: SaveSheet(12, "/tmp/", "log.txt", listing, UNICODE)) as sheet:
        assert "Write 12 lines of the log" in sheet.text
        assert "writes  /tmp/log.txt" in sheet.text
        await sheet.press("n", "tab")
        await sheet.sees("news.txt")
        await sheet.press("ctrl+u", "enter")
        assert sheet.app.answers == [], "an empty place is none"
        assert "a folder or a path" in sheet.text
        await sheet.write("/tmp/mine.txt")
        assert "writes  /tmp/mine.txt" in sheet.text
        await sheet.press("enter")
        assert sheet.app.answers == ["/tmp/mine.txt"]
