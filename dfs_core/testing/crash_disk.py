"""Every state in which a crash may leave a folder: record the steps taken on it, then lose what was not synced.

After the method of ALICE (Pillai and others, "All File Systems Are Not Created Equal", OSDI 2014), for a file system
that promises no more than POSIX: a file's bytes are safe once the file was synced, a name once its folder was. Until
then a file may be empty, cut, full of zeros or whole; each change of a name may have happened or not, in any
combination. A rename is never half done, and changes of one name keep their order.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from dfs_core.store.base import Buffer
from dfs_core.store.disk import Disk


class Step(NamedTuple):
    """One call of a `Disk` method, by its name. `path` is the file or folder, a rename's or link's target."""

    kind: str
    path: str
    source: str = ""
    data: bytes = b""


class RecordingDisk(Disk):
    """Does what a disk does and notes it in `steps`, once it is done."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self._open: dict[int, str] = {}

    def make_folder(self, path: str) -> None:
        super().make_folder(path)
        self.steps.append(Step("make_folder", path))

    def create(self, path: str) -> int:
        file = super().create(path)
        self._open[file] = path
        self.steps.append(Step("create", path))
        return file

    def write(self, file: int, data: Buffer) -> None:
        super().write(file, data)
        self.steps.append(Step("write", self._open[file], data=bytes(data)))

    def sync(self, file: int) -> None:
        super().sync(file)
        self.steps.append(Step("sync", self._open[file]))

    def sync_folder(self, path: str) -> None:
        super().sync_folder(path)
        self.steps.append(Step("sync_folder", path))

    def rename(self, source: str, target: str) -> None:
        super().rename(source, target)
        self.steps.append(Step("rename", target, source))

    def link(self, source: str, target: str) -> None:
        super().link(source, target)
        self.steps.append(Step("link", target, source))

    def unlink(self, path: str) -> None:
        super().unlink(path)
        self.steps.append(Step("unlink", path))

    def sync_everything(self) -> None:
        super().sync_everything()
        self.steps.append(Step("sync_everything", ""))


Tree = dict[str, bytes | None]  # path → a file's bytes, or None for a folder


@dataclass(eq=False)
class _File:
    data: bytes = b""
    synced: bool = True

    def may_hold(self) -> list[bytes]:
        if self.synced:
            return [self.data]
        return list(dict.fromkeys([b"", self.data[: len(self.data) // 2], bytes(len(self.data)), self.data]))


@dataclass
class _Change:
    """Names given and taken by one step; None as the file is a folder."""

    given: dict[str, _File | None] = field(default_factory=dict)
    taken: list[str] = field(default_factory=list)
    safe: bool = False

    def folders(self) -> set[str]:
        return {_folder(path) for path in self.given} or {_folder(path) for path in self.taken}


def _folder(path: str) -> str:
    return str(Path(path).parent)


def read_tree(folder: Path) -> Tree:
    """What is on disk below `folder` now; the start from which `states_after` counts."""
    return {str(path): None if path.is_dir() else path.read_bytes() for path in sorted(folder.rglob("*"))}


def states_after(root: Path, start: Tree, steps: Sequence[Step]) -> Iterator[Tree]:
    """Every tree below `root` that a crash right behind the last of `steps` may leave, each once.

    `start` is what was there before, all of it safe. The number of states doubles with each change of a name that is
    not yet synced: give a short history.
    """
    names: dict[str, _File | None] = {path: None if data is None else _File(data) for path, data in start.items()}
    before = dict(names)
    changes: list[_Change] = []
    for step in steps:
        _take(step, names, changes)
    unsafe = [number for number, change in enumerate(changes) if not change.safe]
    seen: set[frozenset[tuple[str, bytes | None]]] = set()
    for lost in itertools.chain.from_iterable(
        itertools.combinations(unsafe, count) for count in range(len(unsafe) + 1)
    ):
        left = _apply(root, before, [change for number, change in enumerate(changes) if number not in lost])
        files = {path: file.may_hold() for path, file in left.items() if file is not None}
        for contents in itertools.product(*files.values()):
            tree: Tree = {path: None for path, file in left.items() if file is None}
            tree.update(zip(files, contents, strict=True))
            if (key := frozenset(tree.items())) not in seen:
                seen.add(key)
                yield tree


def _take(step: Step, names: dict[str, _File | None], changes: list[_Change]) -> None:
    """Follow one step: `names` is what a running process sees, `changes` what a crash may undo."""
    change = _Change()
    match step.kind:
        case "make_folder":
            change.given[step.path] = None
        case "create":
            change.given[step.path] = _File()
        case "rename":
            change.given[step.path] = names[step.source]
            change.taken.append(step.source)
        case "link":
            change.given[step.path] = names[step.source]
        case "unlink":
            change.taken.append(step.path)
        case "write" | "sync":
            file = names[step.path]
            assert file is not None, "folders are neither written nor synced as files"
            file.data += step.data
            file.synced = step.kind == "sync"
            return
        case "sync_folder":
            for earlier in changes:
                earlier.safe = earlier.safe or step.path in earlier.folders()
            return
        case "sync_everything":
            for earlier in changes:
                earlier.safe = True
            return
        case other:
            raise AssertionError(f"no such step: {other}")
    changes.append(change)
    for path in change.taken:
        del names[path]
    names.update(change.given)


def _apply(root: Path, names: dict[str, _File | None], changes: Sequence[_Change]) -> dict[str, _File | None]:
    """The names there are after `changes`; what is in a folder whose name was lost is lost with it."""
    names = dict(names)
    for change in changes:
        for path in change.taken:
            names.pop(path, None)
        names.update(change.given)
    lost = {parent for path in names for parent in Path(path).relative_to(root).parents if parent != Path()}
    lost = {parent for parent in lost if names.get(str(root / parent), _File()) is not None}
    return {path: file for path, file in names.items() if lost.isdisjoint(Path(path).relative_to(root).parents)}


def make_tree(tree: Tree, moved_from: Path, to: Path) -> None:
    """Put `tree`, which was recorded below `moved_from`, on disk below `to`."""
    to.mkdir(exist_ok=True)
    for name, data in sorted(tree.items()):
        path = to / Path(name).relative_to(moved_from)
        if data is None:
            path.mkdir()
        else:
            path.write_bytes(data)
