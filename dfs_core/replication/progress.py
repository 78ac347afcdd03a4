"""How a repair goes: how many copies it was, how many are left, how fast, and how long it will take at that rate."""

from __future__ import annotations

from dfs_core.encoding.health_messages import Repair
from dfs_core.replication.workers.worker import Rate

_RATE_MIN = 1.0  # bytes a second; below it no end can be told


class RepairProgress:
    """Follows what is missing from one look to the next."""

    def __init__(self) -> None:
        self._done = self._left = self._left_bytes = self._done_bytes = 0
        self._rate = Rate()

    def at(self, now: float, left: int, left_bytes: int) -> Repair:
        """Now that so much is missing. What went from it counts as done; with nothing missing a new count begins."""
        self._done += max(0, self._left - left)
        self._done_bytes += max(0, self._left_bytes - left_bytes)
        self._left, self._left_bytes = left, left_bytes
        rate = self._rate.at(now, self._done_bytes)
        if not left:
            self._done = 0
            return Repair()
        eta_s = left_bytes / rate if rate >= _RATE_MIN else -1.0
        return Repair(self._done + left, left, left_bytes, rate, eta_s)
