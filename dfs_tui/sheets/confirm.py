"""A question before something that cannot be taken back, or that has more than one good answer. It names the thing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual import events
from textual.app import ComposeResult

from dfs_tui.sheets.sheet import Sheet
from dfs_tui.view.cells import Cell
from dfs_tui.view.glyphs import Glyphs
from dfs_tui.widgets.lines import Lines


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer: the key that gives it and its words."""

    key: str
    id: str
    label: str


class ConfirmSheet(Sheet[str]):
    """Dismissed with the id of the choice, or nothing. Enter is never an answer: it may still be on its way."""

    holds = True

    def __init__(
        self, title: str, text: Sequence[str | Cell], choices: Sequence[Choice], glyphs: Glyphs, *, danger: bool = False
    ) -> None:
        super().__init__(glyphs)
        self._heading = title
        self._text = tuple(text)
        self._choices = tuple(choices)
        self._danger = danger

    def compose(self) -> ComposeResult:
        lines = self.paragraphs(self._text, 70)
        answers = [(choice.key, choice.label) for choice in self._choices]
        body = Lines("confirm-text")
        body.glyphs = self.glyphs
        body.set_lines([*lines, (), self.buttons([*answers, ("esc", "Cancel")])])
        yield self.frame(self._heading, body, danger=self._danger)

    def on_key(self, event: events.Key) -> None:
        for choice in self._choices:
            if event.key == choice.key or event.character == choice.key:
                event.stop()
                self.dismiss(choice.id)
                return
