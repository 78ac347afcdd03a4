"""What dropping a link or banning a peer means, in words, before it is done."""

from __future__ import annotations

from collections.abc import Sequence

from dfs_tui.view import format as fmt
from dfs_tui.view.cells import Cell, cell
from dfs_tui.view.cluster import ClusterView
from dfs_tui.view.format import wrap
from dfs_tui.view.peers import PeerLink

WIDTH = 70  # of a question
BANS: dict[str, tuple[float, str]] = {"short": (600.0, "10m"), "hour": (3600.0, "1h"), "day": (86400.0, "24h")}


def disconnect_lines(links: Sequence[PeerLink]) -> list[str | Cell]:
    """What a dropped link means; of several, each is named."""
    if len(links) > 1:
        means = (
            "What is under way on a link is asked for again, and both ends dial at once: this is for links that hang."
        )
        return [*_names(links), "", means]
    link = links[0]
    by, name = fmt.printable(link.seen_by), fmt.printable(link.name)
    return [
        f"{by} drops its link to {name}. What is under way on it is asked for again, and both dial at once: "
        "this is for a link that hangs."
    ]


def ban_lines(view: ClusterView, links: Sequence[PeerLink]) -> list[str | Cell]:
    """What a ban means: for the two, for the log where one of them leads, and for copies. Of several, each is named."""
    if len(links) > 1:
        return _ban_all(view, links)
    link = links[0]
    by, name = fmt.printable(link.seen_by), fmt.printable(link.name)
    lines: list[str | Cell] = [
        f"{by} refuses {name} and does not dial it, until the time is over, B is pressed again, or {by} starts anew.",
        "",
        f"{by} counts {name} as down then, and {name} counts {by} as down. All others go on with both.",
    ]
    leader = _leader(view)
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


def _ban_all(view: ClusterView, links: Sequence[PeerLink]) -> list[str | Cell]:
    lines: list[str | Cell] = [
        *_names(links),
        "",
        "The first of each two refuses the other and does not dial it, until the time is over, B is pressed again, or "
        "it starts anew. The two count each other as down then; all others go on with both.",
    ]
    if any(_leader(view) in link.nodes for link in links):
        told = "One of them leads: whoever does not reach it reads nothing new of the log meanwhile."
        lines += ["", *(cell(text, "warn") for text in wrap(told, WIDTH))]
    return [*lines, "", "What would keep a node from a majority of the voters is refused."]


def _names(links: Sequence[PeerLink]) -> list[str]:
    """All of them, as many in a line as there is room for."""
    return wrap(", ".join(f"{link.seen_by}>{link.name}" for link in links), WIDTH)


def _leader(view: ClusterView) -> str:
    newest = view.freshest
    return newest.report.leader if newest is not None else ""
