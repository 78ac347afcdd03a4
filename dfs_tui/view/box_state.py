"""How far one can rely on what a box shows: how old it is, how many nodes did not tell or are still to come."""

from __future__ import annotations

from dfs_tui.view import format as fmt
from dfs_tui.view.cluster import Connection
from dfs_tui.view.nodes import SILENT, NodeState, node_rows
from dfs_tui.view.picture import Picture


def box_note(picture: Picture) -> str:
    """For the frame of every box that shows what nodes tell; empty while all of them do."""
    return age_note(picture) or _missing(picture)


def age_note(picture: Picture) -> str:
    """For details of one thing, too: how old the newest word is while nobody answers."""
    view = picture.view
    if view.connection in (Connection.LIVE, Connection.OPENING) or not view.reports:
        return ""
    return f"stale {fmt.age(view.age_s(picture.now))}"


def _missing(picture: Picture) -> str:
    """Some of it is told by each node for itself, so it is less than all."""
    if picture.view.connection is not Connection.LIVE:
        return ""
    rows = node_rows(picture.view, picture.now)
    silent = sum(row.state in SILENT for row in rows)
    if silent:
        return f"{silent} of {len(rows)} nodes did not answer"
    coming = sum(row.state is NodeState.STARTING for row in rows)
    return f"{coming} of {len(rows)} nodes still to come" if coming else ""
