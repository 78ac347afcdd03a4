"""rm: a tombstone on each key, so that it can be undone while its history is kept; or, purging, nothing at all.

Chunks stay while any version of any key refers to them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from dfs_core.catalog.query import CatalogReader
from dfs_core.clock import Clock
from dfs_core.encoding.commands import Remove
from dfs_core.errors import Refused
from dfs_core.limits import ENTRY_COMMANDS_MAX, LIST_PAGE_MAX
from dfs_core.replication.writer import FileWriter


class KeyRemover:
    """Removes keys through one node."""

    def __init__(self, *, catalog: CatalogReader, writer: FileWriter, clock: Clock) -> None:
        self._catalog, self._writer, self._clock = catalog, writer, clock

    async def below(self, folder: str, *, purge: bool = False) -> list[str]:
        """Every current key below `folder`, as this node's catalog has it, sorted.

        To `purge`, those too that were removed and still have a history.
        """
        found: list[str] = []
        while True:
            after = found[-1] if found else ""
            page = await asyncio.to_thread(self._page, f"{folder}/", after, purge)
            found.extend(page)
            if len(page) < LIST_PAGE_MAX:
                return found

    def _page(self, prefix: str, after: str, purge: bool) -> Sequence[str]:
        if purge:
            return self._catalog.remembered(prefix, after, LIST_PAGE_MAX)
        return [version.key for version in self._catalog.list(prefix, after, LIST_PAGE_MAX)]

    async def remove(self, keys: Sequence[str], *, purge: bool = False) -> tuple[list[str], list[str]]:
        """(removed, not there). Each key is its own command; many share an entry. On an error some may be removed.

        `purge` leaves neither tombstone nor history, and takes keys that were removed before too.
        """
        removed: list[str] = []
        missing: list[str] = []
        for start in range(0, len(keys), ENTRY_COMMANDS_MAX):
            part = keys[start : start + ENTRY_COMMANDS_MAX]
            done = await asyncio.gather(*(self._remove(key, purge) for key in part))
            for key, there in zip(part, done, strict=True):
                (removed if there else missing).append(key)
        return removed, missing

    async def _remove(self, key: str, purge: bool) -> bool:
        wall_ms = int(self._clock.wall() * 1000)
        try:
            await self._writer.decide(Remove(self._writer.command_id(), key, wall_ms, purge))
        except Refused as error:
            if error.reason == "missing":
                return False
            raise
        return True
