"""Raft cores on a table, moved by hand: every message, write and timeout happens when the test says so.

For the paper's figures and for the moments that dice hardly find. Nodes are called by their number. `mail` holds what
was sent and not delivered; nothing is lost unless dropped. `RaftChecks` looks at every core after every move.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

from dfs_core.model.raft import Raft
from dfs_core.model.raft_messages import COMMAND, Configuration, LogEntry, RaftMessage
from dfs_core.model.raft_ready import Addressed, HardState, RaftSettings, Ready, Role, SnapshotPlace
from dfs_core.testing.raft_checks import RaftChecks
from dfs_core.testing.raft_cluster import node_id
from dfs_core.testing.raft_disk import Disk

SETTINGS = RaftSettings(election_timeout_s_min=1.0, election_timeout_s_max=2.0, heartbeat_s=0.25)


@dataclass
class Seat:
    """One core, its disk, and the writes that were begun and not finished."""

    raft: Raft
    disk: Disk
    founding: Configuration
    writes: deque[Ready] = field(default_factory=deque)
    applied: list[LogEntry] = field(default_factory=list)
    reads: dict[int, int] = field(default_factory=dict)  # context → confirmed index
    reads_failed: list[int] = field(default_factory=list)


class RaftTable:
    """Cores numbered from 1; the first `voters` of them found the cluster."""

    def __init__(
        self,
        voters: int = 3,
        others: int = 0,
        *,
        raft: type[Raft] = Raft,
        settings: RaftSettings = SETTINGS,
        terms: Mapping[int, Sequence[int]] | None = None,
    ) -> None:
        """`terms` gives nodes a durable log to start with: the terms of its entries, as the paper draws logs.

        Everybody has then heard of the newest term.
        """
        self.now = 100.0
        self.checks = RaftChecks()
        self.mail: list[tuple[int, int, RaftMessage]] = []
        self._raft, self._settings, self._random = raft, settings, Random(0)
        self.seats: dict[int, Seat] = {}
        newest = max((term for log in (terms or {}).values() for term in log), default=0)
        founding = Configuration.of([node_id(number) for number in range(1, voters + 1)])
        for number in range(1, voters + others + 1):
            log = [
                LogEntry(index, term, COMMAND, b"%d in %d" % (index, term))
                for index, term in enumerate((terms or {}).get(number, ()), 1)
            ]
            disk = Disk(HardState(newest), log)
            base = founding if number <= voters else Configuration()
            self.seats[number] = Seat(self._started(number, disk, base), disk, base)

    def _started(self, number: int, disk: Disk, founding: Configuration) -> Raft:
        return self._raft(
            node_id(number),
            hard_state=disk.hard_state,
            log=disk.start(),
            configurations=disk.configurations(founding),
            now=self.now,
            random=self._random,
            settings=self._settings,
        )

    def core(self, number: int) -> Raft:
        """The core of a node."""
        return self.seats[number].raft

    def terms(self, number: int) -> list[int | None]:
        """The terms of a node's log, as the paper draws it."""
        raft = self.core(number)
        return [raft.term_at(index) for index in range(raft.first_index, raft.last_index + 1)]

    # -- moves

    def act(self, number: int, action: Callable[[Raft, float], object], *, write: bool = True) -> None:
        """Do something with a core, then its work."""
        action(self.core(number), self.now)
        self.work(number, write=write)

    def propose(self, number: int, data: bytes) -> int:
        """Propose through a leader; its index."""
        index = self.core(number).propose(data, self.now)
        self.work(number)
        return index

    def work(self, number: int, *, write: bool = True) -> None:
        """Take the core's work. Without `write`, nothing becomes durable until `sync`."""
        seat = self.seats[number]
        while ready := seat.raft.ready():
            self._post(number, ready.messages_now)
            if ready.snapshot is not None:
                self.checks.saw_installed(ready.snapshot.index, ready.snapshot.term, len(seat.applied))
                seat.applied = list(self.checks.applied[: ready.snapshot.index])
            self.checks.saw_applied(ready.committed, len(seat.applied))
            seat.applied += ready.committed
            seat.reads |= {read.context: read.index for read in ready.reads}
            seat.reads_failed += ready.reads_failed
            for fetch in ready.fetch:
                seat.raft.entries_read(fetch, seat.disk.read(fetch), self.now)
            seat.writes.append(ready)
            if write:
                self._finish_writes(number)
        self._check(number)

    def sync(self, number: int) -> None:
        """Let a node's writes become durable."""
        self._finish_writes(number)
        self.work(number)

    def _finish_writes(self, number: int) -> None:
        seat = self.seats[number]
        while seat.writes:
            ready = seat.writes.popleft()
            seat.disk.write(ready)
            seat.raft.persisted(ready, self.now)
            self._post(number, ready.messages_after)

    def _check(self, number: int) -> None:
        raft = self.core(number)
        if raft.role is Role.LEADER:
            self.checks.saw_leader(raft.node, raft.term, raft.term_at, raft.first_index)
        if raft.commit_index:
            self.checks.saw_committed(raft.commit_index, raft.term_at)

    def _post(self, sender: int, messages: tuple[Addressed, ...]) -> None:
        self.mail += [(sender, addressed.to[0], addressed.message) for addressed in messages]

    def restart(self, number: int) -> None:
        """Crash a node, losing the writes under way, and start it again."""
        seat = self.seats[number]
        seat.writes.clear()
        seat.disk.applied = len(seat.applied)
        seat.raft = self._started(number, seat.disk, seat.founding)

    def compact(self, number: int, index: int) -> None:
        """Let a node cut off its log up to `index`, which it has applied durably."""
        seat = self.seats[number]
        seat.raft.compact(index)
        seat.disk.applied = len(seat.applied)
        seat.disk.cut_to(index)

    def fetched(self, number: int, source: int, *, write: bool = True) -> bool:
        """A snapshot of what `source` has applied is whole at this node. Whether its core wants it."""
        applied = self.seats[source].applied
        voting = self.checks.voting_at(len(applied)) or (0, self.seats[source].founding)
        place = SnapshotPlace(len(applied), applied[-1].term, voting[1], voting[0])
        taken = self.core(number).install_snapshot(place, self.now)
        self.work(number, write=write)
        return taken

    # -- time and mail

    def time_out(self, number: int) -> None:
        """Let so much time pass that no leader is thought alive, and only this node notice."""
        self.now = max(self.now + self._settings.election_timeout_s_max, self.core(number).next_deadline())
        self.act(number, lambda raft, now: raft.tick(now))

    def beat(self, number: int) -> None:
        """Let this leader send its next heartbeat."""
        self.now = max(self.now, self.core(number).next_deadline())
        self.act(number, lambda raft, now: raft.tick(now))

    def deliver(
        self,
        *,
        sender: int | None = None,
        to: int | None = None,
        kind: type[RaftMessage] | None = None,
        write: bool = True,
    ) -> int:
        """Deliver what is in the mail now and fits, in order. How many messages that were."""
        chosen = self._take(sender, to, kind)
        for source, target, message in chosen:
            self.core(target).receive(node_id(source), message, self.now)
            self.work(target, write=write)
        return len(chosen)

    def drop(self, *, sender: int | None = None, to: int | None = None, kind: type[RaftMessage] | None = None) -> int:
        """Lose what is in the mail now and fits."""
        return len(self._take(sender, to, kind))

    def _take(
        self, sender: int | None, to: int | None, kind: type[RaftMessage] | None
    ) -> list[tuple[int, int, RaftMessage]]:
        chosen = [
            one
            for one in self.mail
            if sender in (None, one[0]) and to in (None, one[1]) and (kind is None or isinstance(one[2], kind))
        ]
        self.mail = [one for one in self.mail if one not in chosen]
        return chosen

    def settle(self, among: Collection[int] | None = None) -> None:
        """Deliver everything between these nodes (all), and what follows from it; lose the rest of the mail."""
        present = set(self.seats if among is None else among)
        while self.mail:
            self.mail = [one for one in self.mail if one[0] in present and one[1] in present]
            self.deliver()

    def elect(self, number: int, among: Collection[int] | None = None) -> None:
        """Make a node leader with what these nodes say; the others hear nothing. It may need a few tries."""
        for _ in range(3):
            if self.core(number).role is not Role.LEADER:
                self.time_out(number)
                self.settle(among)
        if self.core(number).role is not Role.LEADER:
            raise AssertionError(f"node {number} was not elected")
