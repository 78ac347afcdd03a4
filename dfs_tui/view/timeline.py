"""What happened since a node went away: suspected, down, out, chunks short of copies, healing, healthy again.

It is read off the views as they come, one after the other: nothing has to be told twice, and what the nodes themselves
say counts. An incident begins when a node is no longer up or the cluster no longer healthy, and ends when everything
is healthy again; its moments are seconds after its beginning.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from dfs_tui.view import format as fmt
from dfs_tui.view.cells import Cell, Column, Row, Tone, cell
from dfs_tui.view.cluster import ClusterView, Connection, LinkState
from dfs_tui.view.glyphs import Glyphs
from dfs_tui.view.nodes import NodeRow, NodeState, making, node_rows
from dfs_tui.view.peers import node_names
from dfs_tui.view.reckoning import Reckoning
from dfs_tui.view.values import NodeReport

INCIDENTS_MAX = 20
MOMENTS_MAX = 200
_AWAY = frozenset((NodeState.KILLED, NodeState.FAILED, NodeState.STOPPED, NodeState.SUSPECT, NodeState.DOWN))
_FIRST_WORDS = {
    NodeState.KILLED: ("was killed (SIGKILL) by you", "bad"),
    NodeState.FAILED: ("ended by itself", "bad"),
    NodeState.STOPPED: ("was stopped by you", "warn"),
    NodeState.SUSPECT: ("does not answer", "warn"),
    NodeState.DOWN: ("is down", "bad"),
}


@dataclass(frozen=True, slots=True)
class Moment:
    """One line. `at` is monotonic."""

    id: str
    at: float
    wall_s: float
    sign: str  # the name of a glyph
    tone: Tone
    text: str


@dataclass(slots=True)
class Incident:
    """`healed_at` is 0 while it goes on; then `outcome` says what it came to."""

    title: str
    begun_at: float
    wall_s: float
    moments: list[Moment] = field(default_factory=list)
    healed_at: float = 0.0
    outcome: str = ""
    reckoning: Reckoning = field(default_factory=Reckoning)
    changed_at: float = 0.0  # when a node went away or came back last
    unhealthy_seen: bool = False  # in what was counted since one went away
    said: set[str] = field(default_factory=set)

    @property
    def open(self) -> bool:
        return not self.healed_at


class Timeline:
    """Hand every new view to `observe`. Incidents are kept oldest first."""

    def __init__(self) -> None:
        self.incidents: list[Incident] = []
        self.revision = 0
        self._states: dict[str, NodeState] = {}
        self._serial = 0
        self._over: list[Incident] = []

    @property
    def current(self) -> Incident | None:
        """The incident that goes on, if one does."""
        return self.incidents[-1] if self.incidents and self.incidents[-1].open else None

    def take_over(self) -> list[Incident]:
        """Incidents that ended since this was last asked."""
        taken, self._over = self._over, []
        return taken

    def observe(self, view: ClusterView, now: float, wall_s: float) -> bool:
        """Take in a view; True when there is something new to tell."""
        before = self.revision
        rows = node_rows(view, now)
        if view.connection is Connection.LIVE and not making(view):
            self._watch_nodes(view, rows, now, wall_s)
            self._watch_health(view, rows, now, wall_s)
        elif self.current is not None:
            self.current.reckoning.blind = True
        self._states = {row.id: row.state for row in rows}
        return self.revision != before

    # -- nodes

    def _watch_nodes(self, view: ClusterView, rows: Sequence[NodeRow], now: float, wall_s: float) -> None:
        for row in rows:
            was = self._states.get(row.id)
            if row.state is was or was is None:
                continue
            if row.state in _AWAY and was not in _AWAY:
                if self.current is None:
                    self._begin(row.name, now, wall_s)
                text, tone = _FIRST_WORDS[row.state]
                sign = "stopped" if row.state is NodeState.STOPPED else "down" if tone == "bad" else "suspect"
                self._say("", sign, "bad" if tone == "bad" else "warn", f"{row.name} {text}", now, wall_s)
                self._forget(row.node, now)
            elif row.state is NodeState.UP and self.current is not None:
                self._say("", "up", "good", f"{row.name} is up again: what it holds counts at once", now, wall_s)
                self.current.reckoning.returned(row.node, row.name, now)
                self.current.changed_at = now
        if self.current is not None:
            for row in rows:
                self._watch_opinion(view, row, now, wall_s)

    def _watch_opinion(self, view: ClusterView, row: NodeRow, now: float, wall_s: float) -> None:
        """What the others say of a node."""
        names = node_names(view)
        doubts = sorted(
            names.get(node, node[:8]) for node, liveness, _ in _opinions(view, row.node) if liveness == "suspect"
        )
        if doubts:
            self._say(
                f"suspect {row.node}",
                "suspect",
                "warn",
                f"{row.name} is suspected by {fmt.listed(doubts, 'nodes')}",
                now,
                wall_s,
            )
        told = [liveness for _, liveness, _ in _opinions(view, row.node)]
        down = told.count("down")
        if down and 2 * down > len(told):
            self._say(
                f"down {row.node}", "down", "bad", f"{row.name} is down for {down} of {len(told)} nodes", now, wall_s
            )
        if any(state == "out" for _, _, state in _opinions(view, row.node)):
            text = f"{row.name} is out: its copies are made elsewhere"
            self._say(f"out {row.node}", "attention", "warn", text, now, wall_s)

    def _forget(self, node: str, now: float) -> None:
        """It goes away, perhaps once more: what was said of it may be said again, what was counted does not count."""
        if self.current is not None:
            self.current.changed_at, self.current.unhealthy_seen = now, False
            self.current.said -= {f"suspect {node}", f"down {node}", f"out {node}"}

    # -- health

    def _watch_health(self, view: ClusterView, rows: Sequence[NodeRow], now: float, wall_s: float) -> None:
        newest = view.freshest
        if newest is None:
            return
        report = newest.report
        bad = bool(report.under_chunks) or report.health not in ("HEALTHY", "")
        incident = self.current
        if incident is None:
            if not (bad and report.under_chunks):
                return
            incident = self._begin("the cluster", now, wall_s)
        counted_at = newest.at - max(report.health_age_s, 0.0)
        fresh = counted_at >= incident.changed_at
        incident.unhealthy_seen |= bad and fresh
        reckoning = incident.reckoning
        reckoning.observe(report, _held(rows), [row.node for row in rows if row.state in _AWAY], now)
        if report.under_chunks:
            self._say("under", "attention", "warn", _short_text(report), now, wall_s)
        if report.lost_chunks:
            self._say("lost", "down", "bad", f"{fmt.plural(report.lost_chunks, 'chunk')} lost", now, wall_s)
        if report.repair.left and report.repair.rate > 0:
            left = fmt.plural(report.repair.left, "copy", "copies")
            size = fmt.size(report.repair.left_bytes)
            self._say("repair", "repair", "accent", f"healing begins: {left} to make ({size})", now, wall_s)
        if report.repair.left:
            reckoning.bringing(_bringing(view))
        away = any(row.state in _AWAY or row.state is NodeState.STARTING for row in rows)
        over = not bad and fresh and (incident.unhealthy_seen or not away)
        if free := reckoning.take_free(now, over=over):
            self._say("", "done", "good", free, now, wall_s)
        if over:
            self._heal(incident, now, wall_s)

    def _heal(self, incident: Incident, now: float, wall_s: float) -> None:
        incident.outcome = incident.reckoning.in_the_end(now - incident.begun_at)
        self._say("healed", "done", "good", incident.outcome, now, wall_s)
        incident.healed_at = now
        self._over.append(incident)

    # -- telling

    def _begin(self, title: str, now: float, wall_s: float) -> Incident:
        incident = Incident(title, now, wall_s)
        self.incidents.append(incident)
        del self.incidents[:-INCIDENTS_MAX]
        self.revision += 1
        return incident

    def _say(self, once: str, sign: str, tone: Tone, text: str, now: float, wall_s: float) -> None:
        incident = self.current
        if incident is None or (once and once in incident.said) or len(incident.moments) >= MOMENTS_MAX:
            return
        if once:
            incident.said.add(once)
        self._serial += 1
        incident.moments.append(Moment(f"{self._serial:06}", now, wall_s, sign, tone, text))
        self.revision += 1

    def rows(self) -> Iterator[tuple[Incident, Moment]]:
        """Every moment of every incident, newest incident first, each from its beginning."""
        for incident in reversed(self.incidents):
            for moment in incident.moments:
                yield incident, moment


def _opinions(view: ClusterView, node: str) -> list[tuple[str, str, str]]:
    """Reporting node, liveness and member state, for every other node that reports now."""
    found = []
    for link, told in view.reports.items():
        known = view.links.get(link)
        if known is None or known.state is not LinkState.UP or told.report.node == node:
            continue
        found += [(told.report.node, p.liveness, p.member_state) for p in told.report.peers if p.node == node]
    return found


def _held(rows: Sequence[NodeRow]) -> dict[str, int]:
    """How many chunks each node that is up holds, as far as that is known."""
    return {row.node: row.chunks for row in rows if row.state is NodeState.UP and row.chunks >= 0}


def _bringing(view: ClusterView) -> list[tuple[int, str]]:
    """How much each node that tells has still to bring."""
    names = node_names(view)
    reports = (told.report for told in view.reports.values())
    return [(report.resync_length, names.get(report.node, fmt.short_id(report.node))) for report in reports]


def _short_text(report: NodeReport) -> str:
    chunks = fmt.plural(report.under_chunks, "chunk")
    readable = "all still readable"
    if report.lost_chunks or report.absent_chunks:
        readable = f"{fmt.count(report.lost_chunks + report.absent_chunks)} of them cannot be read now"
    return f"{chunks} with fewer than {report.copies} copies, {readable}"


TIMELINE_COLUMNS = (Column("at", "AFTER", 9, align="right"), Column("text", "WHAT HAPPENED", 20, flex=1))
TIMELINE_LONG_COLUMNS = (
    Column("time", "TIME", 8),
    TIMELINE_COLUMNS[0],
    Column("text", "WHAT HAPPENED", 50, flex=1),  # names the node: it needs the room more than the title does
    Column("incident", "INCIDENT", 12, priority=1),
)


def moment_cells(incident: Incident, moment: Moment, glyphs: Glyphs) -> Row:
    """One row of an incident."""
    text: Cell = ((f"{getattr(glyphs, moment.sign)} ", moment.tone), (fmt.printable(moment.text), moment.tone))
    return {
        "time": cell(fmt.clock(moment.wall_s), "dim"),
        "at": cell(f"+{fmt.duration(moment.at - incident.begun_at)}", "dim"),
        "text": text,
        "incident": cell(fmt.printable(incident.title), "dim"),
    }


def timeline_empty(*, changeable: bool = True) -> list[Cell]:
    """What is said while nothing has happened."""
    said: list[Cell] = [
        cell("No node has gone away since the dashboard was opened.", ""),
        (),
        (("When one does, what follows is listed here: suspected, down, healing, healthy again. ", "dim"),),
    ]
    return [*said, (("K", "accent"), (" on a local node shows it.", "dim"))] if changeable else said
