"""Taking files out of what is stored."""

from __future__ import annotations

from dfs_tui.sheets.file_list import FileListSheet
from dfs_tui.view.glyphs import UNICODE
from dfs_tui.view.plan import Found

from .sheeting import shown

FILES = tuple(Found(f"/d/{name}", f"d/{name}", 1024) for name in ("a", "b\x1b[2J", "c"))


def made() -> FileListSheet:
    return FileListSheet(FILES, {"/d/c"}, lambda path: "same content" if path == "/d/a" else "", UNICODE)


async def test_files_go_out_and_come_back_by_space_and_all_of_them_by_the_asterisk() -> None:
    async with shown(made) as sheet:
        await sheet.sees("2 of 3 files, 2.00 KiB")
        assert "same content" in sheet.text
        assert "d/b\\x1b[2J" in sheet.text
        await sheet.press("space")
        assert "1 of 3 files" in sheet.text
        await sheet.press("asterisk")
        assert "2 of 3 files" in sheet.text
        await sheet.press("enter")
        assert sheet.app.answers == [frozenset({"/d/b\x1b[2J"})]


async def test_escape_changes_nothing() -> None:
    async with shown(made) as sheet:
        await sheet.press("space", "escape")
        assert sheet.app.answers == [None]
