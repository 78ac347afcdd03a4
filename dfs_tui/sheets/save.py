"""Where the lines of the log are to be written. Nothing that exists is overwritten: a number is put behind the name."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.widgets import Input

from dfs_tui.sheets.retrieve import choice_lines
from dfs_tui.sheets.sheet import MARGIN, Sheet
from dfs_tui.view import format as fmt
from dfs_tui.view.cells import Cell, cell
from dfs_tui.view.glyphs import Glyphs
from dfs_tui.widgets.drop_input import DropInput
from dfs_tui.widgets.lines import Lines
from dfs_tui.widgets.path_input import ListFolder, PathInput


class SaveSheet(Sheet[str]):
    """Dismissed with a folder or a path."""

    def __init__(self, count: int, place: str, name: str, list_folder: ListFolder, glyphs: Glyphs) -> None:
        """`count` lines; `name` is what the file is called in a folder."""
        super().__init__(glyphs)
        self._count = count
        self._name = name
        self._place = PathInput(list_folder, value=place, id="place")
        self._below = Lines("save-below")

    def compose(self) -> ComposeResult:
        about = Lines("save-about")
        about.glyphs = self._below.glyphs = self.glyphs
        about.set_lines([cell("As they are filtered now, each with its date and time.", "dim"), ()])
        title = f"Write {fmt.plural(self._count, 'line')} of the log"
        yield self.frame(title, about, self.field("to", self._place), self._below)

    def on_mount(self) -> None:
        self._place.focus()
        self._place.cursor_position = len(self._place.value)
        self._say(())

    def on_path_input_choices_found(self, message: PathInput.ChoicesFound) -> None:
        message.stop()
        self._say(message.choices)

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._say(())

    def on_drop_input_pasted(self, message: DropInput.Pasted) -> None:
        message.stop()
        message.field.take_text(message.text)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if self._place.value.strip():
            self.dismiss(self._place.value.strip())

    def _say(self, choices: tuple[str, ...]) -> None:
        typed = self._place.value.strip()
        lines: list[Cell] = [()]
        if choices:
            lines += choice_lines(choices, self.size.width - MARGIN, self.glyphs)
        elif typed:
            path = f"{typed}{self._name}" if typed.endswith("/") else typed
            lines.append((("writes  ", "dim"), (fmt.clip_middle(fmt.printable(path), 60, self.glyphs.ellipsis), "")))
        else:
            lines.append(cell("a folder or a path", "warn"))
        buttons = self.buttons([("enter", "Write"), ("tab", "complete"), ("esc", "Cancel")])
        self._below.set_lines([*lines, (), buttons])
