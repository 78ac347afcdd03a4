"""A full node's part in recovery: which secret epoch is in force, whose sheet is safe, and telling vaults what to keep.

The catalog says all of it; this follows the catalog and carries it to where it is needed: the keyring (what seals and
opens), `status` (which asks for the sheet until somebody says that it is safe), the pointer book (what to believe on
the day of recovery), and the peers that lack what the book has. Peers report what they keep, so nothing is sent twice
and whoever was away is told when it is back.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any

import msgspec

from dfs_core.catalog.change import Applied, RecoveryChanged
from dfs_core.catalog.facts import GenerationFacts, SecretEpochFacts
from dfs_core.catalog.query import CatalogReader
from dfs_core.clock import Clock
from dfs_core.crypto.identity import Identity
from dfs_core.encoding.peer_messages import MembersKnown
from dfs_core.model.ids import NodeId
from dfs_core.replication.consensus import Consensus
from dfs_core.replication.memberlist import MemberList
from dfs_core.replication.rotation import Rotation
from dfs_core.replication.snapshots import SnapshotMaker
from dfs_core.replication.workers.snapshots import SnapshotUpkeep
from dfs_core.replication.writer import FileWriter
from dfs_core.server.events import EventBus
from dfs_core.server.introducing import Introducer
from dfs_core.server.keyring import Keyring
from dfs_core.server.pointers import PointerBook
from dfs_core.server.recovery_api import RecoveryApi
from dfs_core.server.status import NodeFacts
from dfs_core.transport.peers import Peers

_log = logging.getLogger(__name__)

HELD = "generation {} of the log was forced: nothing is collected and nothing expires until 'dfs-core recovery lift'"
SHARE_PAUSE_S = 1.0  # as often as peers report


class RecoveryParts:
    """Built with a full node, run as long as it does."""

    def __init__(
        self,
        *,
        folder: Path,
        identity: Identity,
        keyring: Keyring,
        book: PointerBook,
        consensus: Consensus,
        catalog: CatalogReader,
        writer: FileWriter,
        members: MemberList,
        peers: Peers,
        facts: NodeFacts,
        chunk_bytes: Callable[[], int],
        events: EventBus,
        clock: Clock,
        token: Callable[[int], bytes],
        introduces: bool,
    ) -> None:
        """`introduces`: to vaults that know nobody any more, over TLS.

        Follows the catalog at once: blocks. StoreError: the secrets are of another cluster."""
        self.keyring, self.book = keyring, book
        self._consensus, self._catalog, self._members, self._peers = consensus, catalog, members, peers
        self._facts, self._clock, self._token, self._introduces = facts, clock, token, introduces
        self.rotation = Rotation(
            node=facts.node,
            keys=keyring,
            log=consensus,
            members=members,
            peers=peers,
            clock=clock,
            token=token,
            refresh=self.refresh,
        )
        self.maker = SnapshotMaker(
            folder=folder,
            cluster=facts.cluster,
            secrets=keyring.for_sealing,
            writer=writer,
            catalog=catalog,
            chunk_bytes=chunk_bytes,
            token=token,
        )
        self.upkeep = self._snapshot_upkeep(identity)
        self.introducer = self._vault_introducer()
        self.handlers = self._api(writer, events).handlers
        self._changed = asyncio.Event()
        self.held = ""  # why nothing may be deleted now
        facts.alarms.append(lambda: [self.held] if self.held else [])
        self._follow()

    def _snapshot_upkeep(self, identity: Identity) -> SnapshotUpkeep:
        return SnapshotUpkeep(
            identity=identity,
            cluster=self._facts.cluster,
            log=self._consensus,
            catalog=self._catalog,
            maker=self.maker,
            book=self.book,
            members=self._members,
            known=self.known,
            clock=self._clock,
            token=self._token,
        )

    def _vault_introducer(self) -> Introducer:
        return Introducer(
            cluster=self._facts.cluster,
            keyring=self.keyring,
            members=self._members,
            peers=self._peers,
            bootstrap=self._facts.config.bootstrap,
            known=self._known_members,
            clock=self._clock,
        )

    def _api(self, writer: FileWriter, events: EventBus) -> RecoveryApi:
        return RecoveryApi(
            consensus=self._consensus,
            catalog=self._catalog,
            writer=writer,
            members=self._members,
            keyring=self.keyring,
            rotation=self.rotation,
            refresh=self.refresh,
            upkeep=self.upkeep,
            known=self.known,
            events=events,
        )

    def _known_members(self) -> MembersKnown:
        return msgspec.structs.replace(self._members.known, voters=list(self._consensus.configuration.voters))

    def applied(self, results: Sequence[Applied]) -> None:
        """Take note; called in the loop after each run of entries."""
        if any(isinstance(change, RecoveryChanged) for result in results for change in result.changes):
            self._changed.set()

    def reload_soon(self) -> None:
        """The whole catalog is another one: a snapshot was installed."""
        self._changed.set()

    def tasks(self) -> list[Coroutine[Any, Any, None]]:
        """What runs as long as the node does."""
        own = [self._run(), self._share(), self.rotation.run()]
        return [*own, self.introducer.run()] if self._introduces else own

    async def refresh(self) -> None:
        """Take over what the catalog says now."""
        epochs, log = await asyncio.to_thread(lambda: (self._catalog.secret_epochs(), self._catalog.generation()))
        self._take_over(epochs, log)

    def _follow(self) -> None:
        self._take_over(self._catalog.secret_epochs(), self._catalog.generation())

    def _take_over(self, epochs: Sequence[SecretEpochFacts], log: GenerationFacts) -> None:
        self.held = HELD.format(log.number) if log.held else ""
        before = self.keyring.current
        self.keyring.follow(epochs)
        if self.keyring.current != before:
            _log.info("secret epoch %d is in force", self.keyring.current)
        self._facts.secret_epoch, self._facts.recovery_confirmed = self.keyring.current, self.keyring.confirmed
        epoch, authority = self.keyring.authority
        if authority:
            self.book.set_authority(epoch, authority)

    async def _run(self) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            await self.refresh()

    async def _share(self) -> None:
        while True:
            message = self.book.to_share()
            for node in self.behind():
                self._peers.notify(node, message)
            await self._clock.sleep(SHARE_PAUSE_S)

    def known(self, node: NodeId) -> int:
        """The newest snapshot to which `node` durably keeps a pointer, as it said last; 0: none, or it is silent."""
        if node == self._facts.node:
            return self._facts.snapshot
        report = self._facts.reports.get(node)
        return report.snapshot if report is not None and node in self._peers.alive() else 0

    def behind(self) -> list[NodeId]:
        """The peers that last reported less than this node keeps."""
        alive, reports = self._peers.alive(), self._facts.reports
        return [
            node
            for node in sorted(alive & reports.keys())
            if reports[node].snapshot < self.book.newest or reports[node].secret_epoch < self.book.epoch
        ]
