"""A progress bar with rate and time left on a terminal; silence anywhere else.

It appears only when a run has lasted long enough to be watched, so a small file costs no drawing and no import.
"""

from __future__ import annotations

import asyncio
import sys
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from rich.progress import Progress

_APPEARS_AFTER_S = 0.4
_FRAMES_PER_S = 8


class ProgressBar:
    """Bytes moved of a total that may become known later. `with` it inside a running loop; all methods are cheap."""

    def __init__(self, what: str, total: int | None = None) -> None:
        """`what` goes before the bar; it must be safe to show."""
        self._what, self._total = what, total
        self._moved = 0
        self._bar: Progress | None = None
        self._timer: asyncio.TimerHandle | None = None

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
        self._moved += count
        self._update()

    def at(self, so_far: int) -> None:
        """`so_far` bytes altogether."""
        self._moved = so_far
        self._update()

    def _update(self) -> None:
        if self._bar is not None:
            self._bar.update(self._bar.task_ids[0], completed=self._moved, total=self._total)

    def _appear(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn
        from rich.progress import TransferSpeedColumn as RateColumn

        self._bar = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            DownloadColumn(binary_units=True),
            RateColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
            refresh_per_second=_FRAMES_PER_S,
        )
        self._bar.add_task(self._what, total=self._total, completed=self._moved)
        self._bar.start()
