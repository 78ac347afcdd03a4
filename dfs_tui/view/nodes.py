"""The node table: what the local processes, the nodes' own reports and their peers' reports say, as one row a node.

A node's own report wins while it is fresh; what its peers say about it fills in otherwise. The state of a local process
wins over both: we know better than anybody that we have just killed it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from dfs_tui.view import format as fmt
from dfs_tui.view.cells import Cell, Column, Row, Tone, cell
from dfs_tui.view.cluster import ClusterView, Connection, Link, LinkState, Reported
from dfs_tui.view.draining import Drain
from dfs_tui.view.glyphs import Glyphs
from dfs_tui.view.traffic import Moved
from dfs_tui.view.values import LocalNode, NewNode, PeerReport, ProcessState


class NodeState(StrEnum):
    """What the table calls it."""

    UP = "up"
    STARTING = "starting"
    STOPPING = "stopping"
    SUSPECT = "suspect"
    DOWN = "down"
    STOPPED = "stopped"
    KILLED = "killed"
    FAILED = "failed"
    DRAINING = "draining"
    OUT = "out"
    UNKNOWN = "unknown"
    UNMADE = "not made"


@dataclass(frozen=True, slots=True)
class NodeRow:
    """One node as it is shown. `id` stays the same while a node lives: its name if it is local, else its node id."""

    id: str
    name: str
    state: NodeState
    node: str = ""
    address: str = ""
    role: str = ""
    leader: bool = False
    local: bool = False
    chunks: int = -1
    size_bytes: int = -1
    capacity_bytes: int = 0
    free_bytes: int = -1
    peers_up: int = -1
    peers: int = -1
    rtt_ms: float = -1.0
    up_s: float = 0.0
    pid: int = 0
    version: str = ""
    note: str = ""
    safe: bool = False  # it is empty and may go
    stale: bool = False
    wish: NewNode | None = None  # it could not be made, and was to be like this


EDITS = "a edits it: "  # before why a node was not made: what is last may be cut

_PROCESS_STATES = {
    ProcessState.STARTING: NodeState.STARTING,
    ProcessState.STOPPING: NodeState.STOPPING,
    ProcessState.STOPPED: NodeState.STOPPED,
    ProcessState.KILLED: NodeState.KILLED,
    ProcessState.FAILED: NodeState.FAILED,
}
_LIVENESS = {
    "self": NodeState.UP,
    "up": NodeState.UP,
    "suspect": NodeState.SUSPECT,
    "down": NodeState.DOWN,
}
SILENT = frozenset((NodeState.SUSPECT, NodeState.DOWN, NodeState.FAILED, NodeState.UNKNOWN))  # and should answer
GONE = frozenset((NodeState.DOWN, NodeState.STOPPED, NodeState.KILLED, NodeState.FAILED, NodeState.OUT))


def node_rows(view: ClusterView, now: float) -> list[NodeRow]:
    """Local nodes by name, then the others by name. Members taken off the list are not shown."""
    seen = _peer_reports(view)
    leader = _leader(view)
    stale = view.connection in (Connection.LOST, Connection.FAILED)
    names = {local.node: name for name, local in view.local.items() if local.node}
    here = sorted(view.local.values(), key=lambda local: (len(local.name), local.name))  # n2 before n10
    rows = [_local_row(view, local, seen.get(local.node), leader, stale) for local in here]
    others = {
        node: report
        for node, report in seen.items()
        if node not in names and report.member_state != "removed" and not _is_being_made(view, report)
    }
    own = {found.report.node: (link, found) for link, found in view.reports.items()}
    rows += sorted(
        (_other_row(view, report, own.get(node), leader, stale) for node, report in others.items()),
        key=lambda row: row.name,
    )
    return rows


def _is_being_made(view: ClusterView, report: PeerReport) -> bool:
    """A member nobody ever heard of, here on this machine, while nodes are made: it has its row under its name."""
    return making(view) and report.liveness == "unknown" and report.address.startswith("127.0.0.1:")


def making(view: ClusterView) -> bool:
    """Are there local nodes that have no identity yet, or have not told it?"""
    return any(not local.node and local.wish is None for local in view.local.values())


def _peer_reports(view: ClusterView) -> dict[str, PeerReport]:
    """The newest word about each member, by node id."""
    found: dict[str, PeerReport] = {}
    for _, told in sorted(_by_freshness(view)):
        for peer in view.reports[told].report.peers:
            found[peer.node] = peer
        report = view.reports[told].report
        if report.node not in found:
            found[report.node] = PeerReport(node=report.node, liveness="self", address=report.listen)
    return found


def _by_freshness(view: ClusterView) -> list[tuple[tuple[bool, float], str]]:
    told_of = [link for link in view.reports if link in view.links]  # a node that was taken away tells no more
    return [((_is_up(view, link), view.reports[link].at), link) for link in told_of or view.reports]


def _is_up(view: ClusterView, link: str) -> bool:
    found = view.links.get(link)
    return found is not None and found.state is LinkState.UP


def _leader(view: ClusterView) -> str:
    newest = view.freshest
    return newest.report.leader if newest is not None and view.connection is Connection.LIVE else ""


def _local_row(view: ClusterView, local: LocalNode, peer: PeerReport | None, leader: str, stale: bool) -> NodeRow:
    told = view.reports.get(local.name)
    link = view.links.get(local.name)
    if local.state is ProcessState.RUNNING:
        state, note = _running_state(link, told)
        if peer is not None and peer.member_state == "draining":
            state = NodeState.DRAINING
    elif local.wish is not None:
        state, note = NodeState.UNMADE, f"{EDITS}{local.error}"
    else:
        state, note = _PROCESS_STATES[local.state], local.error
    up = state in (NodeState.UP, NodeState.DRAINING)
    drain = _drain(view, local.node, state)
    row = NodeRow(
        id=local.name,
        name=local.name,
        state=state,
        node=local.node,
        address=local.listen,
        role=_role(told, peer),
        leader=bool(leader) and leader == local.node and up,
        local=True,
        pid=local.pid,
        note=note or (drain.text if drain is not None else ""),
        safe=drain is not None and drain.safe,
        stale=stale,
        wish=local.wish,
    )
    return _with_figures(row, told if up else None, told, peer)


def _drain(view: ClusterView, node: str, state: NodeState) -> Drain | None:
    """How far it is, of a node that is being emptied."""
    return view.drains.get(node) if state is NodeState.DRAINING else None


def _running_state(link: Link | None, told: Reported | None) -> tuple[NodeState, str]:
    if link is None:
        return NodeState.STARTING, "listening"
    if link.state is LinkState.LOST:
        return (NodeState.STARTING, link.reason) if told is None else (NodeState.SUSPECT, f"no answer: {link.reason}")
    if told is None or told.report.state == "starting":
        return NodeState.STARTING, "listening"
    return (NodeState.STOPPING, "") if told.report.state == "stopping" else (NodeState.UP, "")


def _other_row(
    view: ClusterView, peer: PeerReport, own: tuple[str, Reported] | None, leader: str, stale: bool
) -> NodeRow:
    state = _LIVENESS.get(peer.liveness, NodeState.UNKNOWN)
    if peer.member_state == "out":
        state = NodeState.OUT
    elif peer.member_state == "draining" and state is NodeState.UP:
        state = NodeState.DRAINING
    note = peer.error
    told = own[1] if own is not None else None
    if own is not None and not _is_up(view, own[0]) and peer.liveness == "self":
        link = view.links.get(own[0])
        state, note = NodeState.UNKNOWN, link.reason if link is not None else ""
    name = (told.report.name if told is not None else "") or fmt.short_id(peer.node)
    drain = _drain(view, peer.node, state)
    if not note and state in (NodeState.SUSPECT, NodeState.DOWN) and peer.seen_s >= 0:
        note = f"last heard {fmt.duration(peer.seen_s)} ago"
    row = NodeRow(
        id=peer.node,
        name=name,
        state=state,
        node=peer.node,
        address=peer.address,
        role=_role(told, peer),
        leader=bool(leader) and leader == peer.node and state is NodeState.UP,
        pid=told.report.pid if told is not None else 0,
        note=note or (drain.text if drain is not None else ""),
        safe=drain is not None and drain.safe,
        stale=stale,
    )
    return _with_figures(row, told, told, peer)


def _role(told: Reported | None, peer: PeerReport | None) -> str:
    return told.report.role if told is not None else peer.role if peer is not None else ""


def _with_figures(row: NodeRow, live: Reported | None, told: Reported | None, peer: PeerReport | None) -> NodeRow:
    """The row with its numbers: what the node itself says now, else what a peer says, else its last words."""
    source = live.report if live is not None else peer or (told.report if told is not None else None)
    if source is None:
        return row
    others = [p for p in live.report.peers if p.liveness != "self" and p.member_state != "removed"] if live else None
    return replace(
        row,
        chunks=source.chunks,
        size_bytes=source.size_bytes,
        capacity_bytes=source.capacity_bytes,
        free_bytes=source.free_bytes,
        up_s=source.up_s if live is not None or peer is not None else 0.0,
        version=source.version,
        peers=len(others) if others is not None else -1,
        peers_up=sum(p.liveness == "up" for p in others) if others is not None else -1,
        rtt_ms=peer.rtt_ms if peer is not None else -1.0,
    )


# -- how a row is drawn

NODE_COLUMNS = (
    Column("node", "NODE", 8),
    Column("state", "STATE", 10),
    Column("address", "ADDRESS", 14, flex=1, priority=1),
    Column("chunks", "CHUNKS ", 8, align="right"),  # the last cell is for an arrow
    Column("bytes", "BYTES", 9, align="right"),
    Column("free", "FREE", 9, align="right", priority=6),
    Column("peers", "PEERS", 6, align="right", priority=2),
    Column("role", "ROLE", 8, priority=3),
    Column("up", "UP FOR", 9, align="right", priority=5),
    Column("pid", "PID", 7, align="right", priority=7),
)

# Where there is the whole width: how fast it goes as well.
NODE_COLUMNS_WIDE = (
    *NODE_COLUMNS[:-2],
    Column("taken", "IN/s", 7, align="right", priority=4),
    Column("handed", "OUT/s", 7, align="right", priority=4),
    Column("rtt", "RTT ms", 6, align="right", priority=8),
    Column("up", "UP FOR", 9, align="right", priority=9),
    Column("pid", "PID", 7, align="right", priority=10),
)

STATE_TONES: dict[NodeState, Tone] = {
    NodeState.UP: "good",
    NodeState.STARTING: "accent",
    NodeState.STOPPING: "warn",
    NodeState.SUSPECT: "warn",
    NodeState.DOWN: "bad",
    NodeState.STOPPED: "dim",
    NodeState.KILLED: "bad",
    NodeState.FAILED: "bad",
    NodeState.DRAINING: "warn",
    NodeState.OUT: "bad",
    NodeState.UNKNOWN: "warn",
    NodeState.UNMADE: "bad",
}


def state_sign(state: NodeState, glyphs: Glyphs) -> str:
    """The sign before the word."""
    return {
        NodeState.UP: glyphs.up,
        NodeState.STARTING: glyphs.starting,
        NodeState.STOPPING: glyphs.leaving,
        NodeState.SUSPECT: glyphs.suspect,
        NodeState.DOWN: glyphs.down,
        NodeState.STOPPED: glyphs.stopped,
        NodeState.KILLED: glyphs.down,
        NodeState.FAILED: glyphs.down,
        NodeState.DRAINING: glyphs.leaving,
        NodeState.OUT: glyphs.down,
        NodeState.UNKNOWN: glyphs.suspect,
        NodeState.UNMADE: glyphs.down,
    }[state]


def node_cells(
    row: NodeRow, glyphs: Glyphs, moved: Moved | None = None, *, changeable: bool = True, way: int = 0
) -> Row:
    """One row of the node table. A node that does not answer says why where its address and figures would stand.

    `way`: whether its chunks became more or fewer a moment ago.
    """
    chunks = fmt.count(row.chunks) if row.chunks >= 0 else glyphs.dash
    tone: Tone = "dim" if row.stale else STATE_TONES[row.state]
    quiet: Tone = "dim" if row.stale or row.state in GONE else ""
    state: Cell = ((f"{state_sign(row.state, glyphs)} {row.state}", tone),)
    peers_tone: Tone = quiet or ("warn" if 0 <= row.peers_up < row.peers else "")
    return {
        "node": (
            (fmt.printable(row.name), quiet or "strong"),
            (f" {glyphs.leader}" if row.leader else "", quiet or "accent"),
        ),
        "state": state,
        **_address(row, quiet, changeable=changeable),
        "chunks": ((chunks, quiet), (glyphs.way(way), "accent")),
        "=chunks": cell(chunks),
        "bytes": cell(fmt.size(row.size_bytes) if row.size_bytes >= 0 else glyphs.dash, quiet),
        "free": cell(fmt.size(row.free_bytes) if row.free_bytes > 0 else glyphs.dash, quiet or "dim"),
        "peers": cell(f"{row.peers_up}/{row.peers}" if row.peers >= 0 else glyphs.dash, peers_tone),
        "role": cell("leader" if row.leader else row.role, quiet or "dim"),
        **_speed(row, moved, glyphs, quiet),
        "up": cell(fmt.duration(row.up_s) if row.up_s > 0 and row.state not in GONE else glyphs.dash, quiet or "dim"),
        "pid": cell(str(row.pid) if row.pid and row.state not in GONE else glyphs.dash, "dim"),
    }


def _speed(row: NodeRow, moved: Moved | None, glyphs: Glyphs, quiet: Tone) -> Row:
    if moved is None or row.stale or row.state in GONE:
        return dict.fromkeys(("taken", "handed", "rtt"), cell(glyphs.dash, "dim"))
    return {
        "taken": _rate(moved.taken.per_s),
        "handed": _rate(moved.handed.per_s),
        "rtt": cell(f"{moved.rtt_ms:.1f}" if moved.rtt_ms >= 0 else glyphs.dash, quiet),
    }


def _rate(per_s: float) -> Cell:
    return cell(fmt.size_short(round(per_s)), "accent" if per_s >= 1 else "dim")


def _address(row: NodeRow, quiet: Tone, *, changeable: bool) -> Row:
    """While nobody answers, the last figures stay: why that is, is said where it is said of all."""
    address = fmt.printable(row.address)
    if not row.note or (row.stale and row.chunks >= 0):
        return {"address": cell(address, quiet)}
    tone: Tone = "dim" if row.stale else "good" if row.safe else "warn"
    said = row.note + ("; S starts it again" if row.local and row.state is NodeState.FAILED and changeable else "")
    return {">address": ((f"{address}  " if address else "", "dim"), (fmt.printable(said), tone))}
