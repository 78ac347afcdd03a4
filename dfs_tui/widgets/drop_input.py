"""A text field that does not swallow dropped files: what is pasted into it is offered to its screen first."""

from __future__ import annotations

from textual import events
from textual.message import Message
from textual.widgets import Input

from dfs_tui.view.format import printable


class DropInput(Input):
    """Whoever handles `Pasted` either takes the files it names or gives the text back with `take_text`."""

    class Pasted(Message):
        """Text was pasted, or files were dropped, while this field had the focus."""

        def __init__(self, field: DropInput, text: str) -> None:
            super().__init__()
            self.field = field
            self.text = text

    def _on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        if event.text:
            self.post_message(self.Pasted(self, event.text))

    def take_text(self, text: str) -> None:
        """It was text after all: put its first line where the cursor is. A line break never acts as Enter."""
        lines = text.splitlines()
        if lines:
            self.insert_text_at_cursor(printable(lines[0]))
