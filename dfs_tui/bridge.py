"""Between the sources and the screen: events in, a picture out; wishes in, transfers and node actions out.

Events come as fast as they like and are only appended to a list. `pump`, called four times a second when there are any
and after every wish, folds them with `reduce` and says which parts of the picture changed; so five thousand events a
second cost no more than a few paints. What the user asks for (`doing`) runs in coroutines that the app starts as
workers: each one ends in an event, whatever happens to its node, and none of them touches a widget.
"""

from __future__ import annotations

from collections import deque
from enum import Flag, auto

from dfs_tui.doing.comparing import ComparingDeeds
from dfs_tui.doing.files import FileDeeds
from dfs_tui.doing.links import LinkDeeds
from dfs_tui.doing.logs import LogDeeds
from dfs_tui.doing.nodes import NodeDeeds
from dfs_tui.doing.upkeep import UpkeepDeeds
from dfs_tui.doing.versions import VersionDeeds
from dfs_tui.doing.workers import WorkerDeeds
from dfs_tui.sources.base import Clock, Source, SourceError
from dfs_tui.view.activity import Activity
from dfs_tui.view.changes import Changes
from dfs_tui.view.cluster import ClusterView, reduce
from dfs_tui.view.counts import copy_counts, key_counts, node_counts
from dfs_tui.view.event_log import EventLog
from dfs_tui.view.events import (
    ActivityBegun,
    ActivityEnded,
    ActivityEvent,
    KeyEvent,
    KeyRemoved,
    KeysListed,
    KeysRestarted,
    KeyStored,
    NodeReported,
    Noted,
)
from dfs_tui.view.glyphs import Glyphs
from dfs_tui.view.keys import KeyIndex
from dfs_tui.view.marks import Marks
from dfs_tui.view.picture import Picture, Sample
from dfs_tui.view.timeline import Timeline
from dfs_tui.view.traffic import Traffic
from dfs_tui.view.transfers import summarise
from dfs_tui.view.values import KeyFacts, Level, settled

SAMPLES = 240
SAMPLE_S = 0.5
FROZEN_MAX = 200_000  # events that wait while the picture is held: some forty seconds of a very busy cluster


class Changed(Flag):
    """Parts of the picture."""

    NOTHING = 0
    CLUSTER = auto()
    FIGURES = auto()  # of the cluster, those that move by themselves: ages, round trips
    KEYS = auto()
    LOG = auto()
    ACTIVITY = auto()


class Bridge(FileDeeds, ComparingDeeds, LogDeeds, UpkeepDeeds, VersionDeeds, NodeDeeds, WorkerDeeds, LinkDeeds):
    """Holds the picture of one source, and does what is asked of it."""

    def __init__(self, source: Source, clock: Clock) -> None:
        super().__init__(source, clock)
        self.view = ClusterView()
        self.keys = KeyIndex()
        self.key_changes = 0  # that were ever told of
        self.log = EventLog()
        self.activity = Activity()
        self.marks = Marks()
        nodes = Marks()  # of the home screen as well
        self.row_marks = {"keys": self.marks, "transfers": Marks(), "repair": Marks(), "peers": Marks()}  # by view
        self.row_marks |= {"nodes": nodes, "cluster": nodes}
        self.timeline = Timeline()
        self.traffic = Traffic()
        self.changes = Changes()
        self.facts: KeyFacts | str | None = None  # about the key that is looked at; or why there are none
        self.content: bytes | None = None  # of that key, if it is small
        self._notices: deque[Noted] = deque(maxlen=20)
        self._samples: deque[Sample] = deque(maxlen=SAMPLES)
        self._sampled_at = -1.0
        self._frozen_at: tuple[float, float] | None = None
        self._noticed = 0  # while frozen: how many of the waiting events were looked at for news

    # -- events

    @property
    def frozen(self) -> bool:
        """Is the picture held as it was?"""
        return self._frozen_at is not None

    @property
    def waiting(self) -> bool:
        """Did something happen that is still to be folded in?"""
        return bool(self._pending)

    def freeze(self) -> bool:
        """Hold the picture, or let it go on; True when it is held now. Nothing is lost: events wait."""
        self._frozen_at = None if self.frozen else (self.now(), self.wall())
        self._noticed = 0
        return self.frozen

    def _wait_frozen(self) -> bool:
        """Events wait, but what the dashboard itself has to say is said. False: there are too many, so it goes on."""
        if len(self._pending) > FROZEN_MAX:
            self.freeze()
            self.note(Level.WARNING, "No longer frozen: too much happened meanwhile to keep it all back")
            return False
        fresh, self._noticed = self._pending[self._noticed :], len(self._pending)
        self._notices.extend(event for _, event in fresh if isinstance(event, Noted) and not event.node)
        return True

    def pump(self) -> Changed:
        """Fold in what came since the last time. Costs the events, not the size of the cluster."""
        if self.frozen and self._wait_frozen():
            return Changed.NOTHING
        pending, self._pending = self._pending, []
        now, wall_s = self.now(), self.wall()
        view = self.view
        keys: list[KeyEvent] = []
        notes: list[Noted] = []
        deeds: list[ActivityEvent] = []
        matters = False
        for at, event in pending:
            match event:
                case KeysListed():
                    keys.append(event)
                    self.key_changes += len(event.entries)
                case KeysRestarted() | KeyStored() | KeyRemoved():
                    keys.append(event)
                    self.key_changes += 1
                case Noted():
                    notes.append(event)
                case ActivityBegun() | ActivityEnded():
                    deeds.append(event)
                case NodeReported(link=link, report=report):
                    before = view.reports.get(link)
                    matters = matters or before is None or settled(before.report) != settled(report)
                    view = reduce(view, event, at)
                case _:
                    matters = True
                    view = reduce(view, event, at)
        changed = Changed.NOTHING
        if view is not self.view:
            self.view = view
            self.timeline.observe(view, now, wall_s)
            for incident in self.timeline.take_over():
                notes.append(Noted(Level.INFO, f"{incident.title}: {incident.outcome}"))
                deeds += self.activity.came_to(f":node kill {incident.title}", incident.outcome)
            self.traffic.observe(view)
            self.changes.observe(node_counts(view, now), now)
            self.changes.observe(copy_counts(view), now)
            changed |= Changed.CLUSTER if matters else Changed.FIGURES
        loading = self.keys.loading
        if self.keys.apply(keys, wall_s):
            self.keys.settle(wall_s)
            self.changes.observe(key_counts(self.keys.by_copies), now, quiet=self.keys.loading or loading)
            changed |= Changed.KEYS
        if self.log.add(notes, wall_s):
            changed |= Changed.LOG
            self._notices.extend(note for note in notes if not note.node)
        if self.activity.add(deeds, wall_s):
            changed |= Changed.ACTIVITY
        self._sample(now)
        return changed

    def take_notices(self) -> list[Noted]:
        """What the dashboard itself had to say since the last time, oldest first."""
        taken = list(self._notices)
        self._notices.clear()
        return taken

    def picture(self, glyphs: Glyphs) -> Picture:
        """What to draw now."""
        now, wall_s = self._frozen_at or (self.now(), self.wall())
        return Picture(
            self.view,
            self.keys,
            self.log,
            self._samples,
            now,
            wall_s,
            glyphs,
            activity=self.activity,
            marks=self.marks,
            row_marks=self.row_marks,
            facts=self.facts,
            content=self.content,
            timeline=self.timeline,
            traffic=self.traffic,
            changes=self.changes,
        )

    def _sample(self, now: float) -> None:
        due = 1 if self._sampled_at < 0 else int((now - self._sampled_at) / SAMPLE_S)  # nobody pumps when all is quiet
        if due < 1:
            return
        self._sampled_at = now if due == 1 else self._sampled_at + due * SAMPLE_S
        moving = summarise(self.view.transfers.values(), now)
        newest = self.view.freshest
        repair = newest.report.repair.rate if newest is not None and newest.report.repair.left else 0.0
        self._samples.extend([Sample(moving.store_rate, moving.retrieve_rate, repair)] * min(due, SAMPLES))

    async def watch(self) -> None:
        """Let the source tell what happens, until cancelled."""
        await self.source.watch(self.receive)

    async def close(self, *, stop_nodes: bool) -> None:
        """Let go of the source. A failure to stop a node is said, not raised."""
        try:
            await self.source.close(stop_nodes=stop_nodes)
        except SourceError as error:
            self.note(Level.ERROR, str(error))
