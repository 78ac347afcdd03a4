"""Keys whose chunks have too few copies, the weakest first: what healing is about."""

from __future__ import annotations

from heapq import nsmallest

from dfs_tui.view import bars
from dfs_tui.view import format as fmt
from dfs_tui.view.cells import Column, Row, cell
from dfs_tui.view.glyphs import Glyphs
from dfs_tui.view.picture import Picture
from dfs_tui.view.values import KeyEntry

SHOWN_MAX = 200
AGAIN_S = 1.0


class WeakKeys:
    """Looked for once a second at most: it takes a look at every key."""

    def __init__(self) -> None:
        self.count = 0
        self._rows: list[str] = []
        self._looked_at = float("-inf")

    def rows(self, picture: Picture) -> list[str]:
        """Up to SHOWN_MAX keys, fewest copies first; `count` is how many there are."""
        wanted = picture.copies_wanted
        self.count = sum(number for copies, number in picture.keys.by_copies.items() if 0 <= copies < wanted)
        if not self.count:
            self._rows = []
        elif picture.now - self._looked_at >= AGAIN_S:
            self._looked_at = picture.now
            entries = (entry for entry in picture.keys.entries.values() if 0 <= entry.copies < wanted)
            self._rows = [entry.key for entry in nsmallest(SHOWN_MAX, entries, key=lambda e: (e.copies, e.key))]
        return [key for key in self._rows if key in picture.keys.entries]


WEAK_COLUMNS = (
    Column("key", "KEY", 18, flex=1),
    Column("copies", "COPIES", 7),
    Column("said", "", 9),
    Column("size", "SIZE", 9, align="right", priority=1),
)


def weak_cells(entry: KeyEntry, wanted: int, glyphs: Glyphs, *, width: int = 0) -> Row:
    """One row."""
    name = fmt.printable(entry.key)
    return {
        "key": cell(fmt.clip_middle(name, width, glyphs.ellipsis) if width else name),
        "=key": cell(name),
        "copies": bars.copies(entry.copies, wanted, glyphs),
        "said": cell(f"{max(entry.copies, 0)} of {wanted}" if entry.copies < wanted else f"{glyphs.done} whole", "dim"),
        "size": cell(fmt.size(entry.size_bytes), "dim"),
    }
