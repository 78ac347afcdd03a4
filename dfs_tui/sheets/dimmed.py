"""What is below a sheet: the same picture, darker.

The toolkit mixes the colours of every piece of it anew, for each painting. There are a few dozen looks in a picture of
two thousand pieces, so each is darkened once and remembered.
"""

from __future__ import annotations

from functools import lru_cache

from rich.segment import Segment
from rich.style import Style as RichStyle
from textual.color import Color
from textual.css.styles import RulesMap
from textual.renderables.background_screen import BackgroundScreen
from textual.screen import Screen
from textual.strip import Strip
from textual.style import Style
from textual.visual import RenderOptions, Visual


class Dimmed(Visual):
    """The picture of a screen under a colour that lets something through."""

    def __init__(self, below: Screen[object], color: Color) -> None:
        self._below, self._color = below, color

    def render_strips(self, width: int, height: int | None, style: Style, options: RenderOptions) -> list[Strip]:
        strips = self._below._compositor.render_strips()[:height]
        return [
            Strip([Segment(text, darker(look, self._color)) for text, look, control in strip if not control])
            for strip in strips
        ]

    def get_optimal_width(self, rules: RulesMap, container_width: int) -> int:
        return container_width

    def get_height(self, rules: RulesMap, width: int) -> int:
        return self._below.size.height


@lru_cache(maxsize=1024)
def darker(look: RichStyle | None, color: Color) -> RichStyle | None:
    """As the toolkit darkens it; without colours of our own, as the terminal does."""
    if not color.a:
        return (look.clear_meta_and_links() if look is not None else RichStyle()) + RichStyle(dim=True)
    (segment,) = BackgroundScreen.process_segments([Segment(" ", look)], color)
    return segment.style
