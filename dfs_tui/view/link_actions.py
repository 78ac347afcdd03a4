"""What dropping a link or banning a peer means, in words, before it is done."""

from __future__ import annotations

from dfs_tui.view import format as fmt
from dfs_tui.view.cells import Cell, cell
from dfs_tui.view.cluster import ClusterView
from dfs_tui.view.format import wrap
from dfs_tui.view.peers import PeerLink

WIDTH = 70  # of a question
BANS: dict[str, tuple[float, str]] = {"short": (600.0, "10m"), "hour": (3600.0, "1h"), "day": (86400.0, "24h")}


def disconnect_lines(link: PeerLink) -> list[str | Cell]:
    """What a dropped link means."""
    by, name = fmt.printable(link.seen_by), fmt.printable(link.name)
    return [
        f"{by} drops its link to {name}. What is under way on it is asked for again, and both dial at once: "
        "this is for a link that hangs."
    ]


def ban_lines(view: ClusterView, link: PeerLink) -> list[str | Cell]:
    """What a ban means: for the two, for the log where one of them leads, and for copies."""
    by, name = fmt.printable(link.seen_by), fmt.printable(link.name)
    lines: list[str | Cell] = [
        f"{by} refuses {name} and does not dial it, until the time is over, B is pressed again, or {by} starts anew.",
        "",
        f"{by} counts {name} as down then, and {name} counts {by} as down. All others go on with both.",
    ]
    newest = view.freshest
    leader = newest.report.leader if newest is not None else ""
    if leader and leader in link.nodes:
        leads, deaf = (by, name) if leader == link.nodes[0] else (name, by)
        told = (
            f"{leads} leads: {deaf} reads nothing new of the log meanwhile, so nothing can be stored or retrieved"
            f" through {deaf}, and what only {deaf} holds counts as out of reach."
        )
        lines += ["", *(cell(text, "warn") for text in wrap(told, WIDTH))]
    lines += [
        "",
        f"Where most nodes do not hear {name} for long, it is put out and its copies are made anew elsewhere.",
    ]
    return lines
