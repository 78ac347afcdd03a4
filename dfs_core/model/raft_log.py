"""The log as a Raft core sees it: recent entries, where every term begins, and what of it is durable.

The whole log stays on disk; memory holds its newest entries up to a bound in bytes, and for all of it the list of
(first index, term) runs, so that the term of any place is known without reading. Only durable entries are dropped from
memory, oldest first.

Durable is what a finished write covered *and* no later truncation took back. A write under way when its entries are
cut off finishes late; so each write remembers up to where it still counts, and a truncation lowers that.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Sequence

from dfs_core.model.raft_messages import LogEntry
from dfs_core.model.raft_ready import LogStart


class RaftLog:
    """One member's log. Indexes run from `first_index` to `last_index` without a gap."""

    def __init__(self, start: LogStart, recent_bytes_max: int) -> None:
        self.first_index = start.first_index
        self.last_index = start.last_index
        self.durable_index = start.last_index
        self._before_term = start.before_term
        self._run_indexes = [index for index, _ in start.terms]
        self._run_terms = [term for _, term in start.terms]
        self._recent: list[LogEntry] = []
        self._recent_first = start.last_index + 1
        self._recent_bytes = 0
        self._recent_bytes_max = recent_bytes_max
        self._unwritten_from = start.last_index + 1
        self._writes: deque[int] = deque()  # of each write under way, the last index that it makes durable
        if start.last_index >= start.first_index and (not start.terms or start.terms[0][0] != start.first_index):
            raise ValueError("the term of the log's first entry is missing")

    @property
    def last_term(self) -> int:
        """The term of the last entry; 0 for a log that never had one."""
        return self._run_terms[-1] if self._run_terms else self._before_term

    def term(self, index: int) -> int | None:
        """The term of the entry at `index` (0 at index 0); None beyond the end or where the log was cut off."""
        if index == self.first_index - 1:
            return self._before_term
        if not self.first_index <= index <= self.last_index:
            return None
        return self._run_terms[bisect_right(self._run_indexes, index) - 1]

    def newest_fit(self, index: int, term: int) -> int:
        """The newest place at or before `index` whose term is at most `term`: nothing after it can fit a log that has
        `term` at `index`. May be the place before the first.
        """
        run = bisect_right(self._run_terms, term)  # runs below `run` are of that term or older
        end = self._run_indexes[run] - 1 if run < len(self._run_indexes) else self.last_index
        return max(self.first_index - 1, min(index, end))

    def append(self, entries: Sequence[LogEntry]) -> None:
        """Add entries behind the last one. They are not durable yet."""
        for entry in entries:
            if entry.index != self.last_index + 1 or entry.term < self.last_term:
                raise AssertionError(f"entry {entry.index} of term {entry.term} behind {self.last_index}")
            if entry.term != self.last_term or not self._run_terms:
                self._run_indexes.append(entry.index)
                self._run_terms.append(entry.term)
            self._recent.append(entry)
            self._recent_bytes += entry.size_bytes
            self.last_index = entry.index

    def cut_from(self, index: int) -> None:
        """Forget the entry at `index` and all after it. On disk they go when what replaces them is written."""
        while self._run_indexes and self._run_indexes[-1] >= index:
            self._run_indexes.pop()
            self._run_terms.pop()
        keep = max(0, index - self._recent_first)
        self._recent_bytes -= sum(entry.size_bytes for entry in self._recent[keep:])
        del self._recent[keep:]
        self._recent_first = min(self._recent_first, index)
        self.last_index = index - 1
        self.durable_index = min(self.durable_index, index - 1)
        self._unwritten_from = min(self._unwritten_from, index)
        self._writes = deque(min(covered, index - 1) for covered in self._writes)

    def compact(self, index: int) -> None:
        """Forget the entry at `index`, which is durable here, and all before it."""
        self._before_term = self._known_term(index)
        # The run that goes on behind `index` begins there now; those before it go.
        self._run_indexes = [max(first, index + 1) for first in self._run_indexes]
        keep = max(0, bisect_right(self._run_indexes, index + 1) - 1)
        del self._run_indexes[:keep], self._run_terms[:keep]
        if index == self.last_index:
            self._run_indexes, self._run_terms = [], []
        self.first_index = index + 1
        gone = max(0, index + 1 - self._recent_first)
        self._recent_bytes -= sum(entry.size_bytes for entry in self._recent[:gone])
        del self._recent[:gone]
        self._recent_first += gone
        self._unwritten_from = max(self._unwritten_from, index + 1)

    def _known_term(self, index: int) -> int:
        term = self.term(index)
        if term is None:
            raise AssertionError(f"entry {index} is not in this log of {self.first_index} to {self.last_index}")
        return term

    def install(self, index: int, term: int) -> bool:
        """A snapshot holds everything up to `index`, an entry of `term`: begin behind it.

        Entries behind it stay if the log has just that entry at `index`: then they follow it. Else nothing of the log
        is worth keeping (False). To be durable with the next write.
        """
        if self.term(index) == term:
            self.compact(index)
            self.durable_index = max(self.durable_index, index)
            return True
        self.first_index, self.last_index, self.durable_index = index + 1, index, index
        self._before_term = term
        self._run_indexes, self._run_terms = [], []
        self._recent, self._recent_first, self._recent_bytes = [], index + 1, 0
        self._unwritten_from = index + 1
        self._writes = deque(0 for _ in self._writes)  # what they write goes with the rest
        return False

    def entries(self, low: int, high: int, bytes_max: int) -> list[LogEntry] | None:
        """Entries from `low`, not beyond `high`, as many as fit (at least one). None: they must be read from disk."""
        if low < self._recent_first:
            return None
        found: list[LogEntry] = []
        size_bytes = 0
        for position in range(low - self._recent_first, high - self._recent_first + 1):
            entry = self._recent[position]
            size_bytes += entry.size_bytes
            if found and size_bytes > bytes_max:
                break
            found.append(entry)
        return found

    def unwritten(self) -> tuple[LogEntry, ...]:
        """What no write has begun for."""
        return tuple(self._recent[self._unwritten_from - self._recent_first :])

    def begin_write(self) -> None:
        """A write of `unwritten` is under way, until `written`."""
        self._writes.append(self.last_index if self._unwritten_from <= self.last_index else 0)
        self._unwritten_from = self.last_index + 1

    def written(self) -> None:
        """The oldest write under way is durable."""
        self.durable_index = max(self.durable_index, self._writes.popleft())
        self._drop_old()

    def holds(self, entries: Sequence[LogEntry]) -> bool:
        """These entries, read from disk, still are what the log says."""
        return all(self.term(entry.index) == entry.term for entry in entries)

    def _drop_old(self) -> None:
        if self._recent_bytes <= self._recent_bytes_max:
            return
        # One eighth below the bound, so that the list is not shifted for every entry.
        target = self._recent_bytes_max - self._recent_bytes_max // 8
        count = 0
        for entry in self._recent:
            if self._recent_bytes <= target or entry.index > self.durable_index:
                break
            self._recent_bytes -= entry.size_bytes
            count += 1
        del self._recent[:count]
        self._recent_first += count
