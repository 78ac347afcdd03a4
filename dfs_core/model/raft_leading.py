"""What a node does while it leads: who needs which entries, what a majority has, who was heard, which reads are sure.

One `Leading` lives for one term of leadership, and is thrown away with it; nothing of it is durable. Messages are not
made when something happens but when the owner collects its work, so that many proposals share one message to each.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dfs_core.model.raft_log import RaftLog
from dfs_core.model.raft_membership import Membership
from dfs_core.model.raft_messages import AppendAnswer, AppendEntries, InstallSnapshot, LogEntry
from dfs_core.model.raft_progress import Progress
from dfs_core.model.raft_reads import ReadRounds
from dfs_core.model.raft_ready import Addressed, Fetch, FollowerProgress, RaftSettings


class Leading:
    """The leader's side of one term. `may_vote` says of a node whether it may be counted."""

    def __init__(
        self,
        node: bytes,
        term: int,
        log: RaftLog,
        membership: Membership,
        settings: RaftSettings,
        may_vote: Callable[[bytes], bool],
        now: float,
    ) -> None:
        self.first_index = log.last_index + 1  # of the entry that opens the term
        self.reads = ReadRounds()
        self.transfer_to: bytes | None = None
        self.transfer_until = now
        self.heartbeat_at = now + settings.heartbeat_s
        self._node, self._term = node, term
        self._log, self._membership, self._settings = log, membership, settings
        self._may_vote = may_vote
        self._followers: dict[bytes, Progress] = {}
        self.follow_membership(now)

    def follow_membership(self, now: float) -> None:
        """The configuration changed: begin with new members, forget those that left."""
        others = [member for member in self._membership.current.members if member != self._node]
        next_index = self._log.last_index + 1
        self._followers = {
            member: self._followers.get(member) or Progress(member, next_index, now) for member in others
        }

    def progress(self) -> list[FollowerProgress]:
        """The state of every follower, sorted by node."""
        return [
            FollowerProgress(follower.node, follower.match_index, follower.heard_at, follower.needs_snapshot)
            for follower in self._followers.values()
        ]

    # -- what a majority says

    def durable_at_majority(self) -> int:
        """The highest index that a majority of the voters has durably. This node's own copy is one among them."""
        return self._membership.reached_by_majority(
            lambda voter: self._of_voter(voter, self._log.durable_index, _match)
        )

    def round_answered_by_majority(self) -> int:
        """The newest read round that a majority of the voters, this node included, has answered."""
        return self._membership.reached_by_majority(lambda voter: self._of_voter(voter, self.reads.round, _round))

    def heard_majority_since(self, since: float) -> bool:
        """A majority of the voters, this node included, answered at `since` or later."""
        return self._membership.is_majority(
            lambda voter: self._of_voter(voter, 1, lambda follower: int(follower.heard_at >= since)) == 1
        )

    def _of_voter(self, voter: bytes, own: int, value: Callable[[Progress], int]) -> int:
        if not self._may_vote(voter):
            return 0
        if voter == self._node:
            return own
        follower = self._followers[voter]
        return value(follower) if follower.counts else 0

    # -- what followers say

    def answered(self, sender: bytes, answer: AppendAnswer, now: float) -> None:
        """Note an answer of this term. Nodes outside the configuration are ignored."""
        follower = self._followers.get(sender)
        if follower is None:
            return
        follower.heard_at = now
        follower.counts = answer.counts
        follower.round = max(follower.round, answer.round)
        if answer.accepted:
            follower.accepted(answer.index)
        else:
            follower.refused(answer.index, self._log.newest_fit(answer.hint_index, answer.hint_term))

    def is_complete(self, node: bytes) -> bool:
        """This follower has the whole log durably."""
        return node in self._followers and self._followers[node].match_index == self._log.last_index

    def fullest_voter(self) -> bytes | None:
        """The other voter with the longest log that may vote; None when this node is the only one."""
        voters = [
            follower
            for follower in self._followers.values()
            if follower.node in self._membership.current.voters and follower.counts and self._may_vote(follower.node)
        ]
        return max(voters, key=_match).node if voters else None

    # -- what followers are sent

    def beat(self) -> None:
        """Everybody is due a message, with entries or without."""
        for follower in self._followers.values():
            follower.beat_due = True

    def collect(self, commit_index: int) -> tuple[list[Addressed], list[Fetch]]:
        """The messages that may go out now, and what must be read from disk before others can."""
        if commit_index >= self.first_index and self.reads.begin(commit_index):
            self.beat()
        messages: list[Addressed] = []
        fetches: list[Fetch] = []
        for follower in self._followers.values():
            messages += self._messages_with_entries(follower, commit_index, fetches)
            if follower.beat_due or (follower.commit_told < commit_index and not follower.needs_snapshot):
                messages += self._message(follower, (), commit_index)
        return messages, fetches

    def _messages_with_entries(self, follower: Progress, commit_index: int, fetches: list[Fetch]) -> list[Addressed]:
        messages: list[Addressed] = []
        while follower.next_index <= self._log.last_index and follower.may_send(self._settings.window_messages):
            entries = self._entries_for(follower, fetches)
            sent = self._message(follower, entries, commit_index) if entries else []
            if not sent:
                break
            messages += sent
        return messages

    def _entries_for(self, follower: Progress, fetches: list[Fetch]) -> Sequence[LogEntry]:
        low, high, bytes_max = follower.next_index, self._log.last_index, self._settings.entries_bytes_max
        fetched, follower.fetched = follower.fetched, ()
        if fetched and fetched[0].index == low:
            return fetched
        entries = self._log.entries(low, high, bytes_max)
        if entries is not None:
            return entries
        if low < self._log.first_index:
            follower.needs_snapshot = True
        elif follower.fetch is None:
            follower.fetch = Fetch(follower.node, low, high, bytes_max)
            fetches.append(follower.fetch)
        return ()

    def _message(self, follower: Progress, entries: Sequence[LogEntry], commit_index: int) -> list[Addressed]:
        previous = follower.next_index - 1
        previous_term = self._log.term(previous)
        follower.needs_snapshot = previous_term is None
        if previous_term is None:  # the entry before what it lacks was cut off here
            follower.sent((), commit_index)
            cut = self._log.first_index - 1
            notice = InstallSnapshot(self._term, cut, self._log.term(cut) or 0, self.reads.round)
            return [Addressed(follower.node, notice)]
        follower.sent(entries, commit_index)
        message = AppendEntries(self._term, previous, previous_term, commit_index, list(entries), self.reads.round)
        return [Addressed(follower.node, message)]

    def entries_read(self, fetch: Fetch, entries: Sequence[LogEntry]) -> None:
        """Entries for a follower arrived from disk. Ignored if they are no longer what it needs."""
        follower = self._followers.get(fetch.node or b"")
        if follower is None or follower.fetch is not fetch:
            return
        follower.fetch = None
        follower.fetched = tuple(entries)


def _match(follower: Progress) -> int:
    return follower.match_index


def _round(follower: Progress) -> int:
    return follower.round
