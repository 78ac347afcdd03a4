"""A widget of plain lines: each is spans with tones, and nothing wraps. Repaints only lines that changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from dfs_tui.view.cells import Cell
from dfs_tui.widgets.spans import TONE_CLASSES, line
from dfs_tui.widgets.titled import Titled


class Lines(Widget, Titled):
    """Shows what `set_lines` was given."""

    COMPONENT_CLASSES: ClassVar[set[str]] = set(TONE_CLASSES)

    def __init__(self, id: str, classes: str = "") -> None:  # noqa: A002 - Textual's own word
        super().__init__(id=id, classes=classes)
        self._lines: tuple[Cell, ...] = ()

    @property
    def shown(self) -> tuple[Cell, ...]:
        """What it was given last."""
        return self._lines

    def set_lines(self, lines: Sequence[Cell]) -> None:
        """Show these lines; those that say the same as before are not painted again."""
        before, self._lines = self._lines, tuple(lines)
        if len(before) != len(self._lines) and self.styles.height is not None and self.styles.height.is_auto:
            self.refresh(layout=True)
            return
        for y in range(max(len(before), len(self._lines))):
            old = before[y] if y < len(before) else None
            new = self._lines[y] if y < len(self._lines) else None
            if old != new:
                self.refresh(Region(0, y, self.size.width, 1))

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        return max(len(self._lines), 1)

    def render_line(self, y: int) -> Strip:
        spans = self._lines[y] if y < len(self._lines) else ()
        return line(self, spans, self.size.width, self.rich_style, self.glyphs.ellipsis)
