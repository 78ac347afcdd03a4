"""The links between nodes: who sees whom how. A link is told by both its ends, and the two may disagree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dfs_tui.view import bars
from dfs_tui.view import format as fmt
from dfs_tui.view.cells import Cell, Column, Row, Tone, cell
from dfs_tui.view.cluster import ClusterView, LinkState
from dfs_tui.view.glyphs import Glyphs
from dfs_tui.view.values import PeerReport


@dataclass(frozen=True, slots=True)
class PeerLink:
    """How the node `seen_by` sees the node `name`."""

    id: str
    seen_by: str
    name: str
    liveness: str
    address: str
    rtt_ms: float
    sent_bytes: int
    received_bytes: int
    seen_s: float
    error: str
    stale: bool
    nodes: tuple[str, str] = ("", "")  # the ids of both
    via: str = ""  # the control link through which `seen_by` tells of it
    banned_s: float = 0.0  # for how long yet `seen_by` refuses `name`


def peer_links(view: ClusterView) -> list[PeerLink]:
    """One a direction, for every node that reports; of nodes that stopped reporting, none."""
    names = node_names(view)
    links: list[PeerLink] = []
    for link, told in view.reports.items():
        found = view.links.get(link)
        if found is None:
            continue
        stale = found.state is LinkState.LOST
        seen_by = names.get(told.report.node, fmt.short_id(told.report.node))
        for peer in told.report.peers:
            if peer.liveness != "self" and peer.member_state != "removed":
                name = names.get(peer.node, fmt.short_id(peer.node))
                links.append(_link(seen_by, name, (told.report.node, peer.node), peer, stale, link))
    return sorted(links, key=lambda link: (link.seen_by, link.name))


def node_names(view: ClusterView) -> dict[str, str]:
    """What people call the nodes, by node id."""
    names = {told.report.node: told.report.name for told in view.reports.values() if told.report.name}
    names |= {local.node: local.name for local in view.local.values() if local.node}
    return names


def _link(seen_by: str, name: str, nodes: tuple[str, str], peer: PeerReport, stale: bool, via: str) -> PeerLink:
    return PeerLink(
        id=f"{seen_by}>{peer.node}",
        seen_by=seen_by,
        name=name,
        liveness=peer.liveness,
        address=peer.address,
        rtt_ms=peer.rtt_ms,
        sent_bytes=peer.sent_bytes,
        received_bytes=peer.received_bytes,
        seen_s=peer.seen_s,
        error=peer.error,
        stale=stale,
        nodes=nodes,
        via=via,
        banned_s=peer.banned_s,
    )


TREND_WIDTH = 16
PEER_COLUMNS = (
    Column("link", "LINK", 14),
    Column("state", "STATE", 10),
    Column("address", "ADDRESS", 16, flex=1),
    Column("rtt", "ROUND TRIP", 10, align="right", priority=1),
    Column("trend", "", TREND_WIDTH, priority=4),
    Column("sent", "SENT", 10, align="right", priority=2),
    Column("received", "RECEIVED", 10, align="right", priority=3),
    Column("seen", "LAST HEARD", 10, align="right", priority=5),
)

_TONES: dict[str, Tone] = {"up": "good", "suspect": "warn", "down": "bad", "unknown": "warn"}


def peer_cells(link: PeerLink, glyphs: Glyphs, round_trips: Sequence[float] = (), *, changeable: bool = True) -> Row:
    """One row of the link table; why there is no link stands where its figures would."""
    signs = {"up": glyphs.up, "suspect": glyphs.suspect, "down": glyphs.down}
    tone: Tone = "dim" if link.stale else _TONES.get(link.liveness, "warn")
    quiet: Tone = "dim" if link.stale else ""
    arrow: Cell = (
        (fmt.printable(link.seen_by), quiet or "strong"),
        (f" {glyphs.into} ", "dim"),
        (fmt.printable(link.name), quiet),
    )
    row: dict[str, Cell] = {
        "link": arrow,
        "state": cell(f"{signs.get(link.liveness, glyphs.suspect)} {fmt.printable(link.liveness)}", tone),
    }
    if link.banned_s:
        said = f"{fmt.printable(link.address)}  {ban_left(link)}{'; B lifts it' if changeable else ''}".strip()
        return {
            **row,
            "state": cell(f"{glyphs.stopped} banned", "dim" if link.stale else "warn"),
            ">address": cell(said, "warn"),
        }
    if link.error and link.liveness != "up":
        return {**row, ">address": cell(f"{fmt.printable(link.address)}  {fmt.printable(link.error)}".strip(), "warn")}
    return {
        **row,
        "address": cell(fmt.printable(link.address), quiet),
        "rtt": cell(f"{link.rtt_ms:.1f} ms" if link.rtt_ms >= 0 else glyphs.dash, quiet),
        "trend": cell(trend(round_trips, TREND_WIDTH, glyphs), "dim" if link.stale else "accent"),
        "sent": cell(fmt.size(link.sent_bytes), "dim"),
        "received": cell(fmt.size(link.received_bytes), "dim"),
        "seen": cell(fmt.duration(link.seen_s) if link.seen_s >= 0 else glyphs.dash, "dim"),
    }


def ban_left(link: PeerLink) -> str:
    """How long a ban still lasts."""
    return f"banned, {fmt.duration(link.banned_s)} left"


def ban_words(view: ClusterView) -> list[str]:
    """A line for each ban in force."""
    if not any(peer.banned_s for told in view.reports.values() for peer in told.report.peers):
        return []
    return [
        f"{link.seen_by} refuses {link.name}: {ban_left(link)}"
        for link in peer_links(view)
        if link.banned_s and not link.stale
    ]


def trend(round_trips: Sequence[float], width: int, glyphs: Glyphs) -> str:
    """The last round trips as heights, the newest at the right; nothing while there are too few to compare."""
    shown = list(round_trips)[-width:]
    return bars.sparks(shown, len(shown), glyphs).rjust(width) if len(shown) > 1 else ""


def peers_empty(view: ClusterView) -> list[Cell]:
    """What is said when there are no links."""
    if not view.reports:
        return [cell("No node has told of its links yet.", "dim")]
    return [
        cell("This node has no peers.", ""),
        (),
        cell("'dfs-core invite' on it prints a line with which another node joins", "dim"),
    ]
