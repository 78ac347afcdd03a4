"""How fast something moves, smoothed; how long it will still take; whether it stands still.

An exponentially weighted mean over about five seconds: quick enough to follow a node going away, slow enough to read.
Values are given out only once there is enough history to mean something.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

WINDOW_S = 5.0
SETTLED_S = 2.0  # of data before a remaining time is worth showing
STALLED_S = 3.0  # without a byte, and the rate is no longer the news


@dataclass(frozen=True, slots=True)
class Rate:
    """What was seen of one growing count. `now` is monotonic seconds; `total` never shrinks (a restart begins anew)."""

    begun_at: float
    at: float
    total: int
    moved_at: float
    per_s: float = 0.0
    first: int = 0  # what it began with

    @classmethod
    def begin(cls, now: float, total: int = 0) -> Rate:
        return cls(begun_at=now, at=now, total=total, moved_at=now, first=total)

    def observe(self, now: float, total: int) -> Rate:
        """The rate after `total` was seen at `now`."""
        if total < self.total:
            return Rate.begin(now, total)
        elapsed = now - self.at
        if elapsed <= 0:
            return replace(self, total=total, moved_at=now if total > self.total else self.moved_at)
        current = (total - self.total) / elapsed
        # A plain mean until the window is full: an exponential one would creep up from zero for the first seconds.
        known = self.at - self.begun_at
        weight = elapsed / (known + elapsed) if known < WINDOW_S else 1 - math.exp(-elapsed / WINDOW_S)
        return Rate(
            begun_at=self.begun_at,
            at=now,
            total=total,
            moved_at=now if total > self.total else self.moved_at,
            per_s=self.per_s + weight * (current - self.per_s),
            first=self.first,
        )

    def settled(self, now: float) -> bool:
        """Was it followed for long enough to tell anything from it?"""
        return now - self.begun_at >= SETTLED_S

    def remaining_s(self, size: int, now: float) -> float | None:
        """Seconds until `size` is reached; None while nobody could know."""
        if size < 0 or not self.settled(now) or self.per_s <= 0 or self.stalled_s(now) is not None:
            return None
        return max(size - self.total, 0) / self.per_s

    def stalled_s(self, now: float) -> float | None:
        """For how long nothing has moved, once that is worth saying."""
        still = now - self.moved_at
        return still if still >= STALLED_S else None
