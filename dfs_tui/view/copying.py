"""What of a row can be copied, as a menu: each item's id is the text itself, exactly as it is.

The text reaches the terminal encoded (OSC 52), so nothing in it is acted upon there; commands have their names quoted.
"""

from __future__ import annotations

import shlex

from dfs_tui.view import format as fmt
from dfs_tui.view.activity import Deed
from dfs_tui.view.event_log import LogLine
from dfs_tui.view.menu import Item
from dfs_tui.view.nodes import NodeRow
from dfs_tui.view.peers import PeerLink
from dfs_tui.view.transfers import Transfer
from dfs_tui.view.values import KeyEntry, KeyFacts


def _items(*found: tuple[str, str, str]) -> list[Item]:
    """Items of (key, label, text); those without a text are left out."""
    return [Item(text, key, label, fmt.clip_middle(text, 44, "...")) for key, label, text in found if text]


def of_key(entry: KeyEntry, facts: KeyFacts | str | None, path: str = "") -> list[Item]:
    """A key: its name, its hash when it is known, the commands that retrieve it and tell of it; where it is here."""
    name = shlex.quote(entry.key)
    known = facts.current.hash if isinstance(facts, KeyFacts) and facts.key == entry.key else ""
    return _items(
        ("k", "Key", entry.key),
        ("h", "Hash", known),
        ("v", "Version", str(entry.version)),
        ("l", "Command", f"dfs-core retrieve {name} ."),
        ("s", "Facts", f"dfs-core stat {name}"),
        ("p", "Place", path),
    )


def of_node(row: NodeRow) -> list[Item]:
    """A node: its name, its id, where it listens, its process."""
    pid = str(row.pid) if row.pid else ""
    return _items(("n", "Name", row.name), ("i", "Id", row.node), ("a", "Address", row.address), ("p", "Process", pid))


def of_link(link: PeerLink) -> list[Item]:
    """A link: both its ends, where the other one is, what is wrong."""
    return _items(
        ("l", "Link", f"{link.seen_by} > {link.name}"),
        ("a", "Address", link.address),
        ("e", "Trouble", link.error),
    )


def of_transfer(transfer: Transfer) -> list[Item]:
    """A transfer: what moves, where a retrieved file is, why it failed."""
    return _items(
        ("k", "Name", transfer.name),
        ("p", "Place", transfer.path or transfer.place),
        ("o", "Outcome", transfer.text),
    )


def of_line(line: LogLine) -> list[Item]:
    """A line of the log."""
    return _items(
        ("t", "Text", line.text), ("n", "Node", line.node), ("l", "Line", f"{fmt.when(line.wall_s)} {line.text}")
    )


def of_deed(deed: Deed) -> list[Item]:
    """Something that was done: the command that does it, what came of it."""
    return _items(("l", "Command", deed.line.removeprefix(":")), ("o", "Outcome", deed.outcome))
