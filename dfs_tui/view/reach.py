"""Who reaches whom: a table of nodes against nodes, and the parts the cluster has fallen into, if it has."""

from __future__ import annotations

from dataclasses import dataclass

from dfs_tui.view import format as fmt
from dfs_tui.view.cells import Cell, Span, Tone, cell
from dfs_tui.view.cluster import ClusterView, LinkState
from dfs_tui.view.glyphs import Glyphs
from dfs_tui.view.peers import node_names

NODES_MAX = 16  # more do not fit a screen side by side
_NAME = 8
_TONES: dict[str, Tone] = {"self": "dim", "up": "good", "suspect": "warn", "down": "bad"}


@dataclass(frozen=True, slots=True)
class Reach:
    """`seen[(a, b)]` is how `a` sees `b`; pairs of which nobody reports are missing. Names, sorted."""

    nodes: tuple[str, ...]
    seen: dict[tuple[str, str], str]

    def parts(self) -> list[tuple[str, ...]]:
        """Nodes that reach each other in both directions where both report, in groups; largest first."""
        left = {node for node in self.nodes if any(pair[0] == node for pair in self.seen)}
        found: list[tuple[str, ...]] = []
        while left:
            group: set[str] = set()
            edge = {min(left)}
            while edge:
                group |= edge
                edge = {other for node in edge for other in left - group if self._linked(node, other)}
            found.append(tuple(sorted(group)))
            left -= group
        return sorted(found, key=lambda part: (-len(part), part))

    def _linked(self, one: str, other: str) -> bool:
        return self.seen.get((one, other)) == "up" and self.seen.get((other, one)) == "up"

    def one_way(self) -> list[tuple[str, str]]:
        """Pairs of which the first reaches the second, and not the other way round."""
        return sorted(
            (one, other)
            for (one, other), liveness in self.seen.items()
            if liveness == "up" and self.seen.get((other, one)) in ("suspect", "down")
        )


def reach_of(view: ClusterView) -> Reach:
    """As the nodes that answer now tell it."""
    names = node_names(view)
    seen: dict[tuple[str, str], str] = {}
    for link, told in view.reports.items():
        known = view.links.get(link)
        if known is None or known.state is not LinkState.UP:
            continue
        one = names.get(told.report.node, fmt.short_id(told.report.node))
        for peer in told.report.peers:
            if peer.member_state != "removed":
                seen[one, names.get(peer.node, fmt.short_id(peer.node))] = peer.liveness
    nodes = {name for pair in seen for name in pair}
    return Reach(tuple(sorted(nodes, key=lambda name: (len(name), name))), seen)


def reach_lines(reach: Reach, glyphs: Glyphs) -> list[Cell]:
    """The table, read along a row: how that node sees the others; and what it adds up to."""
    if not reach.nodes:
        return [cell("Shown as soon as a node answers.", "dim")]
    nodes = reach.nodes[:NODES_MAX]
    signs = {"self": glyphs.dot, "up": glyphs.up, "suspect": glyphs.suspect, "down": glyphs.down}
    width = min(max(len(fmt.printable(name)) for name in nodes), _NAME) + 1
    head = "".join(fmt.pad(fmt.clip(fmt.printable(name), width - 1), width) for name in nodes)
    lines: list[Cell] = [((" " * (_NAME + 4), ""), (head, "dim"))]
    for one in nodes:
        spans: list[Span] = [(f"{fmt.pad(fmt.clip(fmt.printable(one), _NAME), _NAME)} ", "strong"), ("    "[:3], "")]
        for other in nodes:
            liveness = reach.seen.get((one, other), "")
            sign = signs.get(liveness, "?" if liveness else " ")
            spans.append((fmt.pad(sign, width), _TONES.get(liveness, "warn")))
        lines.append(tuple(spans))
    lines += [(), *_verdict(reach, glyphs)]
    return lines


def _verdict(reach: Reach, glyphs: Glyphs) -> list[Cell]:
    parts = reach.parts()
    lines: list[Cell] = []
    if len(parts) > 1:
        said = " | ".join(" ".join(fmt.printable(name) for name in part) for part in parts)
        lines.append(((f"{glyphs.attention} Nodes that run do not all reach each other: ", "bad"), (said, "strong")))
    for one, other in reach.one_way():
        lines.append(cell(f"{glyphs.attention} {one} reaches {other}, but not the other way round", "warn"))
    if not lines:
        lines.append(cell(f"{glyphs.done} All nodes that answer reach each other.", "good"))
    return lines
