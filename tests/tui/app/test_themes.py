"""The dashboard's own colours can be told apart and read."""

from __future__ import annotations

import pytest
from textual.color import Color
from textual.theme import Theme

from dfs_tui.app.themes import THEMES

READABLE = 4.5  # the contrast that WCAG asks of text


def luminance(color: Color) -> float:
    def linear(value: int) -> float:
        share = value / 255
        return share / 12.92 if share <= 0.03928 else ((share + 0.055) / 1.055) ** 2.4

    return 0.2126 * linear(color.r) + 0.7152 * linear(color.g) + 0.0722 * linear(color.b)


def contrast(first: str, second: str) -> float:
    bright, dark = sorted((luminance(Color.parse(first)), luminance(Color.parse(second))), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_every_colour_of_text_is_readable_on_both_backgrounds(theme: Theme) -> None:
    for name in ("foreground", "accent", "success", "warning", "error"):
        for ground in (theme.background, theme.surface):
            assert contrast(getattr(theme, name), str(ground)) >= READABLE, (name, ground)


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_states_have_colours_of_their_own(theme: Theme) -> None:
    assert len({theme.accent, theme.success, theme.warning, theme.error, theme.foreground}) == 5
