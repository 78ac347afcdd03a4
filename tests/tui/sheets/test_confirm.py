"""Questions."""

from __future__ import annotations

from dfs_tui.sheets.confirm import Choice, ConfirmSheet
from dfs_tui.view.glyphs import ASCII, UNICODE

from ..driving import dashboard
from .sheeting import shown

CHOICES = [Choice("k", "keep", "Keep running"), Choice("s", "stop", "Stop them")]


def question(text: str = "what now?") -> ConfirmSheet:
    return ConfirmSheet("Quit [b]?", [text, "", "and more"], CHOICES, UNICODE, danger=True)


async def test_a_letter_answers_and_enter_does_not() -> None:
    async with shown(question) as sheet:
        assert "Quit [b]?" in sheet.text
        assert "k Keep running" in sheet.text
        assert "esc Cancel" in sheet.text
        await sheet.press("enter", "space", "x")
        assert sheet.app.answers == []
        await sheet.press("s")
        assert sheet.app.answers == ["stop"]


async def test_long_and_hostile_text_is_wrapped_and_harmless() -> None:
    text = "\x1b[2J" + "word " * 60
    async with shown(lambda: question(text)) as sheet:
        assert "\\x1b[2Jword" in sheet.text
        assert max(len(line) for line in sheet.text.splitlines()) <= 80


async def test_a_dangerous_question_is_drawn_in_ascii_as_well_where_that_is_asked_for() -> None:
    async with dashboard(glyphs=ASCII) as drive:
        await drive.press("K")
        assert "SIGKILL" in drive.text
        assert drive.text.isascii()
