"""The path that is being typed in a command line: where it begins, and how the line could go on from there."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from dfs_tui.view.commands import COMPLETIONS_MAX, Offer, split
from dfs_tui.view.complete import complete


@dataclass(frozen=True, slots=True)
class TypedPath:
    """`before` is the line up to the path, which is `text` without its quotes."""

    before: str
    text: str


def typed_path(line: str) -> TypedPath | None:
    """The path at the end of a line that takes one there: `store PATH`, `retrieve KEY to PATH`; None for others."""
    verb, blank, rest = line.lstrip().removeprefix(":").lstrip().partition(" ")
    if not blank or verb not in ("store", "put", "retrieve", "get"):
        return None
    start = _last_word(rest)
    before = rest[:start]
    behind = (split(before) or ("",))[-1]
    if behind == "as" or (verb in ("retrieve", "get") and behind != "to"):
        return None
    return TypedPath(f"{verb} {before}", _unquoted(rest[start:]))


def _unquoted(word: str) -> str:
    """What a word says that is still being typed: a quote may be open yet."""
    for closing in ("", "'", '"'):
        try:
            return "".join(shlex.split(word + closing))
        except ValueError:
            continue
    return word


def path_offers(typed: TypedPath, names: Sequence[str], home: str) -> list[Offer]:
    """Whole lines, one for each of `names` (those in the folder that is typed) that the path could go on with."""
    found = complete(typed.text, lambda _: names, home)
    kept = typed.text.rpartition("/")
    paths = [kept[0] + kept[1] + name for name in found.choices] or ([found.text] if found.text != typed.text else [])
    return [Offer(typed.before + quoted(path)) for path in paths[:COMPLETIONS_MAX]]


def quoted(path: str) -> str:
    """In quotes where it would not be read back as one word; a plain path stays as it is, its tilde too."""
    plain = split(path) == (path,) and not any(char in path for char in "'\"\\")
    return path if plain else shlex.quote(path)


def _last_word(text: str) -> int:
    """Where the last word begins; a blank within quotes ends none."""
    start, quote, escaped = 0, "", False
    for at, char in enumerate(text):
        if escaped:
            escaped = False
        elif char == "\\" and quote != "'":
            escaped = True
        elif quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        elif char == " ":
            start = at + 1
    return start
