"""What must be true of a Raft cluster after every step, whatever the network and the disks did.

The checks know nothing of how the core works: they look at who says it leads, which entries go into which log, what
is called committed, what is applied, what was acknowledged. From figure 3 of the paper:

- *election safety*: at most one leader a term;
- *log matching*: an index and a term name one entry with one predecessor (by induction: one whole log before it);
- *leader completeness*: what was committed is in the log of every leader of a later term;
- *state-machine safety*: nobody applies another entry at an index, and nobody skips one;

and beyond it: an acknowledged command is never lost, and a read's index covers all that was acknowledged before it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from dfs_core.model.raft_messages import CONFIGURATION, Configuration, LogEntry


class RaftViolation(AssertionError):
    """A promise of Raft was broken."""


class RaftChecks:
    """Everything that was observed of one cluster so far."""

    def __init__(self) -> None:
        self.acknowledged: dict[int, LogEntry] = {}
        self.acknowledged_index = 0  # the highest one
        self.committed: list[int] = []  # the terms of the committed entries, from index 1
        self.applied: list[LogEntry] = []  # from index 1, by whoever came first
        self.reads_confirmed = 0
        self.leaders: dict[int, bytes] = {}
        self._entries: dict[tuple[int, int], tuple[LogEntry, int]] = {}

    def saw_entry(self, entry: LogEntry, previous_term: int) -> None:
        """`entry` is in some log, behind an entry of `previous_term`."""
        known = self._entries.setdefault((entry.index, entry.term), (entry, previous_term))
        if known != (entry, previous_term):
            raise RaftViolation(f"log matching: {known} and {(entry, previous_term)}")

    def saw_leader(self, node: bytes, term: int, term_at: Callable[[int], int | None], first_index: int = 1) -> None:
        """`node` leads `term`; `term_at` tells its log, which begins at `first_index`."""
        known = self.leaders.get(term)
        if known is None:
            self.leaders[term] = node
            for index, committed_term in enumerate(self.committed, 1):
                # What an older leader commits later is caught when it is applied.
                if index >= first_index - 1 and term_at(index) != committed_term and committed_term < term:
                    raise RaftViolation(f"leader completeness: the leader of {term} lacks committed entry {index}")
        elif known != node:
            raise RaftViolation(f"election safety: {known[:1].hex()} and {node[:1].hex()} lead term {term}")

    def saw_committed(self, index: int, term_at: Callable[[int], int | None]) -> None:
        """A node whose log `term_at` tells calls everything up to `index` committed."""
        while len(self.committed) < index:
            term = term_at(len(self.committed) + 1)
            if term is None:
                raise RaftViolation(f"entry {len(self.committed) + 1} is called committed by a node that lacks it")
            self.committed.append(term)
        if term_at(index) != self.committed[index - 1]:
            raise RaftViolation(f"committed entry {index} is of term {self.committed[index - 1]} and {term_at(index)}")

    def saw_applied(self, entries: Iterable[LogEntry], after: int) -> int:
        """A node that had applied up to `after` applies these. Its new last applied index."""
        for entry in entries:
            if entry.index != after + 1:
                raise RaftViolation(f"state-machine safety: {entry.index} applied after {after}")
            after = entry.index
            if len(self.applied) < entry.index:
                self.applied.append(entry)
            elif self.applied[entry.index - 1] != entry:
                raise RaftViolation(f"state-machine safety: {self.applied[entry.index - 1]} and {entry} applied")
        return after

    def saw_installed(self, index: int, term: int, after: int) -> int:
        """A node that had applied up to `after` takes a snapshot that ends there. Its new last applied index."""
        if index <= after:
            raise RaftViolation(f"a snapshot up to {index} installed where {after} was applied")
        if len(self.applied) < index or self.applied[index - 1].term != term:
            raise RaftViolation(f"a snapshot up to {index} of term {term}, which nobody applied")
        return index

    def voting_at(self, index: int) -> tuple[int, Configuration] | None:
        """What the applied entries up to `index` say last of who votes, and where."""
        for entry in reversed(self.applied[:index]):
            if entry.kind == CONFIGURATION:
                return entry.index, Configuration.decode(entry.data)
        return None

    def saw_acknowledged(self, entry: LogEntry) -> None:
        """A client was told that its command is in."""
        self.acknowledged[entry.index] = entry
        self.acknowledged_index = max(self.acknowledged_index, entry.index)

    def saw_read(self, index: int, acknowledged_before: int) -> None:
        """A read was confirmed at `index`; when it was asked for, commands up to `acknowledged_before` were known."""
        self.reads_confirmed += 1
        if index < acknowledged_before:
            raise RaftViolation(f"a read at {index} misses the command acknowledged at {acknowledged_before} before it")

    def check_survival(self, applied: int) -> None:
        """At the end: a member that applied up to `applied` has every acknowledged command."""
        if applied < self.acknowledged_index:
            raise RaftViolation(f"a member applied {applied}, and {self.acknowledged_index} was acknowledged")
        for index, entry in self.acknowledged.items():
            if self.applied[index - 1] != entry:
                raise RaftViolation(f"acknowledged {entry} was replaced by {self.applied[index - 1]}")
