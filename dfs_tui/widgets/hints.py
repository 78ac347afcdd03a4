"""The last line of the screen: what can be done here, as keys and words. It never overflows; click a hint to do it."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events

from dfs_tui.keys import Action, fit_hints, key_name
from dfs_tui.messages import ActionRequested
from dfs_tui.view.cells import Span
from dfs_tui.widgets.lines import Lines


class Hints(Lines):
    """`set_actions` says what is offered, most useful first, the help last; what does not fit is left to the help."""

    def __init__(self) -> None:
        super().__init__(id="hints")
        self._actions: tuple[Action, ...] = ()
        self._starts: list[tuple[int, int, str]] = []
        self._tag = ""

    def set_actions(self, actions: Sequence[Action], *, tag: str = "") -> None:
        """`tag`: a word that stands before them, whatever has to be left out for it."""
        if (tuple(actions), tag) != (self._actions, self._tag):
            self._actions, self._tag = tuple(actions), tag
            self._draw()

    def on_resize(self) -> None:
        self._draw()

    def _draw(self) -> None:
        if not self._actions or self.size.width < 4:
            return
        before = len(self._tag) + 2 if self._tag else 0
        shown, cut = fit_hints(list(self._actions), self.size.width - 2 - before, self.glyphs.ellipsis)
        spans: list[Span] = [(" ", "")]
        spans += [(self._tag, "warn"), ("  ", "")] if self._tag else []
        self._starts = []
        at = 1 + before
        for index, action in enumerate(shown):
            if cut and index == len(shown) - 1:
                spans.append((f"{self.glyphs.ellipsis}  ", "dim"))
                at += len(self.glyphs.ellipsis) + 2
            key = key_name(action.keys[0])
            spans += [(key, "accent"), (f" {action.label}", "dim"), ("  ", "")]
            self._starts.append((at, at + len(key) + 1 + len(action.label), action.id))
            at += len(key) + 3 + len(action.label)
        self.set_lines([tuple(spans)])

    def on_click(self, event: events.Click) -> None:
        for start, end, name in self._starts:
            if start <= event.x < end:
                self.post_message(ActionRequested(name))
