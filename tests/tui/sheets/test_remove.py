"""A question that wants a name typed."""

from __future__ import annotations

from dfs_tui.sheets.remove import RemoveSheet
from dfs_tui.view.glyphs import UNICODE

from .sheeting import shown


def sheet_of() -> RemoveSheet:
    return RemoveSheet("n3", ["It is deleted for ever."], UNICODE)


async def test_only_the_name_itself_confirms() -> None:
    async with shown(sheet_of) as sheet:
        assert "Remove n3?" in sheet.text
        await sheet.press("enter")
        await sheet.write("n2")
        await sheet.press("enter")
        assert sheet.app.answers == []
        await sheet.press("backspace")
        await sheet.write("3")
        assert "enter Remove it" in sheet.text
        await sheet.press("enter")
        assert sheet.app.answers == ["n3"]


async def test_escape_changes_nothing() -> None:
    async with shown(sheet_of) as sheet:
        await sheet.press("escape")
        assert sheet.app.answers == [None]
