"""Listing, finding, naming, removing and copying keys and their older versions, as clients ask for it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import msgspec

from dfs_core.catalog.query import CatalogReader
from dfs_core.encoding.control_messages import CopyKey, KeyPage, KeysRemoved, ListKeys, RemoveKeys, StatKey
from dfs_core.encoding.history_messages import FindKeys, GetHistory, VersionPage
from dfs_core.errors import InvalidInput, KeyNotFound
from dfs_core.limits import KEY_BYTES_MAX, LIST_PAGE_MAX, MESSAGE_BYTES_MAX
from dfs_core.model.ids import VersionId, check_key
from dfs_core.model.version import Version
from dfs_core.replication.consensus import Consensus
from dfs_core.replication.copier import FileCopier
from dfs_core.replication.remover import KeyRemover
from dfs_core.server.keys import KeyFacts
from dfs_core.server.lookup import Lookup, be_level
from dfs_core.transport.exchange import Exchange

PAGE_BYTES_MAX = MESSAGE_BYTES_MAX // 2
ENTRY_BYTES = 512  # of an entry in a message beside its key


class KeysApi:
    """Handlers for a client's keys on a full node. Every listing first catches up with the log."""

    def __init__(
        self,
        *,
        consensus: Consensus,
        catalog: CatalogReader,
        lookup: Lookup,
        copier: FileCopier,
        remover: KeyRemover,
        facts: KeyFacts,
        token: Callable[[int], bytes],
    ) -> None:
        self._consensus, self._catalog, self._lookup = consensus, catalog, lookup
        self._copier, self._remover, self._facts, self._token = copier, remover, facts, token
        self.handlers: dict[type[msgspec.Struct], Callable[[Exchange], Awaitable[None]]] = {
            ListKeys: self._list_keys,
            FindKeys: self._find_keys,
            GetHistory: self._get_history,
            StatKey: self._stat_key,
            RemoveKeys: self._remove_keys,
            CopyKey: self._copy_key,
        }

    async def _list_keys(self, exchange: Exchange) -> None:
        request = exchange.request
        assert isinstance(request, ListKeys)
        _check_limit(request.limit)
        stale = not await self._consensus.catch_up()
        question = self._catalog.removed if request.removed else self._catalog.list
        found = await asyncio.to_thread(question, request.prefix, request.after, request.limit)
        versions, more = _page_of(found, request.limit)
        entries = [self._facts.entry(version) for version in versions]
        if request.copies and not request.removed:
            entries = await self._facts.with_copies(versions, entries)
        after = versions[-1].key if more else ""
        await exchange.respond(KeyPage(entries, after, stale))

    async def _find_keys(self, exchange: Exchange) -> None:
        request = exchange.request
        assert isinstance(request, FindKeys)
        _check_limit(request.limit)
        if not request.text:
            raise InvalidInput("say what to find; 'dfs-core ls' lists all keys")
        stale = not await self._consensus.catch_up()
        found = await asyncio.to_thread(self._catalog.find, request.text, request.after, request.limit)
        versions, more = _page_of(found, request.limit)
        entries = [self._facts.entry(version) for version in versions]
        await exchange.respond(KeyPage(entries, versions[-1].key if more else "", stale))

    async def _get_history(self, exchange: Exchange) -> None:
        request = exchange.request
        assert isinstance(request, GetHistory)
        _check_limit(request.limit)
        key = check_key(request.key)
        if request.before < 0:
            raise InvalidInput("a version number is 1 or more")
        stale = not await self._consensus.catch_up()
        found = await asyncio.to_thread(self._catalog.history, key, request.limit, request.before)
        if not found and not request.before:
            raise KeyNotFound(key)
        versions, more = _page_of(found, request.limit)
        entries = [self._facts.entry(version) for version in versions]
        await exchange.respond(VersionPage(entries, versions[-1].number if more else 0, stale))

    async def _stat_key(self, exchange: Exchange) -> None:
        request = exchange.request
        assert isinstance(request, StatKey)
        opened = await self._lookup.find(request.key, version=request.version)
        await exchange.respond(await self._facts.detail(opened, chunk_list=request.chunk_list))

    async def _remove_keys(self, exchange: Exchange) -> None:
        request = exchange.request
        assert isinstance(request, RemoveKeys)
        keys = [check_key(key.rstrip("/") if request.prefix else key) for key in request.keys]
        if request.prefix:
            await be_level(self._consensus)  # else what was stored lately would stay, and nobody would know
            found: list[str] = []
            missing: list[str] = []
            for key in keys:
                below = await self._remover.below(key, purge=request.purge)
                found.extend(below)
                if not below:
                    missing.append(key)
        else:
            found, missing = keys, []
        removed, absent = await self._remover.remove(list(dict.fromkeys(found)), purge=request.purge)
        await exchange.respond(KeysRemoved(removed, missing + absent))

    async def _copy_key(self, exchange: Exchange) -> None:
        request = exchange.request
        assert isinstance(request, CopyKey)
        target = check_key(request.target)
        if request.move and target == request.source:
            raise InvalidInput("a key cannot be moved onto itself")
        version_id = VersionId(request.id or self._token(VersionId.size))
        opened = await self._lookup.find_for_change(request.source, request.version)
        await exchange.respond(await self._copier.copy(opened, target, version_id, move=request.move))


def _check_limit(limit: int) -> None:
    if not 1 <= limit <= LIST_PAGE_MAX:
        raise InvalidInput(f"a page has 1 to {LIST_PAGE_MAX} entries")


def _page_of(found: Sequence[Version], limit: int) -> tuple[Sequence[Version], bool]:
    """The first of these, as many as one message surely takes (keys may be long), and whether more may follow."""
    size = 0
    for index, version in enumerate(found):
        size += len(version.key.encode()) + ENTRY_BYTES
        if size > PAGE_BYTES_MAX:
            return found[:index], True
    return found, len(found) == limit


assert KEY_BYTES_MAX + ENTRY_BYTES <= PAGE_BYTES_MAX, "a page makes headway"
