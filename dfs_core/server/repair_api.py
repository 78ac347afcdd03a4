"""What peers ask of a node about its copies: fetch what it lacks, release what belongs elsewhere, confirm the rest."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec

from dfs_core.encoding.inventory_messages import OweChunks, ReleaseChunks
from dfs_core.encoding.message import Done
from dfs_core.encoding.repair_messages import BAD, GOOD, MISSING, ChunksConfirmed, ConfirmChunks, HurryRepair
from dfs_core.errors import RemoteProtocolError
from dfs_core.limits import CONFIRM_CHUNKS_MAX, OWE_CHUNKS_MAX
from dfs_core.model.ids import Address, NodeId
from dfs_core.model.placement import holders
from dfs_core.replication.locks import AddressLocks
from dfs_core.replication.memberlist import MemberList
from dfs_core.replication.reread import reread
from dfs_core.replication.workers.owed import Owed
from dfs_core.replication.workers.surplus import check_revision
from dfs_core.store.base import ChunkStore
from dfs_core.transport.exchange import Exchange


class RepairApi:
    """Handlers for peers, on vaults too."""

    def __init__(
        self,
        *,
        node: NodeId,
        store: ChunkStore,
        members: MemberList,
        locks: AddressLocks,
        owed: Owed,
        release: Callable[[list[Address], int], None],
        damaged_here: Callable[[Address, str], Awaitable[None]],
        fence: Callable[[int], Awaitable[None]],
        hurry: Callable[[], Awaitable[None]],
    ) -> None:
        """`fence(as_of)` returns once every condemnation up to there was carried out here."""
        self._node, self._store, self._members, self._locks = node, store, members, locks
        self._owed, self._release, self._damaged_here = owed, release, damaged_here
        self._fence, self._hurry = fence, hurry
        self.handlers: dict[type[msgspec.Struct], Callable[[Exchange], Awaitable[None]]] = {
            OweChunks: self._take_notice,
            ReleaseChunks: self._take_notice,
            ConfirmChunks: self._confirm_chunks,
            HurryRepair: self._hurry_repair,
        }

    async def _take_notice(self, exchange: Exchange) -> None:
        await self.take(exchange.request)
        await exchange.respond(Done())

    async def take(self, notice: msgspec.Struct) -> None:
        """Do what the audit says; what is owed is durably noted on return. A leader tells itself so, too.

        RemoteProtocolError: it makes no sense. StoreError, StaleLayout: it cannot be noted, and is to be told again.
        """
        assert isinstance(notice, OweChunks | ReleaseChunks)
        addresses = addresses_in(notice.addresses, OWE_CHUNKS_MAX)
        if isinstance(notice, ReleaseChunks):
            check_revision(notice.revision, self._members.revision)  # under another layout it would be dropped at once
            self._release(addresses, notice.as_of)
            return
        if notice.revision > self._members.revision:  # under the older one it may not belong here, and would be dropped
            check_revision(notice.revision, self._members.revision)
        if len(notice.copies) != len(addresses):
            raise RemoteProtocolError(f"{len(addresses)} chunks, and how many copies there are of {len(notice.copies)}")
        await self._owed.owe_here(addresses, notice.copies)

    async def _confirm_chunks(self, exchange: Exchange) -> None:
        request = exchange.request
        assert isinstance(request, ConfirmChunks)
        addresses = addresses_in(request.addresses, CONFIRM_CHUNKS_MAX)
        check_revision(request.revision, self._members.revision)
        await self._fence(request.as_of)
        found = bytearray()
        for address in addresses:
            async with self._locks.hold(address):
                check_revision(request.revision, self._members.revision)
                found.append(await self._look(address))
        await exchange.respond(ChunksConfirmed(bytes(found)))

    async def _look(self, address: Address) -> int:
        """Re-read the copy here, if this node is one of those that keep the chunk."""
        if self._node not in holders(address.digest, self._members.layout):
            return MISSING
        checked = await reread(self._store, address, self._damaged_here)
        return GOOD if checked.held else BAD if checked.damaged else MISSING

    async def _hurry_repair(self, exchange: Exchange) -> None:
        await self._hurry()
        await exchange.respond(Done())


def addresses_in(packed: bytes, most: int) -> list[Address]:
    """Addresses of 32 bytes each, at most `most` of them. RemoteProtocolError."""
    if len(packed) % Address.size or len(packed) > most * Address.size:
        raise RemoteProtocolError(f"at most {most} addresses of {Address.size} bytes each, not {len(packed)} bytes")
    return [Address(packed[at : at + Address.size]) for at in range(0, len(packed), Address.size)]
