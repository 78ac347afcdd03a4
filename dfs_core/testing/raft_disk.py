"""What a simulated member finds again after a crash: hard state, log, and how far it had applied.

The log may begin behind a cut. Every change is one synced transaction, so a crash leaves it whole or undone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

from dfs_core.model.raft_messages import CONFIGURATION, Configuration, LogEntry
from dfs_core.model.raft_ready import Fetch, HardState, LogStart, Ready, SnapshotPlace


@dataclass
class Disk:
    """Entries follow `cut`; `applied` is what certainly was brought to the medium, and never before `cut`."""

    hard_state: HardState = field(default_factory=HardState)
    log: list[LogEntry] = field(default_factory=list)  # from index cut + 1
    applied: int = 0
    cut: int = 0
    cut_term: int = 0
    base: tuple[int, Configuration] | None = None  # in force at the cut; None: the founding one

    @property
    def last_index(self) -> int:
        """The newest entry; `cut` when there is none behind it."""
        return self.cut + len(self.log)

    def term(self, index: int) -> int:
        """The term of an entry that is here, or of the one before the first; 0 elsewhere."""
        if index == self.cut:
            return self.cut_term
        return self.log[index - self.cut - 1].term if self.cut < index <= self.last_index else 0

    def copy(self) -> Self:
        """Another disk that holds the same."""
        return type(self)(self.hard_state, list(self.log), self.applied, self.cut, self.cut_term, self.base)

    def write(self, ready: Ready) -> None:
        """One synced transaction."""
        if ready.snapshot is not None:
            self.install(ready.snapshot)
        if ready.hard_state is not None:
            self.hard_state = ready.hard_state
        if ready.entries:
            del self.log[ready.entries[0].index - self.cut - 1 :]
            self.log += ready.entries

    def install(self, place: SnapshotPlace) -> None:
        """The applied state is the snapshot's, and the log goes on behind it if it has that entry."""
        if place.keeps_tail and self.term(place.index) == place.term:
            self.cut_to(place.index)
        else:
            self.log.clear()
        self.cut, self.cut_term = place.index, place.term
        self.base = (place.configuration_index, place.configuration)
        self.applied = max(self.applied, place.index)

    def cut_to(self, index: int) -> None:
        """Delete the entry at `index` and all before it."""
        if index <= self.cut:
            return
        for entry in self.log[: index - self.cut]:
            if entry.kind == CONFIGURATION:
                self.base = (entry.index, Configuration.decode(entry.data))
        term = self.term(index)
        del self.log[: index - self.cut]
        self.cut, self.cut_term = index, term

    def read(self, fetch: Fetch) -> list[LogEntry]:
        """What a shell would read for this request: nothing if it was cut off meanwhile."""
        if fetch.low <= self.cut:
            return []
        found = self.log[fetch.low - self.cut - 1 : fetch.high - self.cut]
        while len(found) > 1 and sum(entry.size_bytes for entry in found) > fetch.bytes_max:
            found.pop()
        return found

    def start(self) -> LogStart:
        """What a shell would read at its start."""
        runs: list[tuple[int, int]] = []
        for entry in self.log:
            if not runs or runs[-1][1] != entry.term:
                runs.append((entry.index, entry.term))
        if not self.cut <= self.applied <= self.last_index:
            raise AssertionError(f"{self.applied} was applied, and the log has {self.cut + 1} to {self.last_index}")
        return LogStart(self.cut + 1, self.cut_term, self.last_index, tuple(runs), self.applied)

    def configurations(self, founding: Configuration) -> list[tuple[int, Configuration]]:
        """The founding configuration, or the one at the cut, and all in the log."""
        changes = [(entry.index, Configuration.decode(entry.data)) for entry in self.log if entry.kind == CONFIGURATION]
        return [self.base or (0, founding), *changes]
