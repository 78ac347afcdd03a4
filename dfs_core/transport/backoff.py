"""How long to wait before dialling again: doubling, bounded, and never in step with the others."""

from __future__ import annotations

from random import Random

from dfs_core.limits import DIAL_BACKOFF_S_MAX, DIAL_BACKOFF_S_MIN


class Backoff:
    """The waits after one failure, two, three …; back at the start after `reset`."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._ceiling_s = DIAL_BACKOFF_S_MIN

    def reset(self) -> None:
        """The peer was heard: next time start from the shortest wait."""
        self._ceiling_s = DIAL_BACKOFF_S_MIN

    def next_s(self) -> float:
        """Half to all of a ceiling that doubles with each call, so that a cluster does not dial in unison."""
        ceiling_s, self._ceiling_s = self._ceiling_s, min(2 * self._ceiling_s, DIAL_BACKOFF_S_MAX)
        return ceiling_s * (0.5 + self._random.random() / 2)
