"""Storing and retrieving, as clients ask for it. Names a client hands in are checked here, once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing

import msgspec

from dfs_core.encoding.control_messages import FileFollows, RetrieveFile, SettleStore, StoreFile, StoreSettled
from dfs_core.errors import Cancelled, DfsError, InvalidInput
from dfs_core.limits import COPIES_MAX, FILE_BYTES_MAX
from dfs_core.model.chunking import check_range
from dfs_core.model.ids import VersionId, check_key
from dfs_core.replication.consensus import Consensus
from dfs_core.replication.reader import FileReader
from dfs_core.replication.upload import StoreRequest
from dfs_core.replication.writer import FileWriter
from dfs_core.server.keys import KeyFacts
from dfs_core.server.lookup import Lookup
from dfs_core.server.transfers import Transfers
from dfs_core.transport.exchange import Exchange


class FilesApi:
    """Handlers for a client's files on a full node."""

    def __init__(
        self,
        *,
        consensus: Consensus,
        writer: FileWriter,
        reader: FileReader,
        lookup: Lookup,
        facts: KeyFacts,
        transfers: Transfers,
        moved: Callable[[int, int], None],
        token: Callable[[int], bytes],
    ) -> None:
        """`moved(stored, retrieved)` hears of the bytes that went in and out; `token(n)` draws random bytes."""
        self._consensus, self._writer, self._reader = consensus, writer, reader
        self._lookup, self._facts, self._transfers = lookup, facts, transfers
        self._moved, self._token = moved, token
        self.handlers: dict[type[msgspec.Struct], Callable[[Exchange], Awaitable[None]]] = {
            StoreFile: self._store_file,
            SettleStore: self._settle_store,
            RetrieveFile: self._retrieve_file,
        }

    async def _store_file(self, exchange: Exchange) -> None:
        request = exchange.request
        assert isinstance(request, StoreFile)
        if not -1 <= request.size <= FILE_BYTES_MAX:
            raise InvalidInput(f"a file has 0 to {FILE_BYTES_MAX} bytes")
        if not 0 <= request.min_copies <= COPIES_MAX:
            raise InvalidInput(f"--min-copies is 1 to {COPIES_MAX}")
        store = StoreRequest(
            key=check_key(request.key),
            version_id=VersionId(request.id),
            size=request.size,
            mtime_ns=request.mtime_ns,
            mode=request.mode & 0o7777,
            min_copies=request.min_copies,
        )
        transfer = self._transfers.begin("store", store.key, store.size)
        try:
            stored = await self._writer.store(store, exchange, transfer.moved)
        except DfsError as error:
            transfer.end("failed", str(error))
            raise
        except asyncio.CancelledError:
            transfer.end("cancelled")
            if exchange.cancelled.is_set():
                raise
            await exchange.reset(Cancelled(f"storing {store.key!r} was cancelled; nothing was stored"))
            raise
        transfer.end("done")
        self._moved(stored.size, 0)
        await exchange.respond(stored)

    async def _settle_store(self, exchange: Exchange) -> None:
        assert isinstance(exchange.request, SettleStore)
        target = VersionId(exchange.request.id)
        outcome = await self._consensus.settle(target.digest, self._token(VersionId.size))
        await exchange.respond(StoreSettled(stored=not outcome.reason, version=outcome.version))

    async def _retrieve_file(self, exchange: Exchange) -> None:
        request = exchange.request
        assert isinstance(request, RetrieveFile)
        opened = await self._lookup.find(request.key, request.hash, request.version)
        start, end = check_range(request.start, None if request.end < 0 else request.end, opened.head.size)
        follows = FileFollows(self._facts.entry(opened.version, opened.head), start, end - start, opened.stale)
        if start == end and opened.head.size:  # only what it is was asked for: nothing moves
            await exchange.respond(follows)
            await exchange.finish()
            return
        transfer = self._transfers.begin("retrieve", opened.version.key, end - start)
        try:
            await exchange.respond(follows)
            async with aclosing(self._reader.stream(opened, start, end)) as parts:
                async for part in parts:
                    await exchange.send(part)
                    transfer.moved(len(part))
            await exchange.finish()
        except DfsError as error:
            transfer.end("failed", str(error))
            raise
        except asyncio.CancelledError:
            transfer.end("cancelled")
            if not exchange.cancelled.is_set():
                await exchange.reset(Cancelled(f"retrieving {opened.version.key!r} was cancelled"))
            raise
        transfer.end("done")
        self._moved(0, end - start)
