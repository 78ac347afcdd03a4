"""What a store would do before it is done: which files, under which keys, how many bytes, and what is left out and why.

A plan is made by reading folders (in `sources.files`) and turned into keys here, so that the sheet can show the effect
of every letter typed into "as" at once.
"""

from __future__ import annotations

import posixpath
from collections.abc import Container, Sequence
from dataclasses import dataclass, replace

KEY_BYTES_MAX = 4096  # the node refuses longer ones; the sheet says so before a byte is read


@dataclass(frozen=True, slots=True)
class Found:
    """One file on this machine. `name` is what its key ends with: its own name, or its place below a dropped folder."""

    path: str
    name: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Skipped:
    """One thing that will not be stored, and why."""

    path: str
    why: str


@dataclass(frozen=True, slots=True)
class Scan:
    """What was found under the paths that were dropped or typed."""

    roots: tuple[str, ...]
    files: tuple[Found, ...]
    skipped: tuple[Skipped, ...] = ()

    @property
    def size_bytes(self) -> int:
        return sum(file.size_bytes for file in self.files)

    @property
    def single(self) -> bool:
        """One file, dropped by itself: its key can be chosen whole."""
        return len(self.files) == 1 and self.files[0].name == posixpath.basename(self.files[0].name)


@dataclass(frozen=True, slots=True)
class ToStore:
    """One file and the key it goes under."""

    path: str
    key: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What Enter would do. `problem` says why it would do nothing."""

    files: tuple[ToStore, ...]
    skipped: tuple[Skipped, ...]
    size_bytes: int
    name: str  # what the transfer is called: the key, or the folder all keys share
    existing: int = 0  # keys that are there already and get a new version
    problem: str = ""

    def only(self, files: Sequence[ToStore]) -> Plan:
        """The same for some of its files."""
        size_bytes = sum(file.size_bytes for file in files)
        return replace(self, files=tuple(files), skipped=(), size_bytes=size_bytes, name=_name(files))


def suggestion(scan: Scan) -> str:
    """What "as" says at first: the name of a single file, nothing for several."""
    return scan.files[0].name if scan.single else ""


def plan(scan: Scan, typed: str, existing: Container[str]) -> Plan:
    """Keys for every file. `typed` is the key of a single file, else a folder put before every name.

    For a single file a trailing slash makes it a folder as well. A leading slash is dropped: keys have none.
    """
    where = typed.strip().lstrip("/")
    files: list[ToStore] = []
    problem = "" if scan.files else "there is nothing to store"
    for found in scan.files:
        if scan.single and where and not where.endswith("/"):
            key = where
        else:
            folder = where.rstrip("/")
            key = f"{folder}/{found.name}" if folder else found.name
        problem = problem or key_problem(key)
        files.append(ToStore(found.path, key, found.size_bytes))
    clash = _clash(files)
    return Plan(
        files=tuple(files),
        skipped=scan.skipped,
        size_bytes=scan.size_bytes,
        name=_name(files),
        existing=sum(file.key in existing for file in files),
        problem=problem or clash,
    )


def key_problem(key: str) -> str:
    """Why `key` cannot be one, or nothing. The node decides; this only saves a wasted try."""
    try:
        length = len(key.encode("utf-8"))
    except UnicodeEncodeError:
        return f"a name is not valid UTF-8: {key!r}"
    if length > KEY_BYTES_MAX:
        return f"a key has at most {KEY_BYTES_MAX} bytes, this one would have {length}"
    if "\0" in key:
        return "a key cannot contain a NUL character"
    if any(part in ("", ".", "..") for part in key.split("/")):
        return "a key's parts cannot be empty, '.' or '..'"
    return ""


def _clash(files: Sequence[ToStore]) -> str:
    seen: set[str] = set()
    for file in files:
        if file.key in seen:
            return f"two files would be stored as {file.key}: store them one by one"
        seen.add(file.key)
    return ""


def _name(files: Sequence[ToStore]) -> str:
    if len(files) == 1:
        return files[0].key
    shared = posixpath.commonpath([file.key for file in files]) if files else ""
    return f"{shared}/" if shared else f"{len(files)} files"


def free_name(wanted: str, taken: set[str]) -> str:
    """`wanted`, or the first of "name-2.ext", "name-3.ext" … that is not taken: nothing is ever overwritten."""
    if wanted not in taken:
        return wanted
    stem, dot, suffix = wanted.rpartition(".")
    if not stem:
        stem, dot, suffix = wanted, "", ""
    number = 2
    while (candidate := f"{stem}-{number}{dot}{suffix}") in taken:
        number += 1
    return candidate
