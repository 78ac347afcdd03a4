"""How links and nodes have been going, kept from one report to the next: round trips, and bytes a second.

A report tells how long the last round trip was and how many bytes have moved since the node started; how that changes
is what one wants to see. Only what was reported is kept: a node that says nothing leaves no trace, not even a zero.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from dfs_tui.view.cluster import ClusterView, Reported
from dfs_tui.view.rates import Rate

ROUND_TRIPS_MAX = 120


@dataclass(frozen=True, slots=True)
class Moved:
    """Bytes a second a node takes in and hands out, and how far away it is for the others (ms; -1 unknown)."""

    taken: Rate
    handed: Rate
    rtt_ms: float = -1.0


class Traffic:
    """`observe` looks at a view; it costs nothing for links that have said nothing new."""

    def __init__(self) -> None:
        self._last: dict[str, Reported] = {}
        self._round_trips: dict[tuple[str, str], deque[float]] = {}
        self._moved: dict[str, Moved] = {}

    def observe(self, view: ClusterView) -> None:
        """Take in what was reported since the last time."""
        for link, told in view.reports.items():
            if self._last.get(link) is not told:
                self._last[link] = told
                self._take(told)

    def _take(self, told: Reported) -> None:
        report = told.report
        for peer in report.peers:
            if peer.rtt_ms >= 0 and peer.liveness == "up":
                kept = self._round_trips.setdefault((report.node, peer.node), deque(maxlen=ROUND_TRIPS_MAX))
                kept.append(peer.rtt_ms)
        before = self._moved.get(report.node)
        if before is None:
            taken = Rate.begin(told.at, report.stored_bytes)
            self._moved[report.node] = Moved(taken, Rate.begin(told.at, report.served_bytes))
        else:
            taken = before.taken.observe(told.at, report.stored_bytes)
            self._moved[report.node] = Moved(taken, before.handed.observe(told.at, report.served_bytes))

    def round_trips(self, node: str, peer: str) -> Sequence[float]:
        """Milliseconds between `node` and `peer` (ids) as `node` reported them, the newest last."""
        return self._round_trips.get((node, peer), ())

    def moved(self, node: str) -> Moved | None:
        """What a node (id) takes in and hands out; None: it has not told yet."""
        found = self._moved.get(node)
        last = [kept[-1] for (_, peer), kept in self._round_trips.items() if peer == node]
        return replace(found, rtt_ms=fmean(last)) if found is not None and last else found
