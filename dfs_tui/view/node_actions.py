"""All that can be done with a node, what keeps it from being done now, and how a line of its own log is drawn."""

from __future__ import annotations

from collections.abc import Sequence

from dfs_tui.view import format as fmt
from dfs_tui.view.cells import Cell, Tone, cell
from dfs_tui.view.menu import Item
from dfs_tui.view.nodes import GONE, NodeRow

_LOG_TONES: dict[str, Tone] = {"ERROR": "bad", "WARN": "warn", "INFO": "", "DEBUG": "dim"}


def node_items(rows: Sequence[NodeRow], *, can_run_nodes: bool) -> list[Item]:
    """All that can be done with these nodes; what cannot be done now with any of them says why."""
    if all(row.wish is not None for row in rows):
        return [
            Item("add", "a", "Try again", "with what is edited first"),
            Item("remove_node", "ctrl+d", "Forget", "it was never made"),
        ]
    one = len(rows) == 1
    here = [row for row in rows if row.local and row.wish is None and can_run_nodes]
    elsewhere = "" if here else "it runs elsewhere" if one else "they run elsewhere"
    runs = "" if any(row.state in GONE for row in here) else "it runs already" if one else "they run already"
    ended = "" if any(row.state not in GONE for row in here) else "it does not run" if one else "they do not run"
    return [
        Item("start", "S", "Start", "its process; what it holds counts again at once", elsewhere or runs),
        Item("stop", "t", "Stop", "cleanly; it keeps what it holds", elsewhere or ended),
        Item("restart", "ctrl+t", "Restart", "stop and start", elsewhere),
        Item("kill", "K", "Kill", "at once, as a crash would (SIGKILL)", elsewhere or ended),
        Item("drain", "D", "Drain", "move everything off it; again: end that"),
        Item("node_log", "l", "Log", "the end of its own log", elsewhere),
        Item("remove_node", "ctrl+d", "Remove", "for ever; a local one with its folder"),
    ]


def log_line(text: str) -> Cell:
    """A line of a node's own log, coloured by how much it matters."""
    level = next((level for level in _LOG_TONES if level in text[:60].upper()), "")
    return cell(fmt.printable(text), _LOG_TONES.get(level, ""))
