"""Where the cluster is that does not answer: an address, a node's data folder or its control socket."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult

from dfs_tui.sheets.place import PlaceSheet
from dfs_tui.view import format as fmt
from dfs_tui.view.cells import Cell, cell
from dfs_tui.view.glyphs import Glyphs
from dfs_tui.widgets.lines import Lines
from dfs_tui.widgets.path_input import ListFolder

WIDTH = 68


class AddressSheet(PlaceSheet[str]):
    """Dismissed with a place."""

    def __init__(self, place: str, why: str, list_folder: ListFolder, glyphs: Glyphs) -> None:
        """`place` is where it was looked for, and `why` what came of it."""
        super().__init__(place, list_folder, glyphs)
        self._why = why

    def compose(self) -> ComposeResult:
        about = Lines("address-about")
        about.glyphs = self._below.glyphs = self.glyphs
        about.set_lines([*(cell(line, "warn") for line in fmt.wrap(self._why, WIDTH)), ()])
        yield self.frame("Where is the cluster?", about, self.field("at", self._place), self._below)

    def take(self, typed: str) -> None:
        self.dismiss(typed)

    def effect(self, typed: str) -> Sequence[Cell]:
        return [cell("HOST:PORT of a node, its data folder or its control socket.", "dim")]

    def ending(self) -> Sequence[Cell]:
        said = "It must answer first; until then everything stays as it is."
        return [cell(said, "dim"), (), self.buttons([("enter", "Go there"), ("tab", "complete"), ("esc", "Cancel")])]
