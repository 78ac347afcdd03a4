"""What is below a sheet."""

from __future__ import annotations

from unittest import mock

import pytest
from rich.style import Style as RichStyle
from textual.color import Color
from textual.renderables.background_screen import BackgroundScreen

from dfs_tui.sheets.dimmed import Dimmed, darker

from ..driving import dashboard

TINT = Color(10, 20, 30, 0.6)


async def test_it_is_the_picture_that_the_toolkit_would_make() -> None:
    async with dashboard() as drive:
        below = drive.app.screen
        dimmed = Dimmed(below, TINT)
        strips = dimmed.render_strips(120, 36, mock.Mock(), mock.Mock())
        assert len(strips) == dimmed.get_height(mock.Mock(), 120) == 36
        for strip, plain in zip(strips, below._compositor.render_strips(), strict=True):
            assert list(strip) == list(BackgroundScreen.process_segments(plain, TINT))


async def test_each_look_is_darkened_once() -> None:
    darker.cache_clear()
    async with dashboard() as drive:
        with mock.patch.object(BackgroundScreen, "process_segments", wraps=BackgroundScreen.process_segments) as made:
            await drive.press("K")
            assert "SIGKILL" in drive.text
            looks = made.call_count
            assert 0 < looks < 200, "a few dozen, and not the pieces of the picture"
            await drive.press("escape", "K")
            assert made.call_count == looks


async def test_what_is_below_a_sheet_goes_on() -> None:
    async with dashboard() as drive:
        await drive.press("colon")
        assert "Command" in drive.text
        clock = drive.text.splitlines()[0][-9:]
        await drive.pass_time(2.0)
        assert drive.text.splitlines()[0][-9:] != clock


async def test_without_colours_what_is_below_stays_to_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with dashboard() as drive:
        await drive.press("K")
        assert "SIGKILL" in drive.text
        assert "HEALTHY" in drive.text.splitlines()[0], "the terminal's own colours mix with nothing"


def test_without_colours_it_is_fainter() -> None:
    look = darker(RichStyle(bold=True), Color(0, 0, 0, 0))
    assert look is not None
    assert look.dim
    assert look.bold
