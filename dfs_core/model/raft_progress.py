"""What a leader knows of one follower's log, and how much it may send.

Two modes. *Probing*, at the start and after a refusal: one message with entries, then only empty ones (heartbeats, so
that nothing large is sent again and again to a node that does not answer), until one is accepted: there both logs
agree. *Streaming*: messages follow each other without waiting, up to a window; `next_index` runs ahead of what is
confirmed. A lost message shows itself: the next one (a heartbeat at the latest) does not fit, the follower refuses
it and the leader probes again from the follower's hint.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from dfs_core.model.raft_messages import LogEntry
from dfs_core.model.raft_ready import Fetch


class Progress:
    """One follower during one leader's term."""

    def __init__(self, node: bytes, next_index: int, now: float) -> None:
        self.node = node
        self.match_index = 0  # durable there and equal to ours
        self.next_index = next_index  # what is sent next; all of its log before it is assumed to be there
        self.heard_at = now  # its last answer in this term
        self.round = 0  # the newest read round it answered
        self.counts = True  # it says that it may be counted
        self.commit_told = -1  # the commit index it was last sent
        self.beat_due = True  # it must get a message even if there is nothing new
        self.fetch: Fetch | None = None  # entries for it are being read from disk
        self.fetched: Sequence[LogEntry] = ()
        self.needs_snapshot = False
        self._probing = True
        self._probed = False  # while probing: entries are on their way
        self._unanswered: deque[int] = deque()  # the last index of each message with entries on the way

    def may_send(self, window_messages: int) -> bool:
        """Entries may go out to it now."""
        return not self._probed if self._probing else len(self._unanswered) < window_messages

    def sent(self, entries: Sequence[LogEntry], commit_index: int) -> None:
        """A message left for it."""
        self.beat_due = False
        self.commit_told = commit_index
        if not entries:
            return
        if self._probing:
            self._probed = True
        else:
            self.next_index = entries[-1].index + 1
            self._unanswered.append(entries[-1].index)

    def accepted(self, index: int) -> None:
        """Its log is durable and equal to ours up to `index`."""
        self.match_index = max(self.match_index, index)
        while self._unanswered and self._unanswered[0] <= self.match_index:
            self._unanswered.popleft()
        if self._probing and self.match_index + 1 >= self.next_index:
            self._probing = False
        self.next_index = max(self.next_index, self.match_index + 1)

    def refused(self, index: int, fit_index: int) -> None:
        """It has nothing that fits at `index`; logs may agree at `fit_index`. Old news are ignored.

        What is durable there stays there, so a refusal at or below `match_index` is old; unless the follower says that
        it does not count, because its disk went back to an earlier state.
        """
        if not self.counts:
            self.match_index = min(self.match_index, fit_index)
        elif index <= self.match_index or (self._probing and index != self.next_index - 1):
            return
        self.next_index = max(self.match_index, min(fit_index, index - 1)) + 1
        self._probing, self._probed = True, False
        self._unanswered.clear()
        self.fetched = ()
