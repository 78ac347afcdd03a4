"""4 Keys: everything that is stored, and the key under the cursor in full."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult

from dfs_tui.panes.pane import Pane
from dfs_tui.view import format as fmt
from dfs_tui.view.cells import Row, cell
from dfs_tui.view.cluster import Connection
from dfs_tui.view.folding import Folds, folder_cells
from dfs_tui.view.key_detail import key_detail
from dfs_tui.view.keys import KEY_COLUMNS, KeyIndex, key_cells
from dfs_tui.view.marks import Marks
from dfs_tui.view.picture import Picture
from dfs_tui.view.status import keys_empty
from dfs_tui.widgets.lines import Lines
from dfs_tui.widgets.titled import Titled
from dfs_tui.widgets.virtual_table import VirtualTable

_NONE = (cell("The selected key is shown here in full.", "dim"),)


class KeysPane(Pane):
    """The key list, filtered, sorted and folded; marks are those of the picture."""

    def __init__(self) -> None:
        super().__init__(id="keys")
        self.table = VirtualTable("keys", KEY_COLUMNS, sorts="app")
        self.detail = Lines("key-detail", classes="panel")
        self.folds = Folds()
        self._weighed = (-1, -1)
        self._marked_bytes = 0

    def compose(self) -> ComposeResult:
        yield self.table
        yield self.detail

    def told(self) -> tuple[Sequence[Titled], Sequence[Titled]]:
        return (self.table,), (self.detail,)

    def main_table(self) -> VirtualTable:
        return self.table

    def show(self, picture: Picture) -> None:
        index = picture.keys
        wanted = picture.copies_wanted
        stale = picture.view.connection is not Connection.LIVE
        self.table.marked = picture.marks
        wide = self.table.name_width("key")
        rows = self.folds.rows(index)

        def cells(row: str) -> Row:
            if row in self.folds.folders and row not in index.entries:
                return folder_cells(row, self.folds.folders[row], picture.glyphs, width=wide)
            entry = index.entries[row]
            return key_cells(entry, wanted, picture.wall_s, picture.glyphs, stale=stale, width=wide)

        self.table.sorted_by, self.table.reverse = index.order.column, index.order.reverse
        self.table.set_title("Keys", self._said(picture))
        find = index.find if rows is index.visible else None
        self.table.set_rows(rows, cells, find=find, empty=keys_empty(picture))
        self.show_detail(picture)

    def show_detail(self, picture: Picture) -> None:
        """Say what is known about the key under the cursor."""
        if not self.detail.display or not self.detail.size.width:
            return
        entry = picture.keys.entries.get(self.table.cursor_id)
        self.detail.set_title("Detail" if entry is not None else "")
        self.detail.set_lines(key_detail(entry, picture, self.detail.size.width) if entry is not None else _NONE)

    def keys_of(self, rows: Sequence[str], index: KeyIndex) -> list[str]:
        """The keys these rows stand for: themselves, or all that a folded folder hides."""
        found: list[str] = []
        for row in rows:
            found += index.below(row) if row.endswith("/") else [row] if row in index.entries else []
        return found

    def _said(self, picture: Picture) -> str:
        index, marks = picture.keys, picture.marks
        total = fmt.count(len(index.entries))
        dot = f" {picture.glyphs.dot} "
        marked = f"{dot}{fmt.count(len(marks))} marked{dot}{fmt.size(self._weigh(index, marks))}" if len(marks) else ""
        if marks.anchor:
            marked += f"{dot}range: v ends it"
        if index.filter:
            text = fmt.clip(fmt.printable(index.filter.text), 40, picture.glyphs.ellipsis)
            unknown = f"{dot}{fmt.count(len(index.unplaced))} not known" if index.unplaced else ""
            return f"{fmt.count(len(index.visible))} of {total}{dot}/{text}{unknown}{marked}"
        if index.loading and index.entries:
            return f"loading, {total} so far{marked}"
        if not index.entries:
            return ""
        return f"{fmt.plural(len(index.entries), 'key')}{dot}{fmt.size(index.size_bytes)}{marked}"

    def _weigh(self, index: KeyIndex, marks: Marks) -> int:
        """Bytes of all marked keys; marks may be many, so they are added up only when something changed."""
        now = (index.revision, marks.revision)
        if now != self._weighed:
            self._weighed = now
            marks.marked = {row for row in marks.marked if row in index.entries or row.endswith("/")}
            keys = self.keys_of(list(marks.marked), index)
            self._marked_bytes = sum(index.entries[key].size_bytes for key in keys)
        return self._marked_bytes
