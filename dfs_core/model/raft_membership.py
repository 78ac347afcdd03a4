"""Which configuration is in force, and which may follow it.

The newest configuration in the log is in force, committed or not; when its entry is cut off, the one before is again.
Hence the history. Voters change by one at a time, so that any majority before and any after share a node.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dfs_core.errors import InvalidInput
from dfs_core.model.raft_messages import CONFIGURATION, Configuration, LogEntry


class Membership:
    """The configurations of one log, oldest first. The first one cannot be taken back: it is applied, or founded."""

    def __init__(self, history: Sequence[tuple[int, Configuration]]) -> None:
        if not history or [index for index, _ in history] != sorted({index for index, _ in history}):
            raise ValueError("want at least one configuration, by ascending index")
        self._history = list(history)

    @property
    def current(self) -> Configuration:
        """In force now."""
        return self._history[-1][1]

    @property
    def current_index(self) -> int:
        """The index of the entry that put it in force."""
        return self._history[-1][0]

    @property
    def voters_index(self) -> int:
        """The index of the last entry that changed who votes."""
        position = len(self._history) - 1
        while position > 0 and self._history[position - 1][1].voters == self.current.voters:
            position -= 1
        return self._history[position][0]

    def is_needed(self, node: bytes, commit_index: int) -> bool:
        """`node` votes in the last configuration committed or in any newer one, so others may be waiting for it."""
        for index, configuration in reversed(self._history):
            if node in configuration.voters:
                return True
            if index <= commit_index:
                return False
        return False

    def append(self, entries: Sequence[LogEntry]) -> None:
        """Put in force what these new entries say."""
        for entry in entries:
            if entry.kind == CONFIGURATION:
                self._history.append((entry.index, Configuration.decode(entry.data)))

    def cut_from(self, index: int) -> None:
        """The log was cut: fall back to what was in force before `index`."""
        while self._history[-1][0] >= index:
            if len(self._history) == 1:
                raise AssertionError(f"the configuration at {self._history[0][0]} was applied and cannot be cut off")
            self._history.pop()

    def compact(self, index: int) -> None:
        """The log was cut off up to `index`: what was in force there cannot be taken back any more.

        After a start the oldest one known is that of the catalog, and a log that is kept may begin before it.
        """
        older = sum(one[0] <= index for one in self._history)
        self._history = self._history[max(0, older - 1) :]

    def install(self, index: int, base: tuple[int, Configuration], *, keep: bool) -> None:
        """A snapshot up to `index` says that `base` is in force there. `keep` what entries behind it said.

        Without voters, no entry up to there said who votes: what the log was founded with is in force.
        """
        founding = self._history[0]
        self._history = [
            base if base[1].voters else founding,
            *(one for one in self._history if keep and one[0] > index),
        ]

    def check_next(self, wanted: Configuration) -> bool:
        """Whether `wanted` changes who votes. InvalidInput if it may not follow the current one."""
        if not wanted.voters:
            raise InvalidInput("a configuration needs a voter")
        changed = set(wanted.voters) ^ set(self.current.voters)
        if len(changed) > 1:
            raise InvalidInput(f"voters change by one at a time, this would change {len(changed)}")
        return bool(changed)

    def reached_by_majority(self, value: Callable[[bytes], int]) -> int:
        """The highest number that a majority of the voters has reached. 0 without voters."""
        reached = sorted((value(voter) for voter in self.current.voters), reverse=True)
        return reached[len(reached) // 2] if reached else 0

    def is_majority(self, agrees: Callable[[bytes], bool]) -> bool:
        """More than half of the voters agree. False without voters."""
        return self.reached_by_majority(lambda voter: 1 if agrees(voter) else 0) == 1
