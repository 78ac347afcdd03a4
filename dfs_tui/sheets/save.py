"""Where the lines of the log are to be written. Nothing that exists is overwritten: a number is put behind the name."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult

from dfs_tui.sheets.place import PlaceSheet
from dfs_tui.view import format as fmt
from dfs_tui.view.cells import Cell, cell
from dfs_tui.view.glyphs import Glyphs
from dfs_tui.widgets.lines import Lines
from dfs_tui.widgets.path_input import ListFolder


class SaveSheet(PlaceSheet[str]):
    """Dismissed with a folder or a path."""

    def __init__(self, count: int, place: str, name: str, list_folder: ListFolder, glyphs: Glyphs) -> None:
        """`count` lines; `name` is what the file is called in a folder."""
        super().__init__(place, list_folder, glyphs)
        self._count = count
        self._name = name

    def compose(self) -> ComposeResult:
        about = Lines("save-about")
        about.glyphs = self._below.glyphs = self.glyphs
        about.set_lines([cell("As they are filtered now, each with its date and time.", "dim"), ()])
        title = f"Write {fmt.plural(self._count, 'line')} of the log"
        yield self.frame(title, about, self.field("to", self._place), self._below)

    def take(self, typed: str) -> None:
        self.dismiss(typed)

    def effect(self, typed: str) -> Sequence[Cell]:
        path = f"{typed}{self._name}" if typed.endswith("/") else typed
        return [(("writes  ", "dim"), (fmt.clip_middle(fmt.printable(path), 60, self.glyphs.ellipsis), ""))]

    def ending(self) -> Sequence[Cell]:
        return [(), self.buttons([("enter", "Write"), ("tab", "complete"), ("esc", "Cancel")])]
