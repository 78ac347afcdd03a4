"""What the dashboard reads only to show it (the first lines of a key, two versions compared): no transfers of anybody.

A node cannot tell such a retrieve from one that was asked for, and reports it like any other. Every read is one report
with an id of its own, so the next one of the same key, which somebody did ask for, is shown.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager

from dfs_tui.sources.base import Clock
from dfs_tui.view.events import SourceEvent, TransferReported
from dfs_tui.view.values import Direction

LATE_S = 5.0  # so long after a read its report may still come
IDS_KEPT = 200


class Glimpses:
    """Knows which reports are of reads that nobody asked for."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._reading: list[str] = []  # keys whose report is still to come
        self._late: dict[str, float] = {}  # until when it may come, by key, after the read
        self._ids: OrderedDict[tuple[str, str], None] = OrderedDict()

    @contextmanager
    def reading(self, key: str) -> Iterator[None]:
        """While `key` is read."""
        self._reading.append(key)
        try:
            yield
        finally:
            if key in self._reading:
                self._reading.remove(key)
                now = self._clock.now()
                self._late = {other: until for other, until in self._late.items() if until > now} | {key: now + LATE_S}

    def hide(self, event: SourceEvent) -> bool:
        """Is this about such a read?"""
        if not isinstance(event, TransferReported):
            return False
        report, name = event.transfer, (event.link, event.transfer.id)
        if name not in self._ids:
            if report.direction is not Direction.RETRIEVE or not self._expected(report.key):
                return False
            self._ids[name] = None
            if len(self._ids) > IDS_KEPT:
                self._ids.popitem(last=False)
        return True

    def _expected(self, key: str) -> bool:
        if key in self._reading:
            self._reading.remove(key)
            return True
        return self._late.pop(key, 0.0) > self._clock.now()
