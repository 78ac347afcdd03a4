"""The filter field: says what was typed at every letter, and gives the focus back with enter or escape."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widgets import Input

from dfs_tui.messages import FilterTyped
from dfs_tui.widgets.drop_input import DropInput


class FilterLine(DropInput):
    """Enter keeps the filter, escape clears it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "clear", show=False)]

    def __init__(self) -> None:
        super().__init__(id="filter", compact=True)

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        if self.display:
            self.post_message(FilterTyped(event.value, closed=False))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(FilterTyped(self.value, closed=True))

    def action_clear(self) -> None:
        self.value = ""
        self.post_message(FilterTyped("", closed=True))
