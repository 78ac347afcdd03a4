"""What peers may ask this node, one handler a request. Who may ask what was decided at the link (`transport.roles`)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import msgspec

from dfs_core.encoding.peer_messages import (
    AskChunks,
    AskMembers,
    CheckChunk,
    ChunkFollows,
    ChunksHeld,
    FetchChunk,
    Propose,
    ReadIndex,
    Redeem,
    StoreChunk,
    Stored,
)
from dfs_core.errors import ChunkCorrupt, NotAllowed, RemoteProtocolError
from dfs_core.limits import ASK_CHUNKS_MAX, SEALED_BYTES_MAX
from dfs_core.model.ids import Address
from dfs_core.replication.admission import Admission
from dfs_core.replication.budget import PeerShares, Windows
from dfs_core.replication.consensus import Consensus
from dfs_core.replication.fence import Fence
from dfs_core.replication.memberlist import MemberList
from dfs_core.replication.reread import reread
from dfs_core.store.base import ChunkStore
from dfs_core.transport.exchange import Exchange

Handler = Callable[[Exchange], Awaitable[None]]


class PeerApi:
    """Handlers for peers' requests. `consensus` and `admission` are None on a vault."""

    def __init__(
        self,
        *,
        store: ChunkStore,
        members: MemberList,
        fence: Fence,
        consensus: Consensus | None,
        admission: Admission | None,
        damaged_here: Callable[[Address, str], Awaitable[None]],
        count: Callable[[int, int], None],
        windows: Windows,
    ) -> None:
        """`count(stored, served)` hears of the bytes that went in and out."""
        self._store, self._members, self._consensus, self._admission = store, members, consensus, admission
        self._damaged_here, self._count, self._fence = damaged_here, count, fence
        self.window = PeerShares(windows.peers, windows.peer)
        self.handlers: dict[type[msgspec.Struct], Handler] = {
            StoreChunk: self._store_chunk,
            FetchChunk: self._fetch_chunk,
            AskChunks: self._ask_chunks,
            CheckChunk: self._check_chunk,
            Propose: self._propose,
            ReadIndex: self._read_index,
            AskMembers: self._ask_members,
            Redeem: self._redeem,
        }

    async def _store_chunk(self, exchange: Exchange) -> None:
        request = exchange.request
        assert isinstance(request, StoreChunk)
        address = Address(request.address)
        if not 0 < request.size <= SEALED_BYTES_MAX:
            raise RemoteProtocolError(f"a sealed chunk has 1 to {SEALED_BYTES_MAX} bytes, not {request.size}")
        await self._fence.reach(request.as_of)  # before it is put: a verdict carried out later may take the copy
        async with self.window.taken(exchange.link.peer, request.size):
            data = bytearray(request.size)
            if await exchange.read_into(memoryview(data)) != request.size:
                raise RemoteProtocolError("the chunk is shorter than announced")
            new = await self._store.put(address, data)
        self._count(request.size, 0)
        await exchange.respond(Stored(had=not new))

    async def _fetch_chunk(self, exchange: Exchange) -> None:
        request = exchange.request
        assert isinstance(request, FetchChunk)
        address = Address(request.address)
        async with self.window.taken(exchange.link.peer, SEALED_BYTES_MAX // 8):
            try:
                data = await self._store.get(address)
            except ChunkCorrupt as error:
                await self._damaged_here(address, str(error))
                raise
            await exchange.respond(ChunkFollows(len(data)))
            await exchange.send(data, last=True)
        self._count(0, len(data))

    async def _ask_chunks(self, exchange: Exchange) -> None:
        request = exchange.request
        assert isinstance(request, AskChunks)
        raw = request.addresses
        if len(raw) % Address.size or len(raw) > ASK_CHUNKS_MAX * Address.size:
            raise RemoteProtocolError(f"at most {ASK_CHUNKS_MAX} addresses of {Address.size} bytes may be asked for")
        addresses = [Address(raw[at : at + Address.size]) for at in range(0, len(raw), Address.size)]
        await self._fence.reach(request.as_of)
        await exchange.respond(ChunksHeld(bytes(await self._store.which(addresses))))

    async def _check_chunk(self, exchange: Exchange) -> None:
        request = exchange.request
        assert isinstance(request, CheckChunk)
        await exchange.respond(await reread(self._store, Address(request.address), self._damaged_here))

    async def _propose(self, exchange: Exchange) -> None:
        assert isinstance(exchange.request, Propose)
        await exchange.respond(self._log().accept(exchange.request))

    async def _read_index(self, exchange: Exchange) -> None:
        await exchange.respond(await self._log().answer_read_index())

    def _log(self) -> Consensus:
        if self._consensus is None:
            raise NotAllowed("a vault has no log")
        return self._consensus

    async def _ask_members(self, exchange: Exchange) -> None:
        assert isinstance(exchange.request, AskMembers)
        known = self._members.known
        if known.revision <= exchange.request.revision:
            known = msgspec.structs.replace(known, members=[])
        if self._consensus is not None:
            known = msgspec.structs.replace(known, voters=list(self._consensus.configuration.voters))
        await exchange.respond(known)

    async def _redeem(self, exchange: Exchange) -> None:
        assert isinstance(exchange.request, Redeem)
        if self._admission is None:
            raise NotAllowed("a vault invites nobody")
        self._admission.tick()
        record, spent = await asyncio.to_thread(self._admission.check, exchange.request)
        await self._admission.admit(record, spent)
        await exchange.respond(await asyncio.to_thread(self._admission.welcome, record))
