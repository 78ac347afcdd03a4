"""The second line of the screen: the views with their numbers, the current one marked. Click to go there."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events

from dfs_tui.keys import key_name
from dfs_tui.messages import ActionRequested
from dfs_tui.view.cells import Cell, Span, Tone
from dfs_tui.widgets.lines import Lines


class Tabs(Lines):
    """`set_view` marks one. Names shrink to numbers when the line is too narrow for all of them."""

    def __init__(self, views: Sequence[tuple[str, str, str]], side: Sequence[tuple[str, str, str]] = ()) -> None:
        """`side` views are named only while one of them is on screen."""
        super().__init__(id="tabs")
        self._side = tuple(side)
        self._views = tuple(views)
        self._current = ""
        self._starts: list[tuple[int, int, str]] = []

    def set_view(self, view: str) -> None:
        self._current = view
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    def _draw(self) -> None:
        views = [*self._views, *(view for view in self._side if view[0] == self._current)]
        wide = sum(len(title) + len(key_name(key)) + 4 for _, key, title in views) + 1 <= self.size.width
        spans: list[Span] = [(" ", "")]
        self._starts = []
        at = 1
        for name, key, title in views:
            current = name == self._current
            said = f"{key_name(key)} {title}" if wide or current else key_name(key)
            text = f"[{said}]" if current else f" {said} "
            tone: Tone = "accent" if current else "dim"
            self._starts.append((at, at + len(text), name))
            spans += [(text, tone), (" ", "")]
            at += len(text) + 1
        line: Cell = tuple(spans)
        self.set_lines([line])

    def on_click(self, event: events.Click) -> None:
        for start, end, name in self._starts:
            if start <= event.x < end:
                self.post_message(ActionRequested(f"view_{name}"))
