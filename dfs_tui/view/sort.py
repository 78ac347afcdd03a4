"""In which order keys are shown. Ties are broken by the key, so that an order never flickers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import attrgetter

from dfs_tui.view.values import KeyEntry

COLUMNS = ("key", "size", "copies", "age")
_BY: dict[str, Callable[[KeyEntry], tuple[float, str]]] = {
    "size": lambda entry: (-entry.size_bytes, entry.key),
    "copies": lambda entry: (entry.copies, entry.key),
    "age": lambda entry: (-entry.stored_s, entry.key),
}
# Whether large values come first, and the value itself.
_VALUES: dict[str, tuple[bool, Callable[[KeyEntry], float]]] = {
    "size": (True, attrgetter("size_bytes")),
    "copies": (False, attrgetter("copies")),
    "age": (True, attrgetter("stored_s")),
}


@dataclass(frozen=True, slots=True)
class Order:
    """What people want first comes first: large ones, few copies, newest; `reverse` turns it round."""

    column: str = "key"
    reverse: bool = False

    @property
    def natural(self) -> bool:
        """By key, upwards: the order in which nodes list keys."""
        return self.column == "key" and not self.reverse

    def rank(self, entry: KeyEntry) -> tuple[float, str]:
        """What entries are compared by, before `reverse`."""
        by = _BY.get(self.column)
        return (0.0, entry.key) if by is None else by(entry)

    def arranged(self, entries: Mapping[str, KeyEntry]) -> list[str]:
        """All keys in this order. Two plain sorts, by key and then by value, take a third of one by rank."""
        names = sorted(entries, reverse=self.reverse)
        if self.column not in _VALUES:
            return names
        descending, value = _VALUES[self.column]
        values = {name: value(entries[name]) for name in names}
        # `sorted` keeps what is equal as it stands, also with `reverse`: ties stay by key.
        return sorted(names, key=values.__getitem__, reverse=descending != self.reverse)

    def next(self) -> Order:
        """By the next column."""
        return Order(COLUMNS[(COLUMNS.index(self.column) + 1) % len(COLUMNS)])

    def turned(self) -> Order:
        """The other way round."""
        return Order(self.column, not self.reverse)
