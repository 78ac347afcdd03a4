"""Folders of the key list that are folded: each is one row in place of the keys below it.

A folded folder's row is named by its prefix, which ends with a slash as no key can. Folding needs the natural order,
where all keys of a folder stand together; in any other order nothing is folded.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from dfs_tui.view import format as fmt
from dfs_tui.view.cells import Row, cell
from dfs_tui.view.glyphs import Glyphs
from dfs_tui.view.keys import KeyIndex


@dataclass(frozen=True, slots=True)
class Folder:
    """What is below a folded prefix, as far as it is visible."""

    keys: int
    size_bytes: int


class Folds:
    """`rows` is what the table shows. Recomputed only when the list or what is folded changed."""

    def __init__(self) -> None:
        self.folded: set[str] = set()
        self.folders: dict[str, Folder] = {}
        self._rows: Sequence[str] = ()
        self._made_for: tuple[int, frozenset[str]] = (-1, frozenset())

    def toggle(self, row: str) -> str:
        """Unfold a folded row, or fold the folder of a key; the row that stands there now, empty when none does."""
        if row in self.folded:
            self.folded.discard(row)
            return ""
        folder = row.rpartition("/")[0]
        if not folder:
            return ""
        self.folded.add(f"{folder}/")
        return f"{folder}/"

    def rows(self, index: KeyIndex) -> Sequence[str]:
        """The visible keys with every folded folder as one row."""
        if not self.folded or not index.order.natural:
            return index.visible
        wanted = (index.revision, frozenset(self.folded))
        if wanted != self._made_for:
            self._made_for = wanted
            self._rows = self._make(index)
        return self._rows

    def _make(self, index: KeyIndex) -> list[str]:
        names = index.visible
        rows: list[str] = []
        self.folders = {}
        at = 0
        for prefix in sorted(self.folded):
            start = bisect_left(names, prefix, at)
            end = bisect_left(names, prefix[:-1] + "0", start)  # "0" is the character after "/"
            if start == end or any(prefix != other and prefix.startswith(other) for other in self.folders):
                continue
            rows += [*names[at:start], prefix]
            self.folders[prefix] = Folder(end - start, sum(index.entries[name].size_bytes for name in names[start:end]))
            at = end
        return [*rows, *names[at:]]


def folder_cells(prefix: str, folder: Folder, glyphs: Glyphs, *, width: int) -> Row:
    """The row of a folded folder."""
    name = fmt.clip_middle(fmt.printable(prefix), width - 2, glyphs.ellipsis) if width else fmt.printable(prefix)
    return {
        "key": ((f"{glyphs.cursor} ", "accent"), (name, "strong")),
        "size": cell(fmt.size(folder.size_bytes)),
        "copies": cell(fmt.count(folder.keys), "dim"),
        "age": cell("keys" if folder.keys != 1 else "key", "dim"),
    }
