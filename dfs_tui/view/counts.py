"""The counts whose moves are shown, by the names under which `changes.py` keeps them."""

from __future__ import annotations

from collections.abc import Mapping

from dfs_tui.view.cluster import ClusterView
from dfs_tui.view.nodes import NodeState, node_rows

_ANSWERS = (NodeState.UP, NodeState.DRAINING)


def of_node(row: str) -> str:
    """The chunks a node holds; `row` is the id of its row."""
    return f"node {row}"


def of_copies(number: int) -> str:
    """The chunks with so many copies."""
    return f"copies {number}"


def of_keys(number: int) -> str:
    """The keys with so many copies."""
    return f"keys {number}"


def node_counts(view: ClusterView, now: float) -> dict[str, int]:
    """Of nodes that answer: what others say of one that does not is another count, not a move."""
    rows = node_rows(view, now)
    return {of_node(row.id): row.chunks for row in rows if row.state in _ANSWERS and row.chunks >= 0 and not row.stale}


def copy_counts(view: ClusterView) -> dict[str, int]:
    """Chunks by copies as the leader counted them last; what is above the wanted number counts as that."""
    newest = view.freshest
    if newest is None or not newest.report.copies_found:
        return {}
    found, wanted = newest.report.copies_found, newest.report.copies
    counts = {of_copies(number): found[number] if number < len(found) else 0 for number in range(wanted)}
    return counts | {of_copies(wanted): sum(found[wanted:])}


def key_counts(by_copies: Mapping[int, int]) -> dict[str, int]:
    """Keys by copies."""
    return {of_keys(number): by_copies.get(number, 0) for number in range(max(by_copies, default=-1) + 1)}
