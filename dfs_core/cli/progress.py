"""A progress bar with rate and time left on a terminal; silence anywhere else.

It says what the dashboard's transfers say, in the same words: a rate over about five seconds, time left only after two
seconds of data, *stalled* when nothing has moved for three, and no end before copies are confirmed. It appears only
when a run has lasted long enough to be watched, so a small file costs no drawing and no import.
"""

from __future__ import annotations

import asyncio
import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Self

from dfs_core.cli.sizes import format_duration, format_size

if TYPE_CHECKING:
    from rich.progress import Progress

_APPEARS_AFTER_S = 0.4
_FRAMES_PER_S = 8
_RATE_HORIZON_S = 5.0
_SETTLED_S = 2.0  # of data before a remaining time is worth showing
_STALLED_S = 3.0  # without a byte, and the rate is no longer the news


def pace_words(moved: int, total: int | None, rate: float | None, *, elapsed_s: float, still_s: float) -> str:
    """How fast it goes and how long it will take; what is not known is not said, or a dash when it could be by now."""
    if total is not None and moved >= total > 0:
        return "confirming"
    if still_s >= _STALLED_S:
        return f"stalled {format_duration(still_s)}"
    said = f"{format_size(round(rate))}/s" if rate else ""
    if elapsed_s < _SETTLED_S:
        return said
    left = f"{format_duration((total - moved) / rate)} left" if rate and total is not None else "—"
    return f"{said}  {left}".strip()


class ProgressBar:
    """Bytes moved of a total that may become known later. `with` it inside a running loop; all methods are cheap."""

    def __init__(self, what: str, total: int | None = None) -> None:
        """`what` goes before the bar; it must be safe to show."""
        self._what, self._total = what, total
        self._moved = 0
        self._bar: Progress | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._begun_at = self._moved_at = time.monotonic()

    def __enter__(self) -> Self:
        if sys.stderr.isatty():
            self._timer = asyncio.get_running_loop().call_later(_APPEARS_AFTER_S, self._appear)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._bar is not None:
            self._bar.stop()

    @property
    def watched(self) -> bool:
        """Whether anybody may see it, so that a total is worth counting."""
        return self._timer is not None

    def set_total(self, total: int) -> None:
        self._total = total
        self._update()

    def moved(self, count: int) -> None:
        """`count` more bytes."""
        self.at(self._moved + count)

    def at(self, so_far: int) -> None:
        """`so_far` bytes altogether."""
        if so_far != self._moved:
            self._moved_at = time.monotonic()
        self._moved = so_far
        self._update()

    def _update(self) -> None:
        if self._bar is not None:
            self._bar.update(self._bar.task_ids[0], completed=self._moved, total=self._total)

    def _pace(self, rate: float | None) -> str:
        now = time.monotonic()
        since = (now - self._begun_at, now - self._moved_at)
        return pace_words(self._moved, self._total, rate, elapsed_s=since[0], still_s=since[1])

    def _appear(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, DownloadColumn, Progress, ProgressColumn, Task, TextColumn
        from rich.text import Text

        class PaceColumn(ProgressColumn):
            """What `pace_words` says of the moment."""

            def render(_, task: Task) -> Text:  # noqa: N805 - `self` is the bar's
                return Text(self._pace(task.speed))

        self._bar = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            DownloadColumn(binary_units=True),
            PaceColumn(),
            console=Console(stderr=True),
            transient=True,
            refresh_per_second=_FRAMES_PER_S,
            speed_estimate_period=_RATE_HORIZON_S,
        )
        self._bar.add_task(self._what, total=self._total, completed=self._moved)
        self._bar.start()
