"""What voters and learners say to each other, and what an entry of the log is.

All messages are one-way: an answer is a message of its own, sent when its facts are durable, and any of them may be
lost, doubled, delayed or overtaken. The sender is not in the message: the link it came by has proved who that is, and
`Raft.receive` is told. Terms and indexes count from 1; 0 means "before the first". Members are raw node ids (32 bytes).

Tags are fixed for ever; a new field needs a default, so that older and newer nodes understand each other.
"""

from __future__ import annotations

from itertools import pairwise
from typing import ClassVar

import msgspec

from dfs_core.errors import InvalidInput, ProtocolError

COMMAND = 0  # data is the shell's: a batch of encoded commands
CONFIGURATION = 1  # data is an encoded Configuration; in force from the moment it is appended
NOOP = 2  # no data; opens a leader's term, because only an entry of its own term may be counted

ENTRY_OVERHEAD_BYTES = 64  # what an entry costs beside its data, on the wire and in memory; rough, for bounds only


class LogEntry(msgspec.Struct, frozen=True):
    """One place in the log. Two entries with equal index and term are equal: that is Raft's log matching."""

    index: int
    term: int
    kind: int
    data: bytes = b""

    @property
    def size_bytes(self) -> int:
        """What the entry counts for in windows and caches."""
        return len(self.data) + ENTRY_OVERHEAD_BYTES


class Configuration(msgspec.Struct, frozen=True, omit_defaults=False):
    """Who votes and who only follows: sorted, without doubles, nobody in both. No voters: nobody may lead yet."""

    voters: tuple[bytes, ...] = ()
    learners: tuple[bytes, ...] = ()

    @classmethod
    def of(
        cls, voters: tuple[bytes, ...] | list[bytes], learners: tuple[bytes, ...] | list[bytes] = ()
    ) -> Configuration:
        """The one canonical configuration with these members, given in any order. InvalidInput on doubles."""
        configuration = cls(tuple(sorted(voters)), tuple(sorted(learners)))
        members = configuration.members
        if any(one == other for one, other in pairwise(members)):
            raise InvalidInput("a node can be in a configuration only once, as voter or as learner")
        return configuration

    @property
    def members(self) -> tuple[bytes, ...]:
        """Voters and learners, sorted."""
        return tuple(sorted(self.voters + self.learners))

    def encode(self) -> bytes:
        """The one encoding of this configuration: what a CONFIGURATION entry holds."""
        return msgspec.msgpack.encode(Configuration.of(self.voters, self.learners))

    @classmethod
    def decode(cls, data: bytes) -> Configuration:
        """Read an entry's data back. ProtocolError when it is no configuration."""
        try:
            return msgspec.msgpack.decode(data, type=Configuration)
        except msgspec.DecodeError as error:
            raise ProtocolError(f"not a configuration: {error}") from error


class RequestVote(msgspec.Struct, frozen=True, tag="request_vote"):
    """I ask to lead `term`; my log ends at `last_index`, `last_term`. Answered by VoteAnswer, or by silence.

    A `pre_vote` only asks whether the real question would be answered yes; nobody's term changes. A `transfer` comes
    from a node that the living leader asked to take over, so the leader's lease does not stand against it.
    """

    term: int
    last_index: int
    last_term: int
    pre_vote: bool = False
    transfer: bool = False
    reply: ClassVar[None] = None


class VoteAnswer(msgspec.Struct, frozen=True, tag="vote_answer"):
    """`term` is the one asked for when granted, else the voter's own, so that the asker can catch up."""

    term: int
    granted: bool
    pre_vote: bool = False
    reply: ClassVar[None] = None


class AppendEntries(msgspec.Struct, frozen=True, tag="append_entries"):
    """The leader of `term` says what follows `previous_index`, and how far is committed. Empty: a heartbeat.

    `entries` are contiguous from previous_index + 1. `round` numbers the leader's read rounds and comes back in the
    answer: an answer with it was given after the round began.
    """

    term: int
    previous_index: int
    previous_term: int
    commit_index: int
    entries: list[LogEntry] = []
    round: int = 0
    reply: ClassVar[None] = None


class AppendAnswer(msgspec.Struct, frozen=True, tag="append_answer"):
    """Accepted: the log is durable and equal to the leader's up to `index`.

    Refused: `index` is the `previous_index` that did not fit, and the newest place that may fit is at or below
    `hint_index`, whose term here is `hint_term` (one step back a term instead of one an entry).
    `counts` is False when the answering node may not vote: it follows, but no majority may contain it.
    """

    term: int
    accepted: bool
    index: int
    hint_index: int = 0
    hint_term: int = 0
    round: int = 0
    counts: bool = True
    reply: ClassVar[None] = None


class TimeoutNow(msgspec.Struct, frozen=True, tag="timeout_now"):
    """The leader of `term` asks the receiver, whose log is complete, to take over at once."""

    term: int
    reply: ClassVar[None] = None


class InstallSnapshot(msgspec.Struct, frozen=True, tag="install_snapshot"):
    """The leader of `term` has cut off what the receiver lacks: it needs a snapshot that ends at `index` or later.

    A heartbeat in everything else. The snapshot itself does not come by this way: whoever gets this fetches one, from
    the sender. Answered by AppendAnswer: accepted up to 0 ("I heard you") until a snapshot is installed, then up to its
    index. `entry_term` is the term of the entry at `index`.
    """

    term: int
    index: int
    entry_term: int
    round: int = 0
    reply: ClassVar[None] = None


RaftMessage = RequestVote | VoteAnswer | AppendEntries | AppendAnswer | TimeoutNow | InstallSnapshot
