"""Which rows are marked: what an action then works on instead of the row under the cursor."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dfs_tui.view import format as fmt
from dfs_tui.view.cells import Cell
from dfs_tui.view.glyphs import Glyphs

# By view: what its rows are called that can be marked.
NOUNS = {
    "cluster": "nodes",
    "nodes": "nodes",
    "peers": "links",
    "keys": "keys",
    "transfers": "transfers",
    "repair": "workers",
}


class Marks:
    """Marked ids, and the row at which a range was begun; empty when none is."""

    def __init__(self) -> None:
        self.marked: set[str] = set()
        self.anchor = ""
        self.revision = 0
        self._last = ""

    def __contains__(self, row: object) -> bool:
        return row in self.marked

    def __len__(self) -> int:
        return len(self.marked)

    def toggle(self, row: str) -> None:
        """Mark a row, or take its mark away."""
        self.marked ^= {row}
        self._last = row
        self.revision += 1

    def mark(self, rows: Iterable[str]) -> None:
        """Mark these as well."""
        self.marked.update(rows)
        self.revision += 1

    def span(self, rows: Sequence[str], row: str) -> bool:
        """The first call begins a range at `row`, the second marks from there to `row`; True when it did."""
        if not self.anchor or self.anchor not in rows:
            self.anchor = row
            self.revision += 1
            return False
        self._mark_between(rows, self.anchor, row)
        self.anchor = ""
        return True

    def up_to(self, rows: Sequence[str], row: str) -> None:
        """Mark from the row that was marked last to `row`; without one, from the top."""
        start = self._last if self._last in rows else rows[0]
        self._mark_between(rows, start, row)

    def _mark_between(self, rows: Sequence[str], start: str, end: str) -> None:
        first, last = sorted((rows.index(start), rows.index(end)))
        self.marked.update(rows[first : last + 1])
        self._last = end
        self.revision += 1

    def invert(self, rows: Iterable[str]) -> None:
        """Mark those of `rows` that are not, and the other way round."""
        self.marked ^= set(rows)
        self.revision += 1

    def clear(self) -> bool:
        """Give up a range that was begun, else all marks; False when there was neither."""
        if not self.anchor and not self.marked:
            return False
        if self.anchor:
            self.anchor = ""
        else:
            self.marked.clear()
        self.revision += 1
        return True

    def drop(self) -> None:
        """Give up everything: what is done next names what it is about."""
        self.anchor = ""
        self.marked.clear()
        self.revision += 1

    def keep(self, rows: Iterable[str]) -> None:
        """Forget marks of rows that are gone."""
        self.marked.intersection_update(rows)
        self.revision += 1


def marked_line(marks: Marks | None, view: str, hidden: int, glyphs: Glyphs) -> Cell:
    """What actions are about while rows are marked, or a range is begun; nothing otherwise. `hidden`: by a filter."""
    if marks is None or not (marks or marks.anchor):
        return ()
    if marks.anchor:
        return ((f" {glyphs.mark} ", "good"), ("A range begins here: move to its other end; v ends it.", ""))
    some = f", {hidden} of them hidden by the filter" if hidden else ""
    said = f"{fmt.count(len(marks))} marked{some}: actions apply to the marked {NOUNS.get(view, 'rows')}"
    return ((f" {glyphs.mark} ", "good"), (said, ""), (" (esc clears)", "dim"))
