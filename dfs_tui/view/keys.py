"""The list of keys: all of them, and the part and order that is shown.

Long (100,000 keys and more) and changed often, so it is kept in place instead of as a value. Two lists of names stand
beside the entries: every key in the current order, and those that the filter lets through; without a filter they are
one. A change costs a lookup and an insertion, typing a filter one pass over the names, and only another order (or a
great many changes at once) a sort. `revision` grows whenever `visible` becomes another list or its order changes;
entries that change in place (their copies, their size) do not move it.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Iterable, Sequence
from operator import attrgetter

from dfs_tui.view import bars
from dfs_tui.view import format as fmt
from dfs_tui.view.cells import Column, Row, Tone, cell
from dfs_tui.view.events import KeyEvent, KeyRemoved, KeysListed, KeysRestarted, KeyStored
from dfs_tui.view.filter import Filter
from dfs_tui.view.glyphs import Glyphs
from dfs_tui.view.places import Places
from dfs_tui.view.sort import Order
from dfs_tui.view.values import KeyEntry

BURIED_MAX = 10_000  # removals remembered, for nodes that tell of them late
_SIZE, _COPIES = attrgetter("size_bytes"), attrgetter("copies")
MOVES_MAX = 64  # insertions and deletions in one go; beyond, one sort is quicker


class KeyIndex:
    """Every known key, and which of them are visible. `loading` while the list is still being read."""

    def __init__(self) -> None:
        self.entries: dict[str, KeyEntry] = {}
        self.visible: list[str] = []
        self.filter = Filter()
        self._shown_by = self.filter  # what `visible` was made by
        self.order = Order()
        self.loading = True
        self.places = Places()
        self.unplaced: list[str] = []  # keys of which a filter by nodes would have to know where they are
        self.revision = 0
        self.size_bytes = 0
        self.by_copies: dict[int, int] = {}  # how many keys have so many copies
        self._all = self.visible  # every key in the current order
        self._unordered = False  # `_all` must be made anew before it is used
        self._unfiltered = False  # and so must `visible`
        self._moves = 0
        self._unseen: set[str] | None = None  # while re-reading: known keys that were not listed yet
        self._buried: dict[str, int] = {}  # removed lately, with the tombstone's version

    # -- changes

    def apply(self, events: Iterable[KeyEvent], wall_s: float) -> bool:
        """Take in what happened; True when anything on screen may differ. Call `settle` before reading `visible`."""
        changed = False
        self._moves = 0
        for event in events:
            changed = True
            match event:
                case KeysRestarted():
                    self.loading = True
                    self._unseen = set(self.entries)
                case KeysListed():
                    self._list(event.entries, wall_s)
                    if event.complete:
                        self._finish_list()
                case KeyStored():
                    self._put(event.entry, wall_s)
                case KeyRemoved():
                    self._bury(event)
        return changed

    def _list(self, entries: Sequence[KeyEntry], wall_s: float) -> None:
        if not self._insert_page(entries, wall_s):
            for entry in entries:
                self._put(entry, wall_s)

    def _insert_page(self, entries: Sequence[KeyEntry], wall_s: float) -> bool:
        """Take a page of new keys in order with no known key between them, as lists are read, at one go."""
        fresh = {entry.key: entry for entry in entries}
        names = list(fresh)
        if not names or self._unordered or not self.order.natural or names != sorted(names):
            return False
        if any(name in self.entries or name in self._buried for name in names):
            return False
        place = bisect_left(self._all, names[0])
        if len(names) != len(entries) or bisect_left(self._all, names[-1]) != place:
            return False
        self.entries.update(fresh)
        self._all[place:place] = names
        self._unfiltered = self._unfiltered or bool(self.filter.nodes)
        if self.visible is not self._all:
            shown = self.filter.select(names, fresh, wall_s)
            place = bisect_left(self.visible, names[0])
            self.visible[place:place] = shown
        self.size_bytes += sum(map(_SIZE, entries))
        for copies, count in Counter(map(_COPIES, entries)).items():
            self.by_copies[copies] = self.by_copies.get(copies, 0) + count
        self.revision += 1
        return True

    def _finish_list(self) -> None:
        for key in self._unseen or ():
            self._drop(key)
        self._unseen = None
        self.loading = False

    def _put(self, entry: KeyEntry, wall_s: float) -> None:
        if self._unseen is not None:
            self._unseen.discard(entry.key)
        if entry.version <= self._buried.get(entry.key, -1):
            return  # a node that lags still tells of what another one has removed
        before = self.entries.get(entry.key)
        if before is not None:
            if before.version > entry.version:
                return
            if before.version == entry.version and entry.copies in (-1, before.copies):
                return  # told again, or without counting
            self._uncount(before)
        self.entries[entry.key] = entry
        self.size_bytes += entry.size_bytes
        self.by_copies[entry.copies] = self.by_copies.get(entry.copies, 0) + 1
        if before is None:
            self._place(entry, wall_s)
        else:
            self._unordered = self._unordered or self.order.rank(before) != self.order.rank(entry)
            self._unfiltered = self._unfiltered or self.filter.looks_at_values

    def _place(self, entry: KeyEntry, wall_s: float) -> None:
        """Put a new key where it belongs, or leave that to the next sort."""
        if self._unordered or not self.order.natural or self._moves >= MOVES_MAX:
            self._unordered = True
            return
        _insert(self._all, entry.key)
        self._unfiltered = self._unfiltered or bool(self.filter.nodes)
        if self.visible is not self._all and self.filter.matches(entry, wall_s):
            _insert(self.visible, entry.key)
        self._moves += entry.key != self._all[-1]
        self.revision += 1

    def _uncount(self, entry: KeyEntry) -> None:
        self.size_bytes -= entry.size_bytes
        self.by_copies[entry.copies] -= 1
        if not self.by_copies[entry.copies]:
            del self.by_copies[entry.copies]

    def _bury(self, event: KeyRemoved) -> None:
        before = self.entries.get(event.key)
        if event.version:
            if before is not None and before.version > event.version:
                return
            self._buried[event.key] = event.version
            while len(self._buried) > BURIED_MAX:
                del self._buried[next(iter(self._buried))]
        self._drop(event.key)

    def _drop(self, key: str) -> None:
        before = self.entries.pop(key, None)
        if before is None:
            return
        self._uncount(before)
        self._moves += 1
        if self._unordered or self._moves > MOVES_MAX:
            self._unordered = True
            return
        for names in (self._all, self.visible) if self.visible is not self._all else (self._all,):
            position = self.position(key, names, natural=self.order.natural)
            if position is not None:
                del names[position]
        self.revision += 1

    # -- what is shown

    def show(self, filtered: Filter, wall_s: float) -> None:
        """Filter from now on by this."""
        if filtered.text != self.filter.text:
            self.filter = filtered
            self._unfiltered = True
        self.settle(wall_s)

    def arrange(self, order: Order, wall_s: float) -> None:
        """Order from now on by this."""
        if order != self.order:
            self.order = order
            self._unordered = True
        self.settle(wall_s)

    def settle(self, wall_s: float) -> bool:
        """Bring `visible` up to date; True when it became another list."""
        if not self._unordered and not self._unfiltered:
            return False
        among: Sequence[str] = self._all
        if self._unordered:
            self._all = among = self.order.arranged(self.entries)
        elif self.filter.narrows(self._shown_by):
            among = self.visible  # one more letter: only what matched before can match still
        self._unordered = self._unfiltered = False
        self.visible = self.filter.select(among, self.entries, wall_s) if self.filter else self._all
        self.unplaced = []
        if self.filter.nodes:
            self.visible, self.unplaced = self.places.parted(self.visible, self.entries, self.filter.nodes)
        self._shown_by = self.filter
        self.revision += 1
        return True

    def place(self, key: str, version: int, nodes: Sequence[str]) -> bool:
        """Nodes said who has copies of this version; True when that may change what is shown at the next `settle`."""
        entry = self.entries.get(key)
        if entry is None or entry.version != version or not self.places.learn(entry, nodes) or not self.filter.nodes:
            return False
        self._unfiltered = True
        return True

    @staticmethod
    def position(key: str, visible: Sequence[str], *, natural: bool) -> int | None:
        """Where `key` stands among `visible`, or None. Quick when the order is the natural one."""
        if natural:
            found = bisect_left(visible, key)
            return found if found < len(visible) and visible[found] == key else None
        try:
            return visible.index(key)
        except ValueError:
            return None

    def find(self, key: str) -> int | None:
        """Where `key` stands on screen, or None."""
        return self.position(key, self.visible, natural=self.order.natural)

    def below(self, prefix: str) -> list[str]:
        """All keys that start with `prefix`, in no particular order."""
        return [key for key in self.entries if key.startswith(prefix)]


def _insert(names: list[str], name: str) -> None:
    if names and name < names[-1]:
        insort(names, name)
    else:
        names.append(name)


KEY_COLUMNS = (
    Column("key", "KEY", 24, flex=1),
    Column("size", "SIZE", 9, align="right"),
    Column("copies", "COPIES", 7),
    Column("age", "AGE", 6, align="right", priority=1),
)


def key_cells(entry: KeyEntry, wanted: int, wall_s: float, glyphs: Glyphs, *, stale: bool, width: int = 0) -> Row:
    """One row of the key list. With `width`, a longer key loses its middle, so that its end stays readable."""
    quiet: Tone = "dim" if stale else ""
    name = fmt.printable(entry.key)
    shown = fmt.clip_middle(name, width, glyphs.ellipsis) if width else name
    folder, slash, leaf = shown.rpartition("/")
    return {
        "key": ((folder + slash, "dim"), (leaf, quiet)),
        "size": cell(fmt.size(entry.size_bytes), quiet),
        "copies": cell(fmt.printable(str(entry.copies)), "dim") if stale else bars.copies(entry.copies, wanted, glyphs),
        "age": cell(fmt.age(wall_s - entry.stored_s), "dim"),
    }
