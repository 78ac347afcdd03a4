"""What all sheets share."""

from __future__ import annotations

from unittest import mock

from textual.geometry import Size

from dfs_tui.sheets.confirm import Choice, ConfirmSheet
from dfs_tui.sheets.sheet import Sheet
from dfs_tui.view.cells import text_of
from dfs_tui.view.glyphs import UNICODE

from .sheeting import shown


async def test_escape_dismisses_with_nothing() -> None:
    async with shown(lambda: ConfirmSheet("T", ["x"], [Choice("y", "yes", "Yes")], UNICODE)) as sheet:
        await sheet.press("escape")
        assert sheet.app.answers == [None]


async def test_a_sheet_is_laid_out_for_a_size_once() -> None:
    async with shown(lambda: ConfirmSheet("T", ["x"], [Choice("y", "yes", "Yes")], UNICODE)) as sheet:
        screen = sheet.app.screen
        with mock.patch.object(screen, "_refresh_layout") as laid:
            screen._screen_resized(screen.size)
            assert not laid.called
            screen._screen_resized(Size(60, 20))
            assert laid.called
        assert not screen.has_class("-narrow", "-wide", "-low", "-high"), "classes would be one more"


async def test_what_comes_has_its_styles_and_gets_them_anew_if_it_was_left_in_another_theme() -> None:
    with mock.patch.object(ConfirmSheet, "update_node_styles") as found:
        async with shown(lambda: ConfirmSheet("T", ["x"], [Choice("y", "yes", "Yes")], UNICODE)) as sheet:
            await sheet.sees("Yes")
            await sheet.comes_back()
            assert found.call_count == 0
            await sheet.comes_back(theme="nord")
            assert found.call_count > 0


def test_buttons_are_keys_and_words() -> None:
    assert text_of(Sheet.buttons([("enter", "Store"), ("esc", "Cancel")])).split() == [
        "enter",
        "Store",
        "esc",
        "Cancel",
    ]
