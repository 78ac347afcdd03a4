"""What a real cluster's source does with bytes: files into the cluster and back, for as long as that takes."""

from __future__ import annotations

from pathlib import Path

from dfs_core.client import Client, DfsError, Found, IfExists, KeyEntry, is_unchanged
from dfs_tui.sources.base import Moved
from dfs_tui.sources.disk import DISK_TIMEOUT_S, within
from dfs_tui.sources.failures import retrieve_failure, store_failure
from dfs_tui.sources.hashing import hash_file
from dfs_tui.sources.steering import Asking
from dfs_tui.view.plan import ToStore
from dfs_tui.view.values import Taken

IF_EXISTS = {Taken.NUMBER: IfExists.NUMBER, Taken.SKIP: IfExists.SKIP, Taken.OVERWRITE: IfExists.REPLACE}


async def _version(client: Client, key: str, version: int) -> tuple[KeyEntry, bool]:
    """A version with its hash, and whether that may be stale; not a byte of it is sent."""
    async with client.retrieve_stream(key, version=version, start=0, end=0) as file:
        return file.entry, file.stale


class Carrying:
    """A part of `LiveSource`."""

    async def store(self: Asking, item: ToStore, moved: Moved) -> None:
        try:
            await self._client().store_path(item.path, item.key, progress=moved)
        except DfsError as error:
            raise store_failure(error, self._named) from error

    async def same_content(self: Asking, item: ToStore, version: int, moved: Moved) -> bool:
        entry, stale = await self._ask(_version(self._client(), item.key, version))
        if stale:  # an old list does not prove that it is stored
            return False
        found = Found(item.path, item.key, await within(DISK_TIMEOUT_S, Path(item.path).stat))
        return is_unchanged(found, entry) or await hash_file(item.path, moved) == entry.hash

    async def retrieve(
        self: Asking, key: str, path: str, moved: Moved, *, version: int = 0, taken: Taken = Taken.NUMBER
    ) -> str:
        client = self._client()
        try:
            done = await client.retrieve_path(key, path, version=version, progress=moved, if_exists=IF_EXISTS[taken])
        except DfsError as error:
            raise retrieve_failure(error, self._named) from error
        if done.skipped:
            return ""
        return str(done.path) if taken is Taken.NUMBER else path  # not where a link leads

    async def read(self: Asking, key: str, version: int) -> bytes:
        with self._glimpses.reading(key):
            return await self._ask(self._client().retrieve(key, version=version))
