"""What stands in the frame of a box: its title, how much of it is shown, and what is wrong with what it shows."""

from __future__ import annotations

from typing import cast

from textual.content import Content
from textual.widget import Widget

from dfs_tui.view.glyphs import UNICODE, Glyphs


class Titled:
    """Words in the frame; never markup. They are painted when they change.

    No widget itself: the toolkit finds the styles of a widget by the first of its bases that is one.
    """

    glyphs: Glyphs = UNICODE
    _titles = ("", "")
    _counted = ""
    _note = ""
    _drawn = ("", "")

    def set_title(self, title: str, subtitle: str = "") -> None:
        """Above, and below."""
        self._titles = (title, subtitle)
        self._entitle()

    def set_count(self, counted: str) -> None:
        """How many of the rows are shown, and why not all; empty: all are."""
        self._counted = counted
        self._entitle()

    def set_note(self, note: str) -> None:
        """What is wrong with what is shown: old, or not all of it; empty: nothing."""
        if note != self._note:
            self._note = note
            self._entitle()

    def _entitle(self) -> None:
        title, subtitle = self._titles
        title = f" {self.glyphs.dot} ".join(said for said in (title, self._note) if said)
        below = f" {self.glyphs.dot} ".join(said for said in (self._counted, subtitle) if said)
        if (title, below) != self._drawn:
            self._drawn = (title, below)
            box = cast("Widget", self)
            box.border_title = Content(title) if title else None
            box.border_subtitle = Content(below) if below else None
