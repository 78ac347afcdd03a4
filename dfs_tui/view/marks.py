"""Which rows are marked: what an action then works on instead of the row under the cursor."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


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

    def keep(self, rows: Iterable[str]) -> None:
        """Forget marks of rows that are gone."""
        self.marked.intersection_update(rows)
        self.revision += 1
