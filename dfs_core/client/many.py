"""Storing and retrieving many files at once: a bounded number in flight, one failure not stopping the rest.

What concerns one file (unreadable, changed, damaged, a name that cannot be) becomes a `Problem` and the others go on.
What concerns everything (no majority, no node, a full cluster) ends the whole run with that error: 2,000 lines saying
the same help nobody.
"""

from __future__ import annotations

import asyncio
import itertools
import stat
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Protocol, TypeVar

from dfs_core.client.client import Client
from dfs_core.client.places import IfExists
from dfs_core.client.retrieving import Retrieved
from dfs_core.client.tree import Found, Problem, Root, path_below, walk
from dfs_core.encoding.control_messages import FileStored, KeyEntry, KeyPage
from dfs_core.errors import FileUnusable, IntegrityError, InvalidInput, KeyNotFound, NotFound, Refused
from dfs_core.limits import FILES_IN_FLIGHT

Item = TypeVar("Item")

_BATCH = 256  # files looked at in one thread call
_OF_ONE_FILE = (FileUnusable, IntegrityError, InvalidInput, NotFound, Refused)

# Within one tick of the clock that stamps files, a change may leave the time stamp as it was.
_CLOCK_TICK_NS = 100_000_000


class StoreWatcher(Protocol):
    """Who is told how a run of many stores goes. Called in the event loop; must not block."""

    def stored(self, found: Found, outcome: FileStored) -> None: ...
    def unchanged(self, found: Found, entry: KeyEntry) -> None: ...
    def failed(self, problem: Problem) -> None: ...
    def moved(self, count: int) -> None:
        """So many more bytes were sent, or need not be."""
        ...


class RetrieveWatcher(Protocol):
    """Who is told how a run of many retrieves goes. Called in the event loop; must not block."""

    def retrieved(self, outcome: Retrieved) -> None: ...
    def failed(self, problem: Problem) -> None: ...
    def moved(self, count: int) -> None:
        """So many more bytes have come."""
        ...


def is_unchanged(found: Found, entry: KeyEntry) -> bool:
    """Whether the stored version is surely this file as it is: a second run of an interrupted store skips it.

    Size, modification time and permissions are the same, and the file's status was last changed (a time that no
    program can set back) well before the version was stored.
    """
    facts = found.facts
    return (entry.size, entry.mtime_ns, entry.mode) == (
        facts.st_size,
        facts.st_mtime_ns,
        stat.S_IMODE(facts.st_mode),
    ) and facts.st_ctime_ns + _CLOCK_TICK_NS < entry.stored_ms * 1_000_000


async def store_roots(client: Client, roots: Sequence[Root], watcher: StoreWatcher, *, min_copies: int = 0) -> None:
    """Store every file of `roots`, some at once. What is named is stored; in folders, what is new or changed.

    Returned: each file was reported to `watcher` as stored, unchanged or failed. Cancelled: what was reported as stored
    is, the files under way are not. Raises what ends all of it: no majority, too few copies, the node gone.
    """

    async def store(found: Found) -> None:
        try:
            outcome = await client.store_path(
                found.path, found.key, min_copies=min_copies, progress=_steps(watcher.moved)
            )
        except _OF_ONE_FILE as error:
            watcher.failed(Problem(found.path, error))
        else:
            watcher.stored(found, outcome)

    await _in_flight(_to_store(client, roots, watcher), store)


async def _to_store(client: Client, roots: Sequence[Root], watcher: StoreWatcher) -> AsyncIterator[Found]:
    for root in roots:
        known = _Known(_confirmed(client, f"{root.key}/")) if root.folder else None
        async for item in _batched(walk(root)):
            if isinstance(item, Problem):
                watcher.failed(item)
                continue
            entry = await known.find(item.key) if known is not None else None
            if entry is not None and is_unchanged(item, entry):
                watcher.moved(item.facts.st_size)
                watcher.unchanged(item, entry)
            else:
                yield item


async def _confirmed(client: Client, prefix: str) -> AsyncIterator[KeyEntry]:
    """The current keys below `prefix`, as far as a leader confirmed them: an old list does not prove a file stored."""
    async for page in _pages(client, prefix):
        if page.stale:
            return
        for entry in page.entries:
            yield entry


async def _pages(client: Client, prefix: str, *, removed: bool = False) -> AsyncIterator[KeyPage]:
    """All pages of the list of keys (or of `removed` ones) that start with `prefix`, one at least."""
    page = await client.page_keys(prefix, removed=removed)
    yield page
    while page.after:
        page = await client.page_keys(prefix, page.after, removed=removed)
        yield page


class _Known:
    """The stored keys beside the found files: both come sorted, so one pass over each is enough."""

    def __init__(self, entries: AsyncIterator[KeyEntry]) -> None:
        self._entries = entries
        self._entry: KeyEntry | None = None
        self._ended = False

    async def find(self, key: str) -> KeyEntry | None:
        """The entry of `key`, which must not come before the last one asked for."""
        wanted = key.encode()
        while not self._ended and (self._entry is None or self._entry.key.encode() < wanted):
            self._entry = await anext(self._entries, None)
            self._ended = self._entry is None
        return self._entry if self._entry is not None and self._entry.key == key else None


async def retrieve_folder(
    client: Client, prefix: str, folder: Path, watcher: RetrieveWatcher, *, if_exists: IfExists = IfExists.REPLACE
) -> bool:
    """Write every key below the key folder `prefix` ("" for all) to its place below `folder`, made when missing.

    Each file appears whole or not at all; files that are no keys stay. Returned: each key was reported to `watcher`.
    The answer says whether what was listed may be stale. KeyNotFound: there is no key below `prefix`.
    """

    async def retrieve(entry: KeyEntry) -> None:
        try:
            path = path_below(folder, prefix, entry.key)
            await asyncio.to_thread(_make_folder, path.parent)
            outcome = await client.retrieve_path(
                entry.key, path, version=entry.version, progress=_steps(watcher.moved), if_exists=if_exists
            )
        except _OF_ONE_FILE as error:
            watcher.failed(Problem(entry.key, error))
        else:
            watcher.retrieved(outcome)

    below = f"{prefix}/" if prefix else ""
    pages = _pages(client, below)
    first = await anext(pages)
    if not first.entries:
        raise KeyNotFound(below or "(anything)")

    async def entries() -> AsyncIterator[KeyEntry]:
        for entry in first.entries:
            yield entry
        async for page in pages:
            for entry in page.entries:
                yield entry

    await _in_flight(entries(), retrieve)
    return first.stale


class RestoreWatcher(Protocol):
    """Who is told how a run of many restores goes. Called in the event loop; must not block."""

    def restored(self, outcome: FileStored) -> None: ...
    def failed(self, problem: Problem) -> None: ...


async def removed_below(client: Client, prefix: str) -> AsyncIterator[KeyEntry]:
    """The tombstones of all removed keys below the key folder `prefix` that are still remembered."""
    async for page in _pages(client, f"{prefix}/", removed=True):
        for entry in page.entries:
            if entry.removed:  # an older node does not know the question, and lists what is there
                yield entry


async def restore_all(
    tombstones: AsyncIterator[KeyEntry], watcher: RestoreWatcher, restore: Callable[[str], Awaitable[FileStored]]
) -> None:
    """Undo these removals, some at once, each with `restore`. Returned: each was reported to `watcher`."""

    async def bring_back(entry: KeyEntry) -> None:
        try:
            watcher.restored(await restore(entry.key))
        except _OF_ONE_FILE as error:
            watcher.failed(Problem(entry.key, error))

    await _in_flight(tombstones, bring_back)


def _make_folder(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileUnusable(str(path), error.strerror or str(error)) from error


def _steps(moved: Callable[[int], None]) -> Callable[[int], None]:
    """Turn "so far" into "so many more"."""
    before = 0

    def progress(so_far: int) -> None:
        nonlocal before
        moved(so_far - before)
        before = so_far

    return progress


async def _batched(items: Iterator[Item]) -> AsyncIterator[Item]:
    """Iterate something that blocks, in a thread, a batch at a time."""
    while batch := await asyncio.to_thread(_take, items):
        for item in batch:
            yield item


def _take(items: Iterable[Item]) -> list[Item]:
    return list(itertools.islice(items, _BATCH))


async def _in_flight(items: AsyncIterator[Item], work: Callable[[Item], Awaitable[None]]) -> None:
    """Run `work` for every item, FILES_IN_FLIGHT at once. The first error cancels the rest and is raised as itself."""
    slots = asyncio.Semaphore(FILES_IN_FLIGHT)

    async def run(item: Item) -> None:
        try:
            await work(item)
        finally:
            slots.release()

    try:
        async with asyncio.TaskGroup() as group:
            async for item in items:
                await slots.acquire()
                group.create_task(run(item))
    except BaseExceptionGroup as failed:
        raise _first(failed) from None


def _first(failed: BaseExceptionGroup[BaseException]) -> BaseException:
    error: BaseException = failed
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
