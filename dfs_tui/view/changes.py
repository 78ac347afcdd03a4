"""Which counts moved a moment ago, and which way: an arrow beside a number, so that a change is seen and not searched.

The first value of a count is no change, and neither is one that is only just being read.
"""

from __future__ import annotations

from collections.abc import Mapping

SHOWN_S = 2.0
DRAWN_S = SHOWN_S + 1.5  # for that long somebody has to draw again, at least once a second, so that arrows go away


class Changes:
    """Counts by name, their last values, and when they moved."""

    def __init__(self) -> None:
        self._last: dict[str, int] = {}
        self._moved: dict[str, tuple[int, float]] = {}
        self._newest = float("-inf")

    def observe(self, counts: Mapping[str, int], now: float, *, quiet: bool = False) -> None:
        """Take in new values. `quiet`: they are only being read, so none of them has moved."""
        for name, count in counts.items():
            before = self._last.get(name, count)
            self._last[name] = count
            if count != before and not quiet:
                self._moved[name] = (1 if count > before else -1, now)
                self._newest = now

    def way(self, name: str, now: float) -> int:
        """1: it rose a moment ago, -1: it fell, 0: it stands."""
        way, at = self._moved.get(name, (0, now))
        return way if now - at < SHOWN_S else 0

    def shows(self, now: float) -> bool:
        """Is an arrow on screen, or was one a moment ago?"""
        return now - self._newest < DRAWN_S
