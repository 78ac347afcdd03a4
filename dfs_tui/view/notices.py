"""What the message line has to say: one thing at a time, each for a while, and nothing grave hidden by lesser news."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from dfs_tui.view.events import Noted
from dfs_tui.view.values import Level

NOTICE_S = 8.0  # how long the message line keeps what it said
NOTICE_LEAST_S = 2.0  # what went wrong is there for that long before lesser news takes its place
NOTICE_EACH_S = 1.0  # and anything else before news of its kind does: what came at one moment would never be seen
WAITING_LONG = 3  # more than so many do not wait for one another: the log has them all
WAITING_MAX = 20

_GRAVITY = (Level.INFO, Level.WARNING, Level.ERROR)


class Notices:
    """Times are monotonic."""

    def __init__(self) -> None:
        self._shown: Noted | None = None
        self._until = 0.0
        self._waiting: deque[Noted] = deque(maxlen=WAITING_MAX)

    @property
    def waiting(self) -> bool:
        """Is there news that is still to be shown?"""
        return bool(self._waiting)

    def take(self, news: Iterable[Noted], now: float) -> bool:
        """Show what may be shown of this and of what waits; True when that is anything."""
        self._waiting.extend(news)
        shown = False
        while self._waiting and not self._must_wait(self._waiting[0], now):
            self.show(self._waiting.popleft(), now)
            shown = True
        return shown

    def _must_wait(self, notice: Noted, now: float) -> bool:
        if self._shown is None:
            return False
        graver = _GRAVITY.index(notice.level) - _GRAVITY.index(self._shown.level)
        if graver == 0:
            least = NOTICE_EACH_S if len(self._waiting) <= WAITING_LONG else 0.0
        else:
            least = 0.0 if graver > 0 else NOTICE_LEAST_S
        return now < self._until - NOTICE_S + least

    def show(self, notice: Noted, now: float) -> None:
        """Say this at once: somebody has asked for it."""
        self._shown, self._until = notice, now + NOTICE_S

    def at(self, now: float) -> Noted | None:
        """What is said now, if anything is."""
        return self._shown if now < self._until else None

    def expire(self, now: float) -> bool:
        """Take away what was said for long enough; True when there was such a thing."""
        if self._shown is None or now < self._until:
            return False
        self._shown = None
        return True
