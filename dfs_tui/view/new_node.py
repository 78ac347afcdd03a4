"""A node that is to be made: the fields it is typed in, how they are read, and the command that would make it.

The command is the one that a person could type in a shell instead, and it works there: only what differs from what is
chosen anyway is in it. An invitation is a secret, so the command reads it from its standard input.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence

from dfs_tui.view.filter import size_of
from dfs_tui.view.format import printable
from dfs_tui.view.values import NewNode

FIELDS = ("name", "folder", "port", "capacity", "invitation")
USAGE = "node add [NAME] [--port N] [--folder DIR] [--capacity 500G]"
OPTIONS = ("--port", "--folder", "--capacity")  # behind `:node add`
_UNITS = ((1 << 40, "T"), (1 << 30, "G"), (1 << 20, "M"), (1 << 10, "K"))


def read_fields(typed: Mapping[str, str], replaces: str = "") -> tuple[NewNode, dict[str, str]]:
    """What was typed, and what of it cannot even be read, by field."""
    text = {name: typed.get(name, "").strip() for name in FIELDS}
    troubles = {}
    port = int(text["port"]) if text["port"].isascii() and text["port"].isdecimal() else 0
    if text["port"] and not port:
        troubles["port"] = "a port is a number, like 7421"
    capacity = size_of(text["capacity"]) if text["capacity"] else 0
    if capacity is None or (text["capacity"] and not capacity):
        troubles["capacity"] = "a size is a number and a unit, like 500G or 1.5T"
    new = NewNode(text["name"], text["folder"], port, capacity or 0, text["invitation"], replaces)
    return new, troubles


def fields_of(new: NewNode) -> dict[str, str]:
    """The same as somebody would have typed it."""
    return {
        "name": new.name,
        "folder": new.folder,
        "port": str(new.port or ""),
        "capacity": size_words(new.capacity_bytes) if new.capacity_bytes else "",
        "invitation": new.invitation,
    }


def size_words(size_bytes: int) -> str:
    """A size without a remainder, as the command line reads it."""
    for unit, letter in _UNITS:
        if size_bytes and size_bytes % unit == 0:
            return f"{size_bytes // unit}{letter}"
    return str(size_bytes)


def command_line(new: NewNode, root: str = "") -> str:
    """How a shell would make this node, in the cluster below `root` (empty: the user's own)."""
    words = ["dfs-core", "local", "add"]
    options = (
        ("--name", new.name),
        ("--folder", new.folder),
        ("--port", str(new.port or "")),
        ("--capacity", size_words(new.capacity_bytes) if new.capacity_bytes else ""),
        ("--join", "-" if new.invitation else ""),
        ("--root", root),
    )
    for option, value in options:
        words += [option, value] if value else []
    return shlex.join(words)


def folded(command: str, width: int) -> list[str]:
    """A command in lines of at most so many letters, none of it left out; between its options where it can be."""
    lines: list[str] = []
    for part in command.replace(" --", "\n--").split("\n"):
        text = printable(part)
        if lines and len(lines[-1]) + 1 + len(text) <= width:
            lines[-1] += f" {text}"
            continue
        pieces = [text[start : start + width - 2] for start in range(0, len(text), width - 2)]
        lines += [f"{'  ' if lines or index else ''}{piece}" for index, piece in enumerate(pieces)]
    return lines


def read_words(words: Sequence[str]) -> NewNode | str:
    """What stands behind `:node add`; or what is wrong with it."""
    typed: dict[str, str] = {}
    left = list(words)
    while left:
        word = left.pop(0)
        name = word.removeprefix("--") if word.startswith("--") else "name"
        if name in ("join", "invitation"):
            return "An invitation is a secret and lines are remembered: give it in the sheet that 'node add' opens."
        if name not in FIELDS or name in typed:
            return f"What is '{word}'? {USAGE}"
        if word.startswith("--") and not left:
            return f"What comes behind '{word}'? {USAGE}"
        typed[name] = left.pop(0) if word.startswith("--") else word
    new, troubles = read_fields(typed)
    for said in troubles.values():
        return f"{said[0].upper()}{said[1:]}."
    return new
