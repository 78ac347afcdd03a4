"""Doing again what was done here: a line of Activity as a command of the dashboard, which asks what it asked before.

A deed is a line of the command line (`dfs-core ...`) or a command (`:node ...`). What is done again is never the line
itself but what its key does, questions included, with the cluster as it is now; what has no such key says where to go.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence

from dfs_tui.view.activity import Deed
from dfs_tui.view.commands import split


class NotAgain(Exception):
    """It cannot be done again from here; the text says why, and what can be done instead."""


def command_again(deed: Deed, names: Mapping[str, str]) -> str:
    """The command that does it again; `names` are those of the nodes, by id. NotAgain."""
    if not deed.outcome:
        raise NotAgain("It is still being done.")
    if deed.line.startswith(":up,"):
        raise NotAgain("Say how many nodes are to run: :up 3")
    if deed.line.startswith(":"):
        return deed.line[1:]
    program, *words = split(deed.line)
    if program in ("xdg-open", "open"):
        raise NotAgain("What was retrieved is opened in Transfers (5), with enter.")
    if program != "dfs-core" or not words:
        raise NotAgain("There is no key for this; y copies the line.")
    verb, *rest = words
    match verb:
        case "store":
            return _store(rest)
        case "retrieve":
            return _retrieve(rest)
        case "rm" | "verify" if len(rest) == 1:
            return f"{verb} {shlex.quote(rest[0])}"
        case "rm":
            raise NotAgain("It was several keys: mark them in Keys (4), then ctrl+d.")
        case "restore":
            raise NotAgain("z and Z go back and forth; h on a key in Keys (4) restores any version.")
        case "settings" if len(rest) == 2:
            return f"repair rate {rest[1]}"
        case "repair" | "collect":
            return verb
        case "peers" if len(rest) == 5 or (len(rest) == 7 and rest[2] == "--for"):
            return _link(rest[0], rest[1], rest[-1], names)
    raise NotAgain("There is no key for this; y copies the line.")


def _store(words: Sequence[str]) -> str:
    """With the folder of its key, if it had one: the sheet shows what comes of that."""
    path, key = words[0], words[2] if words[1:2] == ["--key"] else ""
    if not path.startswith(("/", "~")):
        raise NotAgain("It came from several places: drop them again, or press s.")
    folder, slash, _ = key.rpartition("/")
    return f"store {shlex.quote(path)}" + (f" as {shlex.quote(folder + slash)}" if folder else "")


def _retrieve(words: Sequence[str]) -> str:
    if "--version" in words:
        raise NotAgain("It was an older version: h on its key in Keys (4), then r.")
    key, place, taken = words[0], words[words.index("-o") + 1], words[-1]
    if taken == "replace":
        return f"retrieve {shlex.quote(key)}"  # the sheet asks, and says what would be replaced
    return f"retrieve {shlex.quote(key)} --if-exists {taken} to {shlex.quote(place)}"


def _link(deed: str, node: str, by: str, names: Mapping[str, str]) -> str:
    name = next((name for known, name in names.items() if known.startswith(node)), "")
    if not name:
        raise NotAgain("That node is not known here any more.")
    return f"peers {deed} {by} {name}"
