"""The panes by name, each imported when it is made: the first picture needs only one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dfs_tui.panes.pane import Pane

FIRST = "cluster"


def make_pane(view: str) -> Pane:
    """The pane of a view of the key table."""
    match view:
        case "cluster":
            from dfs_tui.panes.cluster import ClusterPane

            return ClusterPane()
        case "nodes":
            from dfs_tui.panes.nodes import NodesPane

            return NodesPane()
        case "peers":
            from dfs_tui.panes.peers import PeersPane

            return PeersPane()
        case "keys":
            from dfs_tui.panes.keys import KeysPane

            return KeysPane()
        case "transfers":
            from dfs_tui.panes.transfers import TransfersPane

            return TransfersPane()
        case "logs":
            from dfs_tui.panes.logs import LogsPane

            return LogsPane()
        case "repair":
            from dfs_tui.panes.repair import RepairPane

            return RepairPane()
        case "timeline":
            from dfs_tui.panes.timeline import TimelinePane

            return TimelinePane()
        case "activity":
            from dfs_tui.panes.activity import ActivityPane

            return ActivityPane()
    raise ValueError(f"no view {view!r}")
