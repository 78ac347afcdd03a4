"""Where a key's file is to be written."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from textual import events

from dfs_tui.messages import RetrieveRequested
from dfs_tui.sheets.retrieve import RetrieveSheet, flat_names, shared_folder
from dfs_tui.view.glyphs import UNICODE
from dfs_tui.view.values import KeyEntry, Taken

from .sheeting import shown

ENTRY = KeyEntry("photos/\x1b[2Jbeach.raw", 1, 5 << 20, 0.0, 3)


async def listed(folder: str) -> Sequence[str]:
    return ("docs/", "downloads/") if folder == "/home/me/" else ()


def sheet_of() -> RetrieveSheet:
    return RetrieveSheet([ENTRY], "/home/me/", listed, UNICODE)


async def test_it_says_what_would_be_written_where() -> None:
    async with shown(sheet_of) as sheet:
        assert "\\x1b[2Jbeach.raw  5.00 MiB" in sheet.text
        assert "writes  /home/me/\\x1b[2Jbeach.raw" in sheet.text
        await sheet.write("x.raw")
        assert "writes  /home/me/x.raw, or into it if it is a folder" in sheet.text


async def test_tab_offers_folders_and_enter_confirms() -> None:
    async with shown(sheet_of) as sheet:
        await sheet.write("do")
        await sheet.press("tab")
        await sheet.sees("docs/")
        assert "downloads/" in sheet.text
        await sheet.write("w")
        await sheet.press("tab")
        await sheet.sees("writes  /home/me/downloads/")
        await sheet.press("enter")
        assert sheet.app.answers == [(RetrieveRequested(ENTRY.key, ENTRY.size_bytes, "/home/me/downloads/"),)]


async def test_an_empty_place_is_none() -> None:
    async with shown(sheet_of) as sheet:
        await sheet.press("ctrl+u", "enter")
        assert "a folder or a path" in sheet.text
        assert sheet.app.answers == []


async def test_a_paste_goes_into_the_field() -> None:
    async with shown(sheet_of) as sheet:
        sheet.app.post_message(events.Paste("sub/\n"))
        await sheet.sees("writes  /home/me/sub/")
        assert sheet.app.answers == []


MANY = [KeyEntry("photos/2024/a.raw", 1, 5 << 20, 0.0, 3), KeyEntry("photos/2025/x/b.raw", 2, 7 << 20, 0.0, 3)]


async def test_several_keys_go_below_one_folder_with_their_own_folders() -> None:
    async with shown(lambda: RetrieveSheet(MANY, "/home/me/", listed, UNICODE)) as sheet:
        assert "Retrieve 2 keys" in sheet.text
        assert "12.0 MiB" in sheet.text
        assert "writes  /home/me/ ..., one file a key, in their own folders" in sheet.text
        await sheet.press("enter")
        (wishes,) = sheet.app.answers
        assert [(wish.key, wish.place, wish.base) for wish in wishes] == [  # type: ignore[attr-defined]
            ("photos/2024/a.raw", "/home/me/2024/", "/home/me/"),
            ("photos/2025/x/b.raw", "/home/me/2025/x/", "/home/me/"),
        ]


async def test_an_older_version_is_written_under_a_name_of_its_own() -> None:
    async with shown(lambda: RetrieveSheet([ENTRY], "/home/me/", listed, UNICODE, name="beach.1.raw")) as sheet:
        assert "writes  /home/me/beach.1.raw" in sheet.text
        await sheet.press("enter")
        (wishes,) = sheet.app.answers
        assert [(wish.version, wish.leaf) for wish in wishes] == [(1, "beach.1.raw")]  # type: ignore[attr-defined]


async def test_what_happens_to_a_file_that_is_there_goes_round_from_what_is_safe_and_overwriting_warns() -> None:
    async with shown(sheet_of) as sheet:
        assert "ctrl+t [number] skip  overwrite  a number is put behind the name" in sheet.text
        await sheet.press("ctrl+t")
        assert "number [skip] overwrite  what is there stays" in sheet.text
        await sheet.press("ctrl+t")
        assert f"skip [overwrite] {UNICODE.attention} replaced once the new one is whole" in sheet.text
        await sheet.press("ctrl+t")
        assert "[number]" in sheet.text
        assert "names only" not in sheet.text, "there is but one name"
        await sheet.press("ctrl+n", "ctrl+t", "enter")
        (wishes,) = sheet.app.answers
        assert [(wish.place, wish.taken) for wish in wishes] == [("/home/me/", Taken.SKIP)]  # type: ignore[attr-defined]


TWINS = [KeyEntry("a/x.raw", 1, 5, 0.0, 3), KeyEntry("b/x.raw", 1, 5, 0.0, 3), KeyEntry("b/y.raw", 1, 5, 0.0, 3)]


@pytest.mark.parametrize(
    ("keys", "names"),
    [
        (["ctrl+n"], ["x.raw", "x.raw", "y.raw"]),
        (["ctrl+n", "ctrl+t"], ["x.raw", "x-2.raw", "y.raw"]),
        (["ctrl+t", "ctrl+t", "ctrl+n"], ["x.raw", "x-2.raw", "y.raw"]),
    ],
)
async def test_names_only_go_into_one_folder_and_never_over_each_other(keys: list[str], names: list[str]) -> None:
    async with shown(lambda: RetrieveSheet(TWINS, "/home/me/", listed, UNICODE)) as sheet:
        await sheet.press(*keys)
        assert "one file a key, all in this folder" in sheet.text
        assert "ctrl+n  keep folders [names only]" in sheet.text
        await sheet.press("enter")
        (wishes,) = sheet.app.answers
        assert [wish.leaf for wish in wishes] == names  # type: ignore[attr-defined]
        assert {(wish.place, wish.base) for wish in wishes} == {("/home/me/", "/home/me/")}  # type: ignore[attr-defined]


def test_a_number_behind_a_name_is_none_that_is_there_itself() -> None:
    assert flat_names(["a/x", "b/x", "c/x-2", "d/x"]) == ["x", "x-2", "x-2-2", "x-3"]


@pytest.mark.parametrize(
    ("keys", "shared"),
    [
        (["a/b/c", "a/b/d"], "a/b/"),
        (["a/b/c", "a/d"], "a/"),
        (["c", "a/d"], ""),
        (["a/b"], "a/"),
        (["ab/x", "ac/x"], ""),
    ],
)
def test_what_all_keys_share_is_not_repeated_below_the_place(keys: list[str], shared: str) -> None:
    assert shared_folder(keys) == shared
