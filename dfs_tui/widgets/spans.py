"""From spans with tones to Textual strips: the one place where a tone becomes a style.

Text reaches the screen as plain segments, never as markup: names may contain anything.
"""

from __future__ import annotations

from functools import lru_cache

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from dfs_tui.view.cells import TONES, Cell, Tone, clip_cell

TONE_CLASSES = {f"tone--{tone}" for tone in TONES if tone}


def tone_style(widget: Widget, tone: Tone) -> Style:
    """What the widget's style sheet says of a tone's letters; of the plain one, nothing.

    Only the letters': a colour with an opacity is blended with the widget's background here, and the background itself
    is the row's business.
    """
    if not tone:
        return Style.null()
    return _letters(widget.get_component_rich_style(f"tone--{tone}"))


@lru_cache(maxsize=512)
def _letters(style: Style) -> Style:
    return Style(color=style.color, bold=style.bold or None, dim=style.dim or None, reverse=style.reverse or None)


def line(widget: Widget, spans: Cell, width: int, base: Style, ellipsis: str) -> Strip:
    """One screen line: `spans` on `base`, cut or filled up to `width` cells."""
    clipped, used = clip_cell(spans, width, ellipsis)
    segments = [Segment(text, base + tone_style(widget, tone)) for text, tone in clipped if text]
    if used < width:
        segments.append(Segment(blanks(width - used), base))
    return Strip(segments, width)


@lru_cache(maxsize=512)
def blanks(width: int) -> str:
    """So many blank cells."""
    return " " * width
