"""One store of many files: how far each is, what failed, what is left."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager

from dfs_tui.doing.gate import Gate
from dfs_tui.sources.base import Moved, SourceError
from dfs_tui.view.plan import ToStore

Store = Callable[[ToStore, Moved], Awaitable[None]]
Slot = Callable[[int], AbstractAsyncContextManager[None]]  # the turn of a file of so many bytes
Tell = Callable[[int, int, int], None]  # bytes and files that are through, and the bytes of those files


class StoreRun:
    """`carry_out` once; then `failures` and `left` say what came of it."""

    def __init__(self, store: Store, slot: Slot, gate: Gate, files: Sequence[ToStore], tell: Tell) -> None:
        self.files = files
        self.failures: list[tuple[ToStore, str]] = []
        self._store = store
        self._slot = slot
        self._gate = gate
        self._report = tell
        self._stored: set[str] = set()
        self._done_bytes = self._stored_bytes = 0
        self._hopeless = False

    @property
    def files_done(self) -> int:
        return len(self._stored)

    async def carry_out(self, at_once: int) -> None:
        """Store them, `at_once` of them at a time at most."""
        waiting = iter(self.files)
        async with asyncio.TaskGroup() as group:
            for _ in range(min(at_once, len(self.files))):
                group.create_task(self._lane(waiting))

    def left(self) -> list[ToStore]:
        """Those that are not stored."""
        return [item for item in self.files if item.key not in self._stored]

    def said_when_cancelled(self) -> str:
        return (
            f"{self.files_done} of {len(self.files)} files were stored" if len(self.files) > 1 else "nothing was stored"
        )

    async def _lane(self, waiting: Iterator[ToStore]) -> None:
        for item in waiting:
            if self._hopeless:
                return
            await self._one(item)

    async def _one(self, item: ToStore) -> None:
        moved = 0

        def advance(done: int) -> None:
            nonlocal moved
            self._done_bytes += done - moved
            moved = done
            self._tell()

        async def send() -> None:
            async with self._slot(item.size_bytes):  # in here: what is paused gives its turn to others
                if self._hopeless:
                    return
                advance(0)
                await self._store(item, advance)
                self._stored.add(item.key)
                self._stored_bytes += item.size_bytes

        try:
            await self._gate.pass_through(send)
        except SourceError as error:
            self.failures.append((item, str(error)))
            self._hopeless = self._hopeless or error.everything
            advance(0)
        else:
            if item.key in self._stored:
                advance(item.size_bytes)

    def _tell(self) -> None:
        self._report(self._done_bytes, self.files_done, self._stored_bytes)
