"""Completing a path as a shell does: what is certain at once, and the choices when nothing is.

`list_folder` is handed in and gives names with a slash behind those of folders, so that nothing here touches a disk.
"""

from __future__ import annotations

import os.path
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

CHOICES_MAX = 200

ListFolder = Callable[[str], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Completion:
    """`text` is what can be said for certain so far, `choices` the names that would go on from there."""

    text: str
    choices: tuple[str, ...] = ()


def split(text: str, home: str) -> tuple[str, str, str]:
    """What was typed as (the part to keep, the folder on disk, the beginning of a name)."""
    kept, slash, start = text.rpartition("/")
    kept += slash
    folder = kept
    if kept == "~/" or kept.startswith("~/"):
        folder = home.rstrip("/") + kept[1:]
    return kept, folder or ".", start


def expand(text: str, home: str) -> str:
    """The path that was typed, with a leading tilde replaced."""
    if text == "~" or text.startswith("~/"):
        return home.rstrip("/") + text[1:]
    return text


def complete(text: str, list_folder: ListFolder, home: str) -> Completion:
    """Go on as far as there is only one way. Hidden names are offered only after a dot was typed."""
    if text == "~":
        return Completion("~/")
    kept, folder, start = split(text, home)
    names = [name for name in list_folder(folder) if name.startswith(start)]
    if not start.startswith("."):
        names = [name for name in names if not name.startswith(".")]
    names.sort(key=lambda name: (not name.endswith("/"), name.casefold()))
    if not names:
        return Completion(text)
    common = os.path.commonprefix(names)  # noqa: RUF071 - of names, letter by letter, is what completing means
    return Completion(kept + common, tuple(names[:CHOICES_MAX]) if len(names) > 1 else ())


def key_folders(folder: str, keys: Iterable[str]) -> tuple[str, ...]:
    """The folders that keys have in `folder` (empty, or with a slash behind), each with a slash behind."""
    below = (key[len(folder) :].partition("/") for key in keys if key.startswith(folder))
    return tuple({f"{name}/" for name, slash, _ in below if slash})
