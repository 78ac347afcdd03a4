"""Tones become styles here and nowhere else."""

from __future__ import annotations

from rich.style import Style

from dfs_tui.view.cells import TONES
from dfs_tui.widgets.lines import Lines
from dfs_tui.widgets.spans import blanks, line, tone_style

from ..hosting import hosted


async def test_every_tone_has_a_style_of_its_own_and_none_has_a_background() -> None:
    lines = Lines("x")
    async with hosted(lines):
        styles = {tone: tone_style(lines, tone) for tone in TONES}
        assert styles[""] == Style.null()
        assert len({(style.color, style.bold) for tone, style in styles.items() if tone}) == len(TONES) - 1
        assert all(style.bgcolor is None for style in styles.values())


async def test_a_line_is_exactly_as_wide_as_asked() -> None:
    lines = Lines("x")
    async with hosted(lines):
        for text in ("", "short", "日本語の長い名前です"):
            strip = line(lines, ((text, "good"),), 12, Style.null(), "…")
            assert sum(segment.cell_length for segment in strip) == 12
    assert blanks(3) == "   "
