"""What a store would do before it is done: which files, under which keys, how many bytes, and what is left out and why.

A plan is made by reading folders (in `sources.files`) and turned into keys here, so that the sheet can show the effect
of every letter typed into "as" at once.
"""

from __future__ import annotations

import itertools
import posixpath
from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

AT_ONCE_BYTES = 64 << 20  # a smaller file may be stored without a look at the sheet
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


class Conflict(StrEnum):
    """What is done about a key that exists. A new version is what the others are where the content differs."""

    SAME = "skip same"
    VERSION = "new version"
    RENAME = "rename"


Same = Callable[[ToStore], bool | None]  # is this the content its key has now? None: not compared yet


@dataclass(frozen=True, slots=True)
class Plan:
    """What Enter would do. `problem` says why it would do nothing.

    Of the keys that are there already, `existing` many, some are passed over because their content is the same, some
    are renamed, some are still `to_compare`, and the others get a new version.
    """

    files: tuple[ToStore, ...]
    skipped: tuple[Skipped, ...]
    size_bytes: int
    name: str  # what the transfer is called: the key, or the folder all keys share
    existing: int = 0
    passed: tuple[ToStore, ...] = ()
    renamed: tuple[ToStore, ...] = ()  # under their new keys
    to_compare: tuple[ToStore, ...] = ()  # among the files
    first_existing: str = ""
    problem: str = ""

    @property
    def versions(self) -> int:
        """How many keys get a new version for sure."""
        return self.existing - len(self.passed) - len(self.renamed) - len(self.to_compare)

    def only(self, files: Sequence[ToStore]) -> Plan:
        """The same for some of its files."""
        size_bytes = sum(file.size_bytes for file in files)
        return replace(self, files=tuple(files), skipped=(), passed=(), size_bytes=size_bytes, name=_name(files))


def suggestion(scan: Scan) -> str:
    """What "as" says at first: the name of a single file, nothing for several."""
    return scan.files[0].name if scan.single else ""


def _not_compared(_: ToStore) -> None:
    return None


def plan(
    scan: Scan,
    typed: str,
    existing: Container[str],
    *,
    conflict: Conflict = Conflict.SAME,
    same: Same = _not_compared,
    left_out: Container[str] = (),
) -> Plan:
    """Keys for every file but those whose paths are left out.

    `typed` is the key of a single file, else a folder put before every name. For a single file a trailing slash makes
    it a folder as well. A leading slash is dropped: keys have none.
    """
    wanted = [
        ToStore(found.path, key_of(found, scan, typed), found.size_bytes)
        for found in scan.files
        if found.path not in left_out
    ]
    there = [file for file in wanted if file.key in existing]
    passed: list[ToStore] = []
    unknown: list[ToStore] = []
    renamed: dict[str, ToStore] = {}  # by path
    if conflict is Conflict.RENAME:
        renamed = _renamed(there, existing, {file.key for file in wanted})
    elif conflict is Conflict.SAME:
        for file in there:
            verdict = same(file)
            if verdict is not False:
                (passed if verdict else unknown).append(file)
    over = {file.path for file in passed}
    files = tuple(renamed.get(file.path, file) for file in wanted if file.path not in over)
    problem = next(filter(None, (key_problem(file.key) for file in files)), "")
    return Plan(
        files=files,
        skipped=scan.skipped,
        size_bytes=sum(file.size_bytes for file in files),
        name=_name(files),
        existing=len(there),
        passed=tuple(passed),
        renamed=tuple(renamed.values()),
        to_compare=tuple(unknown),
        first_existing=there[0].key if there else "",
        problem=problem or _nothing(scan, wanted, files) or _clash(files),
    )


def at_once(scan: Scan, existing: Container[str], copies: int, free_bytes: int) -> Plan | None:
    """What may be stored without a look at it: one small file under its own, new name, for which there is room."""
    made = plan(scan, suggestion(scan), existing)
    asks = not scan.single or scan.skipped or made.existing or made.problem or scan.size_bytes >= AT_ONCE_BYTES
    fits = free_bytes < 0 or made.size_bytes * copies <= free_bytes
    return made if fits and not asks else None


def key_of(found: Found, scan: Scan, typed: str) -> str:
    """The key of one file when this was typed."""
    where = typed.strip().lstrip("/")
    if scan.single and where and not where.endswith("/"):
        return where
    folder = where.rstrip("/")
    return f"{folder}/{found.name}" if folder else found.name


def _renamed(there: Sequence[ToStore], existing: Container[str], wanted: set[str]) -> dict[str, ToStore]:
    """Those whose keys are there, by path, under the next keys that are free: not there, and not wanted either."""
    given = set(wanted)
    renamed: dict[str, ToStore] = {}
    for file in there:
        folder, slash, leaf = file.key.rpartition("/")
        key = next(
            key for name in numbered(leaf) if (key := folder + slash + name) not in existing and key not in given
        )
        given.add(key)
        renamed[file.path] = replace(file, key=key)
    return renamed


def _nothing(scan: Scan, wanted: Sequence[ToStore], files: Sequence[ToStore]) -> str:
    """Why nothing would be stored, if so."""
    if files:
        return ""
    if not scan.files:
        return "there is nothing to store"
    return "all of it is stored already, with the same content" if wanted else "all files were taken out of the list"


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
    return wanted if wanted not in taken else next(name for name in numbered(wanted) if name not in taken)


def numbered(name: str) -> Iterator[str]:
    """name-2.ext, name-3.ext … for ever."""
    stem, dot, suffix = name.rpartition(".")
    if not stem:
        stem, dot, suffix = name, "", ""
    return (f"{stem}-{number}{dot}{suffix}" for number in itertools.count(2))
