"""Secret epochs and sheets, as clients ask for them; and secrets, as other full nodes do.

Who may ask what was decided at the link, by role. Here a peer is looked up once more in the member list of this moment:
a secret is handed to nobody who has just been removed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import msgspec

from dfs_core.catalog.query import CatalogReader
from dfs_core.encoding.commands import ConfirmSheet, LiftHold
from dfs_core.encoding.control_messages import ConfirmRecovery
from dfs_core.encoding.message import Done
from dfs_core.encoding.recovery_messages import (
    AskSecret,
    GetSecretEpochs,
    GetSnapshots,
    HoldSecret,
    LiftForcedHold,
    RotateSecret,
    SecretEpochEntry,
    SecretEpochsListed,
    SecretTold,
    SnapshotEntry,
    SnapshotsListed,
    TakeSnapshot,
)
from dfs_core.errors import InvalidInput, NotAllowed, Refused
from dfs_core.model.ids import NodeId
from dfs_core.replication.consensus import Consensus
from dfs_core.replication.memberlist import MemberList
from dfs_core.replication.rotation import Rotation
from dfs_core.replication.workers.snapshots import SnapshotUpkeep
from dfs_core.replication.writer import FileWriter
from dfs_core.server.events import EventBus
from dfs_core.server.keyring import Keyring
from dfs_core.transport.exchange import Exchange


class RecoveryApi:
    """Handlers on a full node."""

    def __init__(
        self,
        *,
        consensus: Consensus,
        catalog: CatalogReader,
        writer: FileWriter,
        members: MemberList,
        keyring: Keyring,
        rotation: Rotation,
        refresh: Callable[[], Awaitable[None]],
        upkeep: SnapshotUpkeep,
        known: Callable[[NodeId], int],
        events: EventBus,
    ) -> None:
        """`refresh` takes over what the catalog says now; `known(node)`: the newest snapshot that node leads to."""
        self._consensus, self._catalog, self._writer, self._members = consensus, catalog, writer, members
        self._keyring, self._rotation, self._refresh, self._events = keyring, rotation, refresh, events
        self._upkeep, self._known = upkeep, known
        self.handlers: dict[type[msgspec.Struct], Callable[[Exchange], Awaitable[None]]] = {
            ConfirmRecovery: self._confirm,
            GetSecretEpochs: self._epochs,
            RotateSecret: self._rotate,
            TakeSnapshot: self._take,
            GetSnapshots: self._snapshots,
            HoldSecret: self._hold,
            AskSecret: self._ask,
            LiftForcedHold: self._lift,
        }

    async def _confirm(self, exchange: Exchange) -> None:
        """The sheet of the current epoch is safe: an entry, so that no node of the cluster asks for it any more."""
        await self._consensus.catch_up()
        await self._refresh()
        await self._writer.decide(ConfirmSheet(self._writer.command_id(), self._keyring.current))
        await self._refresh()
        self._events.record("info", "the recovery sheet is in a safe place")
        await exchange.respond(Done())

    async def _lift(self, exchange: Exchange) -> None:
        """What a forced recovery left is as it should be, an operator says: deleting goes on."""
        await self._consensus.catch_up()
        log = await asyncio.to_thread(self._catalog.generation)
        if not log.held:
            raise InvalidInput("nothing is held: collecting and expiry are allowed")
        await self._writer.decide(LiftHold(self._writer.command_id(), log.number))
        await self._refresh()
        self._events.record("warning", "collecting and expiry go on after the forced recovery")
        await exchange.respond(Done())

    async def _epochs(self, exchange: Exchange) -> None:
        stale = not await self._consensus.catch_up()
        epochs = await asyncio.to_thread(self._catalog.secret_epochs)
        listed = [
            SecretEpochEntry(
                number=epoch.number,
                hash=epoch.hash.hex(),
                confirmed=epoch.confirmed,
                held=self._keyring.held(epoch.number, epoch.hash) is not None,
            )
            for epoch in epochs
        ]
        await exchange.respond(SecretEpochsListed(listed, stale))

    async def _rotate(self, exchange: Exchange) -> None:
        rotated = await self._rotation.rotate()
        self._events.record("warning", f"secret epoch {rotated.epoch} began; a new recovery sheet is due")
        await exchange.respond(rotated)

    async def _take(self, exchange: Exchange) -> None:
        await self._consensus.catch_up()
        await self._upkeep.take()
        self._events.record("info", "a snapshot of the catalog was sealed and stored")
        await self._snapshots(exchange)

    async def _snapshots(self, exchange: Exchange) -> None:
        stale = not await self._consensus.catch_up()
        kept = await asyncio.to_thread(self._catalog.snapshots)
        cluster = await asyncio.to_thread(self._catalog.cluster)
        log_ms = cluster.log_ms if cluster is not None else 0
        nodes = [member.node for member in self._members.layout.members if member.listed and member.role != "operator"]
        listed = [
            SnapshotEntry(
                number=each.number,
                taken_at=each.taken_at,
                epoch=each.epoch,
                size=each.size,
                age_s=(log_ms - each.log_ms) / 1000,
                known=sum(self._known(node) >= each.number for node in nodes),
            )
            for each in kept
        ]
        await exchange.respond(SnapshotsListed(listed, len(nodes), stale))

    async def _hold(self, exchange: Exchange) -> None:
        request = exchange.request
        assert isinstance(request, HoldSecret)
        self._check_full(exchange)
        if request.number <= self._keyring.current:
            raise Refused("epoch", f"epoch {self._keyring.current} is in force here already")
        await asyncio.to_thread(self._keyring.hold, request.number, request.secret)
        await exchange.respond(Done())

    async def _ask(self, exchange: Exchange) -> None:
        request = exchange.request
        assert isinstance(request, AskSecret)
        self._check_full(exchange)
        secret = self._keyring.held(request.number, request.hash)
        if secret is None:
            raise Refused("epoch", f"the secret of epoch {request.number} is not held here")
        await exchange.respond(SecretTold(secret))

    def _check_full(self, exchange: Exchange) -> None:
        peer = exchange.link.peer
        member = self._members.member(peer) if peer is not None else None
        if member is None or not member.holds_secrets:
            raise NotAllowed("secrets travel between listed full nodes only")
