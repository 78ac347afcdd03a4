"""A question before something for ever: it wants the name of the thing typed, so that no key does it by habit."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.widgets import Input

from dfs_tui.sheets.sheet import Sheet
from dfs_tui.view.cells import Cell
from dfs_tui.view.glyphs import Glyphs
from dfs_tui.widgets.lines import Lines


class RemoveSheet(Sheet[str]):
    """Dismissed with the name once it is typed and confirmed with enter, else with nothing."""

    holds = True

    def __init__(self, name: str, text: Sequence[str | Cell], glyphs: Glyphs, *, verb: str = "Remove") -> None:
        super().__init__(glyphs)
        self._verb = verb
        self._wanted = name
        self._text = tuple(text)
        self._field = Input(id="typed-name", compact=True, select_on_focus=False)
        self._below = Lines("remove-below")

    def compose(self) -> ComposeResult:
        about = Lines("remove-about")
        about.glyphs = self._below.glyphs = self.glyphs
        lines = self.paragraphs(self._text, 66)
        about.set_lines([*lines, (), (("Type ", ""), (self._wanted, "strong"), (" to confirm:", "")), ()])
        yield self.frame(
            f"{self._verb} {self._wanted}?", about, self.field("name", self._field), self._below, danger=True
        )

    def on_mount(self) -> None:
        self._field.focus()
        self._say()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._say()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if self._field.value == self._wanted:
            self.dismiss(self._wanted)

    def _say(self) -> None:
        typed = self._field.value == self._wanted
        choices = [("enter", f"{self._verb} it")] if typed else []
        self._below.set_lines([(), self.buttons([*choices, ("esc", "Cancel")])])
