"""Reads that wait until the leader is known to have led when they were asked for.

Reads gather until the core is next asked for its work; then they share one numbered heartbeat round and the commit
index of that moment. An answer to that round or a later one was given after all of them were asked. When a majority
has answered, no other leader can have committed anything before the round began, so the index covers whatever
was acknowledged to anybody before.
"""

from __future__ import annotations

from collections import deque

from dfs_core.model.raft_ready import ReadIndex


class ReadRounds:
    """The reads of one leader's term."""

    def __init__(self) -> None:
        self.round = 0  # the newest round begun
        self._waiting: list[int] = []
        self._begun: deque[tuple[int, int, list[int]]] = deque()  # (round, index, contexts), by round

    def ask(self, context: int) -> None:
        """Add a read to the next round."""
        self._waiting.append(context)

    def begin(self, commit_index: int) -> bool:
        """Begin a round for the reads that wait. Whether there were any: then every voter must hear of it."""
        if not self._waiting:
            return False
        self.round += 1
        self._begun.append((self.round, commit_index, self._waiting))
        self._waiting = []
        return True

    def confirm(self, round_answered: int) -> list[ReadIndex]:
        """A majority answered `round_answered`: the reads of all rounds up to it, in the order they were asked."""
        confirmed: list[ReadIndex] = []
        while self._begun and self._begun[0][0] <= round_answered:
            _, index, contexts = self._begun.popleft()
            confirmed += [ReadIndex(context, index) for context in contexts]
        return confirmed

    def abandon(self) -> list[int]:
        """The term is over: the contexts of all reads that were not confirmed."""
        contexts = [context for _, _, begun in self._begun for context in begun] + self._waiting
        self._begun.clear()
        self._waiting = []
        return contexts
