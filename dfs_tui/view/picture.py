"""Everything a pane draws from, at one moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from dfs_tui.view.activity import Activity
from dfs_tui.view.changes import Changes
from dfs_tui.view.cluster import ClusterView, Connection
from dfs_tui.view.event_log import EventLog
from dfs_tui.view.glyphs import Glyphs
from dfs_tui.view.headline import KeyTotals
from dfs_tui.view.keys import KeyIndex
from dfs_tui.view.marks import Marks
from dfs_tui.view.timeline import Incident, Timeline
from dfs_tui.view.traffic import Traffic
from dfs_tui.view.transfers import recent
from dfs_tui.view.values import KeyFacts

HEALED_SHOWN_S = 30.0  # how long the home screen still shows an incident that is over


@dataclass(frozen=True, slots=True)
class Sample:
    """Throughput at one moment, in bytes a second."""

    store: float
    retrieve: float
    repair: float = 0.0


def _moving(sample: Sample) -> bool:
    return bool(sample.store or sample.retrieve or sample.repair)


@dataclass(frozen=True, slots=True)
class Picture:
    """`now` is monotonic seconds, `wall_s` the time of day. What is long (keys, log ...) is shared, not copied."""

    view: ClusterView
    keys: KeyIndex
    log: EventLog
    samples: Sequence[Sample]
    now: float
    wall_s: float
    glyphs: Glyphs
    activity: Activity = field(default_factory=Activity)
    marks: Marks = field(default_factory=Marks)
    row_marks: Mapping[str, Marks] = field(default_factory=dict)  # by view, those of the keys among them
    facts: KeyFacts | str | None = None
    content: bytes | None = None  # of the key that `facts` are about, if it is small
    timeline: Timeline = field(default_factory=Timeline)
    traffic: Traffic = field(default_factory=Traffic)
    changes: Changes = field(default_factory=Changes)
    changeable: bool = True  # False: opened with --read-only

    @property
    def totals(self) -> KeyTotals:
        return KeyTotals(len(self.keys.entries), self.keys.size_bytes, self.keys.loading)

    @property
    def incident(self) -> Incident | None:
        """The incident that goes on, or ended a moment ago."""
        last = self.timeline.incidents[-1] if self.timeline.incidents else None
        return last if last is not None and (last.open or self.now - last.healed_at < HEALED_SHOWN_S) else None

    @property
    def still(self) -> bool:
        """Does nothing move or grow older here, but the time of day and what nodes measure all the time?"""
        if self.view.connection is not Connection.LIVE or self.incident is not None or self.changes.shows(self.now):
            return False
        return not recent(self.view.transfers.values(), self.now) and not any(map(_moving, self.samples))

    def way(self, count: str) -> int:
        """Whether a count (by the names of `counts.py`) rose or fell a moment ago."""
        return self.changes.way(count, self.now)

    @property
    def copies_wanted(self) -> int:
        newest = self.view.freshest
        return newest.report.copies if newest is not None else 3
