"""The views that were looked at, one after the other: back, forward, and the one before."""

from __future__ import annotations

VISITS_MAX = 50


class Visits:
    """Where one was. Going somewhere new from the past forgets what came after it, as in a browser."""

    def __init__(self, first: str) -> None:
        self._been = [first]
        self._at = 0

    @property
    def here(self) -> str:
        return self._been[self._at]

    def go(self, view: str) -> None:
        """`view` is looked at now."""
        if view == self.here:
            return
        self._been = [*self._been[: self._at + 1], view][-VISITS_MAX:]
        self._at = len(self._been) - 1

    def back(self) -> str:
        """The view before this one, empty when there is none; it is the one looked at now."""
        return self._step(-1)

    def forward(self) -> str:
        """The view that one came back from, empty when there is none."""
        return self._step(1)

    def _step(self, step: int) -> str:
        if not 0 <= self._at + step < len(self._been):
            return ""
        self._at += step
        return self.here

    @property
    def last(self) -> str:
        """The view that was looked at before this one, whichever way one went; empty when there is none."""
        return self._been[self._at - 1] if self._at else (self._been[1] if len(self._been) > 1 else "")
