"""What every deed needs: the source, the clock, and where events go."""

from __future__ import annotations

from collections.abc import Callable

from dfs_tui.sources.base import Clock, Source
from dfs_tui.view.events import (
    ActivityBegun,
    ActivityEnded,
    LinkLost,
    LinkOpened,
    LocalNodesListed,
    Noted,
    SourceEvent,
    SourceFailed,
)
from dfs_tui.view.values import Level

URGENT = (LocalNodesListed, LinkOpened, LinkLost, SourceFailed)  # rare, and what one waits for


class Desk:
    """Events are only appended to a list here; the bridge folds them in when it draws."""

    def __init__(self, source: Source, clock: Clock) -> None:
        self.source = source
        self.clock = clock
        self._pending: list[tuple[float, SourceEvent]] = []
        self._serial = 0
        self.hurry: Callable[[], None] = _nothing  # called when the next pump is better soon
        self.tap: Callable[[SourceEvent], None] | None = None  # who else is told everything

    def receive(self, event: SourceEvent) -> None:
        """Something happened; it is on screen after the next `pump`."""
        self._pending.append((self.clock.now(), event))  # rates are measured by when things happened, not when shown
        if self.tap is not None:
            self.tap(event)
        if isinstance(event, URGENT):
            self.hurry()

    def note(self, level: Level, text: str) -> None:
        """Say something in the log and in the message line."""
        self.receive(Noted(level, text))

    def begin(self, line: str) -> str:
        """Something is being done that the command line could do as well: `line` says how. The result names it."""
        self._serial += 1
        name = f"{self._serial:06}"
        self.receive(ActivityBegun(name, line))
        return name

    def end(self, name: str, outcome: str, *, failed: bool = False) -> None:
        """And this came of it."""
        self.receive(ActivityEnded(name, outcome, failed))

    def wall(self) -> float:
        """Seconds since 1970 by the dashboard's clock."""
        return self.clock.wall()

    def now(self) -> float:
        """Monotonic seconds by the dashboard's clock."""
        return self.clock.now()


def _nothing() -> None:
    """Nobody is in a hurry."""
