"""The files that are about to be stored, one a row, to take some of them out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from dfs_tui.messages import RowChosen
from dfs_tui.sheets.sheet import Sheet
from dfs_tui.view import format as fmt
from dfs_tui.view.cells import Column, Row, cell
from dfs_tui.view.glyphs import Glyphs
from dfs_tui.view.plan import Found
from dfs_tui.widgets.lines import Lines
from dfs_tui.widgets.virtual_table import VirtualTable

_KEYS = "space take out or put back   * reverse   enter done   esc back"
_COLUMNS = (
    Column("mark", "", 2),
    Column("name", "", 10, flex=1),
    Column("size", "", 10, align="right"),
    Column("what", "", 14, priority=1),
)


class FileListSheet(Sheet[frozenset[str]]):
    """Dismissed with the paths that are left out now. `about` says in a word what a file's key is."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "turn", show=False, priority=True),
        Binding("asterisk", "turn_all", show=False, priority=True),
    ]

    def __init__(
        self, files: Sequence[Found], left_out: Collection[str], about: Callable[[str], str], glyphs: Glyphs
    ) -> None:
        super().__init__(glyphs)
        self._files = {file.path: file for file in files}
        self._left_out = set(left_out)
        self._about = about
        self._counted = Lines("file-list-count")
        self._table = VirtualTable("file-list", _COLUMNS)

    def compose(self) -> ComposeResult:
        self._counted.glyphs = self._table.glyphs = self.glyphs
        frame = self.frame("What is stored", self._counted, self._table)
        frame.border_subtitle = _KEYS
        frame.add_class("-browse")
        yield frame

    def on_mount(self) -> None:
        self._table.focus()
        self._table.set_rows(list(self._files), self._cells)
        self._table.select(next(iter(self._files), ""))
        self._count()

    def _count(self) -> None:
        kept = [file for path, file in self._files.items() if path not in self._left_out]
        said = f"{len(kept)} of {fmt.plural(len(self._files), 'file')}, {fmt.size(sum(f.size_bytes for f in kept))}"
        self._counted.set_lines([cell(said, "strong")])

    def _cells(self, path: str) -> Row:
        file, out = self._files[path], path in self._left_out
        return {
            "mark": cell(self.glyphs.down if out else self.glyphs.done, "warn" if out else "good"),
            "name": cell(fmt.printable(file.name), "dim" if out else ""),
            "size": cell(fmt.size(file.size_bytes), "dim"),
            "what": cell("taken out" if out else self._about(path), "dim"),
        }

    def on_row_chosen(self, message: RowChosen) -> None:
        message.stop()
        self.dismiss(frozenset(self._left_out))

    def action_turn(self) -> None:
        """Take the file under the cursor out, or put it back, and go on to the next."""
        if path := self._table.cursor_id:
            self._left_out ^= {path}
            self._table.action_move(1)
            self._table.refresh_rows()
            self._count()

    def action_turn_all(self) -> None:
        """What is in goes out, what is out comes in."""
        self._left_out = set(self._files) - self._left_out
        self._table.refresh_rows()
        self._count()
