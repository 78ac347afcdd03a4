"""What goes into a Raft core at its start, and what comes out of it each time it is asked.

Plain values only; `raft.py` says what the shell must do with them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from dfs_core.limits import MIB
from dfs_core.model.raft_messages import Configuration, LogEntry, RaftMessage


class Role(Enum):
    """What a node is doing about leadership. Whether it votes is the configuration's to say."""

    FOLLOWER = "follower"
    PRE_CANDIDATE = "pre_candidate"
    CANDIDATE = "candidate"
    LEADER = "leader"


class Dice(Protocol):
    """The part of random.Random that spreads election timeouts."""

    def uniform(self, a: float, b: float, /) -> float:
        """A number between both."""
        ...


@dataclass(frozen=True, slots=True)
class RaftSettings:
    """Times in seconds, sizes in bytes. The same on every node, or a hasty one keeps asking for votes."""

    election_timeout_s_min: float = 0.75  # several heartbeats; also how long a heard leader is held to be alive
    election_timeout_s_max: float = 1.5  # a store must succeed within 3 s of the leader's death
    heartbeat_s: float = 0.15
    entries_bytes_max: int = MIB  # entries in one AppendEntries; one larger entry travels alone
    window_messages: int = 16  # AppendEntries with entries on the way to one follower
    recent_bytes_max: int = 16 * MIB  # durable entries kept in memory; older ones are fetched
    apply_bytes_max: int = 4 * MIB  # entries handed out for applying in one Ready; one larger entry comes alone

    def __post_init__(self) -> None:
        if not 0 < 2 * self.heartbeat_s <= self.election_timeout_s_min < self.election_timeout_s_max:
            raise ValueError("want two heartbeats within the shortest election timeout, and a spread above it")


@dataclass(frozen=True, slots=True)
class HardState:
    """What must survive a crash beside the entries: the highest term seen, and whom this node voted for in it."""

    term: int = 0
    vote: bytes | None = None


@dataclass(frozen=True, slots=True)
class LogStart:
    """What the shell knows of the log on disk when it starts a core. Only durable entries.

    `terms` lists where each term begins: ((first index, term), …), ascending; empty for an empty log. In SQL that is
    one `select min("index"), term … group by term`, so no entry needs to be read. `before_term` is the term of
    the entry just before `first_index` (0 when nothing was ever cut off).
    """

    first_index: int = 1
    before_term: int = 0
    last_index: int = 0
    terms: tuple[tuple[int, int], ...] = ()
    applied: int = 0


@dataclass(frozen=True, slots=True)
class Fetch:
    """Entries that the core needs back from disk: `low` … `high`, both included.

    Answer with `Raft.entries_read(fetch, entries, now)`: contiguous from `low`, at least one, as many as fit in
    `bytes_max` (a larger first entry alone). `node` is the follower they are for, None: they are to be applied here.
    """

    node: bytes | None
    low: int
    high: int
    bytes_max: int


@dataclass(frozen=True, slots=True)
class SnapshotWanted:
    """This node lacks entries that its leader `source` has cut off up to `index`: fetch a snapshot, in the background.

    Repeated with every message that says so; one fetching at a time is enough.
    """

    source: bytes
    index: int


@dataclass(frozen=True, slots=True)
class SnapshotPlace:
    """Where a snapshot stands in the log: everything up to `index`, an entry of `term`, and who voted by then."""

    index: int
    term: int
    configuration: Configuration
    configuration_index: int  # of the entry that put it in force; 0: none did
    keeps_tail: bool = False  # set in a Ready: the log goes on behind it with the entries that it has there


@dataclass(frozen=True, slots=True)
class Addressed:
    """A message and who shall get it."""

    to: bytes
    message: RaftMessage


@dataclass(frozen=True, slots=True)
class ReadIndex:
    """A confirmed read: what was acknowledged before it was asked for is at or below `index`."""

    context: int
    index: int


@dataclass(frozen=True, slots=True)
class Leadership:
    """Who leads, as far as this node knows; None while it does not."""

    term: int
    role: Role
    leader: bytes | None


@dataclass(frozen=True, slots=True)
class Ready:
    """What the shell must do now, in the order of the fields. False when there is nothing.

    `snapshot` comes before everything else that is written: the applied state becomes the snapshot, and the log on disk
    begins behind it. `entries` replace everything on disk at and after the first of them.
    """

    number: int
    messages_now: tuple[Addressed, ...] = ()
    snapshot: SnapshotPlace | None = None
    hard_state: HardState | None = None
    entries: tuple[LogEntry, ...] = ()
    messages_after: tuple[Addressed, ...] = ()
    committed: tuple[LogEntry, ...] = ()
    reads: tuple[ReadIndex, ...] = ()
    reads_failed: tuple[int, ...] = ()
    fetch: tuple[Fetch, ...] = ()
    snapshot_wanted: SnapshotWanted | None = None
    leadership: Leadership | None = None
    configuration: Configuration | None = None

    @property
    def must_persist(self) -> bool:
        """There is something to write before `persisted` is true."""
        return self.hard_state is not None or bool(self.entries) or self.snapshot is not None

    def __bool__(self) -> bool:
        return bool(
            self.must_persist
            or self.messages_now
            or self.messages_after
            or self.committed
            or self.reads
            or self.reads_failed
            or self.fetch
            or self.snapshot_wanted
            or self.leadership
            or self.configuration
        )


@dataclass(frozen=True, slots=True)
class FollowerProgress:
    """What the leader knows of one member; for status pages and for deciding when a learner may vote."""

    node: bytes
    match_index: int  # durable there, equal to the leader's log
    heard_at: float  # when it last answered; the term's beginning if it has not
    needs_snapshot: bool  # the entries it lacks were cut off here
