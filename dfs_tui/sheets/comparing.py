"""What the store sheet finds out about contents while it is open: which keys have them already, which files are copies.

Only files whose key exists with the same size are read for the first, only files of one size that begin in the same way
for the second. The sheet runs both in workers that end with it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from functools import partial

from dfs_tui.view import format as fmt
from dfs_tui.view.plan import Found, ToStore
from dfs_tui.view.values import KeyEntry

SameContent = Callable[[ToStore, int, Callable[[int], None]], Awaitable[bool]]
CopiesAmong = Callable[[Sequence[Found], Callable[[int], None]], Awaitable[Sequence[Found]]]

AT_ONCE = 8


class Comparing:
    """`changed` is set when there is something new to draw."""

    def __init__(self, same_content: SameContent, copies_among: CopiesAmong, existing: Mapping[str, KeyEntry]) -> None:
        self._same_content = same_content
        self._copies_among = copies_among
        self._existing = existing
        self._known: dict[tuple[str, str, int], bool] = {}
        self._under_way: tuple[ToStore, ...] = ()
        self._done = 0
        self._read: dict[str, int] = {}  # bytes, by path
        self.copies: Sequence[Found] = ()
        self.changed = False

    def same(self, file: ToStore) -> bool | None:
        """Is this the content its key has now? None: that is not known yet."""
        entry = self._existing.get(file.key)
        if entry is None or entry.size_bytes != file.size_bytes:
            return False
        return self._known.get((file.path, file.key, entry.version))

    def covers(self, files: Sequence[ToStore]) -> bool:
        """Are all of these being compared?"""
        return set(files) <= set(self._under_way)

    async def compare(self, files: Sequence[ToStore]) -> None:
        """Find out about all of them."""
        mine = self._under_way = tuple(files)
        self._done, self._read = 0, {}
        self.changed = True
        waiting = iter(files)
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(AT_ONCE, len(files))):
                    group.create_task(self._lane(waiting))
        finally:
            if self._under_way is mine:  # else others are being compared by now
                self._under_way = ()
            self.changed = True

    async def _lane(self, waiting: Iterator[ToStore]) -> None:
        for file in waiting:
            entry = self._existing.get(file.key)
            if entry is not None and self.same(file) is None:
                said = await self._same_content(file, entry.version, partial(self._moved, file.path))
                self._known[file.path, file.key, entry.version] = said
            self._done += 1
            self.changed = True

    def _moved(self, path: str, done: int) -> None:
        self._read[path] = done
        self.changed = True

    async def find_copies(self, files: Sequence[Found]) -> None:
        """Find out which of the files are copies of others among them."""
        self.copies = ()
        self.copies = await self._copies_among(files, lambda _: None)
        self.changed = True

    def progress(self) -> str:
        """How far comparing with what is stored is; empty when it is over."""
        if not self._under_way:
            return ""
        read, size = sum(self._read.values()), sum(file.size_bytes for file in self._under_way)
        return f"comparing {self._done} of {len(self._under_way)}, {fmt.size(read)} of {fmt.size(size)} read"

    def copies_text(self, left_out: frozenset[str]) -> str:
        """What was found about copies; empty for none."""
        found = [file for file in self.copies if file.path not in left_out]
        if not found:
            return ""
        size = fmt.size(sum(file.size_bytes for file in found))
        return f"{fmt.plural(len(found), 'file is a copy', 'files are copies')} of others here ({size})"
