"""The versions of one key."""

from __future__ import annotations

from dfs_tui.sheets.versions import VersionsSheet, VersionWish
from dfs_tui.view.glyphs import UNICODE
from dfs_tui.view.values import Version

from .sheeting import shown

VERSIONS = (Version(9, 30, 3000.0, "a" * 64), Version(6, 20, 2000.0, removed=True), Version(4, 10, 1000.0))


def sheet_of() -> VersionsSheet:
    return VersionsSheet("a/\x1b[2Jb", VERSIONS, {"a" * 64: "n1"}, UNICODE)


async def test_versions_are_listed_and_the_name_is_made_safe() -> None:
    async with shown(sheet_of) as sheet:
        for text in ("History of a/\\x1b[2Jb", "● current", "✖ removed", "n1", "10 B"):
            assert text in sheet.text


async def test_a_version_is_compared_with_the_next_older_or_with_the_marked_one() -> None:
    async with shown(sheet_of) as sheet:
        await sheet.press("c")
        assert sheet.app.answers == [VersionWish("compare", VERSIONS[0], VERSIONS[1])]
    async with shown(sheet_of) as sheet:
        await sheet.press("G", "space", "g", "enter")
        assert sheet.app.answers == [VersionWish("compare", VERSIONS[0], VERSIONS[2])]
    async with shown(sheet_of) as sheet:
        await sheet.press("G", "c")
        assert "no other version" in sheet.text
        await sheet.press("space", "space", "c")
        assert sheet.app.answers == []


async def test_an_older_version_is_restored_but_neither_the_current_one_nor_a_removal() -> None:
    async with shown(sheet_of) as sheet:
        await sheet.press("R")
        assert "current version already" in sheet.text
        await sheet.press("j", "R")
        assert "This is a removal" in sheet.text
        await sheet.press("j", "R")
        assert sheet.app.answers == [VersionWish("restore", VERSIONS[2])]


async def test_any_version_is_retrieved() -> None:
    async with shown(sheet_of) as sheet:
        await sheet.press("G", "r")
        assert sheet.app.answers == [VersionWish("retrieve", VERSIONS[2])]
