"""What a table does to show only some of its rows: those that a filter line lets through, and it says of how many."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from dfs_tui.view.cells import Cell, Row
from dfs_tui.view.format import clip, printable
from dfs_tui.view.row_filter import RowFilter, nothing_found
from dfs_tui.widgets.titled import Titled

Find = Callable[[str], int | None]
Cells = Callable[[str], Row]
Given = tuple[Sequence[str], Cells, Find | None, Sequence[Cell]]

_WIDTH = 30  # of the filter's text in the frame


class Filtered(Titled):
    """`noun`: what one row is called ("node"); empty: somebody else filters what this table is given."""

    noun = ""
    filter = RowFilter()
    _given: Given = ((), lambda _: {}, None, ())

    def set_rows(
        self, ids: Sequence[str], cells: Cells, *, find: Find | None = None, empty: Sequence[Cell] = ()
    ) -> None:
        """Show these rows."""
        raise NotImplementedError

    def show_only(self, filtered: RowFilter) -> None:
        """Filter by this from now on."""
        self.filter = filtered
        if not filtered:
            self.set_count("")
        ids, cells, find, empty = self._given
        self.set_rows(ids, cells, find=find, empty=empty)

    def hidden(self, rows: Collection[str]) -> int:
        """How many of these are not shown for the filter."""
        return len(rows) - sum(row in rows for row in self.filter.select(*self._given[:2])) if self.filter else 0

    def _let_through(self, given: Given) -> Given:
        """What of it is shown."""
        self._given = given
        if not self.filter:
            return given
        every, cells, _, empty = given
        ids = self.filter.select(every, cells)
        text = clip(printable(self.filter.text), _WIDTH, self.glyphs.ellipsis)
        self.set_count(f"{len(ids)} of {len(every)} {self.glyphs.dot} /{text}")
        return ids, cells, None, nothing_found(self.noun, self.filter.text) if every else empty
