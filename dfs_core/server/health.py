"""How the cluster is, as this node tells it: the leader's report, the same on every node, with its age."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from dfs_core.clock import Clock
from dfs_core.encoding.health_messages import HealthChanged, HealthFound, HealthReport, Repair, ShareHealth
from dfs_core.model.health import STATES, as_seen, judge_cluster
from dfs_core.model.ids import NodeId
from dfs_core.replication.audit import Audit
from dfs_core.replication.memberlist import MemberList
from dfs_core.replication.progress import RepairProgress
from dfs_core.server.events import EventBus
from dfs_core.transport.peers import Peers

SHARE_S = 1.0  # between two reports that differ
REPEAT_S = 3.0  # and between two that do not, so that every node knows that somebody looks
SILENT_S = 12.0  # a vault, which has no log to tell it, thinks after so long that nobody leads
LOOK_S = 1.0
_LEVELS = ("info", "warning", "error", "error")


class HealthBoard:
    """The newest report that was heard. Reports are ordered by the leader's term, then by their number."""

    def __init__(self, *, clock: Clock, events: EventBus) -> None:
        self._clock, self._events = clock, events
        self._report, self._heard_at = HealthReport(), clock.now()
        self._shown = ""
        self._leaderless: Callable[[], str] | None = None

    def follow(self, leaderless: Callable[[], str]) -> None:
        """`leaderless()` says why nobody leads, empty when somebody does. A vault can only tell by the silence."""
        self._leaderless = leaderless

    def hear(self, report: HealthReport) -> None:
        """A report came. One of an older leader, or an older one, is put aside."""
        if report.state not in STATES or (report.term, report.number) < (self._report.term, self._report.number):
            return
        self._report, self._heard_at = report, self._clock.now()

    def seen(self) -> HealthFound:
        """The report, how old it is, and what this node makes of it."""
        heard = bool(self._report.state)
        silent_s = self._clock.now() - self._heard_at
        state, reasons = as_seen(self._report.state, self._report.reasons, silent_s, leaderless=self._why(silent_s))
        return HealthFound(self._report, state, reasons, silent_s if heard else -1.0)

    def _why(self, silent_s: float) -> str:
        if self._leaderless is not None:
            return self._leaderless()
        return f"no leader has reported for {silent_s:.0f} s" if silent_s >= SILENT_S else ""

    async def run(self) -> None:
        """Tell watchers when the state changes, for ever."""
        while True:
            found = self.seen()
            if found.state != self._shown:
                if self._shown:
                    self._events.publish(HealthChanged(self._shown, found.state, found.reasons))
                    text = "; ".join((f"the cluster is {found.state}, it was {self._shown}", *found.reasons))
                    self._events.record(_LEVELS[STATES.index(found.state)], text)
                self._shown = found.state
            await self._clock.sleep(LOOK_S)


class HealthSharer:
    """On the leader: makes a report of what the audit found, and tells everybody."""

    def __init__(
        self,
        *,
        node: NodeId,
        board: HealthBoard,
        members: MemberList,
        peers: Peers,
        term: Callable[[], int],
        full: Callable[[], list[NodeId]],
        clock: Clock,
    ) -> None:
        """`full()`: the nodes that have no room for chunks."""
        self._node, self._board, self._members, self._peers = node, board, members, peers
        self._term, self._full, self._clock = term, full, clock
        self._progress = RepairProgress()
        self._report = HealthReport()
        self._told: frozenset[NodeId] = frozenset()
        self._shared_at = -REPEAT_S

    def share(self, audit: Audit) -> None:
        """Called after each step of the audit; tells once a second what is new, and now and then that nothing is."""
        now = self._clock.now()
        if now - self._shared_at < SHARE_S:
            return
        alive = self._peers.alive()
        report = self._make(audit, now)
        same = msgspec.structs.replace(report, number=self._report.number) == self._report and alive == self._told
        if same and now - self._shared_at < REPEAT_S:
            return
        self._report, self._told, self._shared_at = report, alive, now
        self._board.hear(report)
        for node in sorted(alive):
            self._peers.notify(node, ShareHealth(report))

    def _make(self, audit: Audit, now: float) -> HealthReport:
        totals = audit.totals()
        reachable = self._peers.alive() | {self._node}
        state, reasons = judge_cluster(totals, self._members.layout, reachable, audit.counting(), self._full())
        return HealthReport(
            state=state,
            reasons=reasons,
            term=self._term(),
            number=self._report.number + 1,
            chunks=totals.chunks,
            bytes=totals.chunk_bytes,
            copies_found=totals.histogram(),
            under_chunks=totals.under,
            under_bytes=totals.under_bytes,
            absent_chunks=totals.absent,
            lost_chunks=totals.lost,
            surplus_copies=totals.surplus,
            unknown_chunks=totals.unknown,
            unknown_bytes=totals.unknown_bytes,
            uncounted_buckets=totals.uncounted_buckets,
            repair=self._progress.at(now, totals.left, totals.left_bytes) if not totals.uncounted_buckets else Repair(),
        )
