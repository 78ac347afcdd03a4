"""What a full node has and a vault has not: the log, the catalog, secrets, files and keys."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

from blake3 import blake3

from dfs_core.catalog.apply import Applier
from dfs_core.catalog.change import Applied
from dfs_core.catalog.log import LogStore
from dfs_core.catalog.query import CatalogReader
from dfs_core.crypto.identity import Identity
from dfs_core.encoding.control_messages import FileStored
from dfs_core.errors import IntegrityError, StoreError
from dfs_core.limits import CHUNK_BYTES_DEFAULT
from dfs_core.model.ids import ClusterId, NodeId, VersionId, check_key
from dfs_core.model.raft_ready import RaftSettings
from dfs_core.replication.admission import Admission, Issued
from dfs_core.replication.consensus import Consensus
from dfs_core.replication.copier import FileCopier
from dfs_core.replication.memberlist import MemberList
from dfs_core.replication.reader import FileReader
from dfs_core.replication.remover import KeyRemover
from dfs_core.replication.upload import BytesSource, StoreRequest
from dfs_core.replication.verdicts import OwnVerdicts
from dfs_core.replication.workers.expire import Expiry
from dfs_core.replication.workers.worker import Worker
from dfs_core.replication.writer import FileWriter
from dfs_core.server.agreed import Agreed
from dfs_core.server.announcer import Announcer
from dfs_core.server.auditing import Auditing
from dfs_core.server.collecting import Collecting
from dfs_core.server.dispatch import Dispatcher
from dfs_core.server.events import EventBus
from dfs_core.server.files_api import FilesApi
from dfs_core.server.healing import Healing
from dfs_core.server.keyring import Keyring
from dfs_core.server.keys import KeyFacts
from dfs_core.server.keys_api import KeysApi
from dfs_core.server.log_parts import LogParts
from dfs_core.server.lookup import Lookup
from dfs_core.server.membership import Membership
from dfs_core.server.pointers import PointerBook
from dfs_core.server.recovery import RecoveryParts
from dfs_core.server.settings_api import SettingsApi
from dfs_core.server.status import NodeFacts
from dfs_core.server.surroundings import Surroundings
from dfs_core.server.transfers import Transfers
from dfs_core.server.verdicts_api import VerdictsApi
from dfs_core.transport.peers import Peers

MODE_DEFAULT = 0o644  # of a file that has none, stored from memory


class FullParts:
    """The parts of a full node that follow the log. Built whole, then run."""

    def __init__(
        self,
        *,
        folder_path: Path,
        identity: Identity,
        cluster: ClusterId,
        keyring: Keyring,
        book: PointerBook,
        members: MemberList,
        healing: Healing,
        peers: Peers,
        agreed: Agreed,
        issued: Issued,
        facts: NodeFacts,
        events: EventBus,
        transfers: Transfers,
        around: Surroundings,
    ) -> None:
        """Opens log and catalog: blocks, and raises StoreError when they are not as they were left."""
        self._members, self._peers, self._facts = members, peers, facts
        self._clock, self._token = clock, token = around.clock, around.token
        self._agreed = agreed
        chunks = healing.chunks
        self._chunk_bytes = CHUNK_BYTES_DEFAULT
        node = identity.node_id
        self.log = LogStore(_existing(folder_path / "log.sqlite"))
        self.applier = Applier(folder_path / "catalog.sqlite")
        self.log_parts = self._log_parts(folder_path)
        self.catalog = CatalogReader(folder_path / "catalog.sqlite")
        self._fence = chunks.fence
        self._fence.follow(OwnVerdicts(self.applier, self.catalog))
        self.consensus = self._consensus(node, around.random, around.raft)
        self._log_kept_bytes = around.log_kept_bytes
        self.writer = FileWriter(
            node=node,
            cluster=cluster,
            secrets=keyring.for_sealing,
            chunks=chunks,
            log=self.consensus,
            durable_copies=self._durable_copies,
            chunk_bytes=lambda: self._chunk_bytes,
            clock=clock,
            token=token,
            windows=around.windows,
        )
        self.reader = FileReader(
            cluster=cluster,
            secrets=lambda: keyring.secrets,
            chunks=chunks,
            catalog=self.catalog,
            windows=around.windows,
        )
        self.key_facts = key_facts = KeyFacts(
            catalog=self.catalog, chunks=chunks, members=members, full_nodes_up=self._full_nodes_up
        )
        self.announcer = Announcer(
            catalog=self.catalog, members=members, facts=key_facts, events=events, settings=self._set_settings
        )
        self.expiry = self._expiry()
        self.auditing = self._auditing(healing)
        self.membership = Membership(
            identity=identity,
            secrets=lambda: keyring.secrets,
            consensus=self.consensus,
            catalog=self.catalog,
            members=members,
            peers=peers,
            issued=issued,
            facts=facts,
            events=events,
            held_by=self.auditing.audit.held_by,
            only_on=self.auditing.only_on,
            clock=clock,
            token=token,
            reload=self.announcer.reload,
        )
        self.collecting = self._collecting(members, facts, events)
        self.lookup = Lookup(self.consensus, self.reader)
        self.recovery = RecoveryParts(
            folder=folder_path,
            identity=identity,
            keyring=keyring,
            book=book,
            consensus=self.consensus,
            catalog=self.catalog,
            writer=self.writer,
            members=members,
            peers=peers,
            facts=facts,
            chunk_bytes=lambda: self._chunk_bytes,
            events=events,
            clock=clock,
            token=token,
            introduces=around.network is None,
        )
        self._apis = self._client_apis(key_facts, transfers, events)

    def _log_parts(self, folder: Path) -> LogParts:
        return LogParts(
            folder=folder,
            log=self.log,
            applier=self.applier,
            peers=self._peers,
            clock=self._clock,
            installed=self._installed,
        )

    def _consensus(self, node: NodeId, random: Random, raft: RaftSettings) -> Consensus:
        return Consensus(
            node=node,
            log=self.log,
            applier=self.applier,
            peers=self._peers,
            clock=self._clock,
            random=random,
            settings=raft,
            applied=self._applied,
            snapshots=self.log_parts.fetcher,
        )

    def _expiry(self) -> Expiry:
        return Expiry(
            log=self.consensus,
            catalog=self.catalog,
            clock=self._clock,
            token=self._token,
            forbidden=lambda: self.recovery.held,
        )

    def _auditing(self, healing: Healing) -> Auditing:
        return Auditing(
            node=self._facts.node,
            healing=healing,
            consensus=self.consensus,
            applier=self.applier,
            catalog=self.catalog,
            members=self._members,
            peers=self._peers,
            clock=self._clock,
        )

    @property
    def owed(self) -> int:
        """How many copies this node knows to be owed."""
        return self._facts.resync_length

    @property
    def admission(self) -> Admission:
        """This node's say in who is a member."""
        return self.membership.admission

    def serve(self, dispatcher: Dispatcher) -> None:
        """Have this node's clients answered."""
        for part in (*self._apis, self.membership, self.recovery, self.auditing, self.log_parts):
            dispatcher.add(part.handlers)

    @property
    def workers(self) -> list[Worker]:
        """The background workers that only a full node has."""
        return [
            self.auditing.audit,
            self.expiry,
            self.membership.absence,
            self.collecting.worker,
            self.recovery.upkeep,
        ]

    def tasks(self) -> list[Coroutine[Any, Any, None]]:
        """What runs as long as the node does."""
        own = [self.consensus.run(), self.announcer.run(), self.membership.voters.run()]
        return own + self.recovery.tasks() + self.log_parts.tasks(self.consensus, self._log_kept_bytes)

    async def store(self, key: str, data: bytes) -> FileStored:
        """Store `data` under `key`, as a client would."""
        wall_ns = int(self._clock.wall() * 1e9)
        request = StoreRequest(check_key(key), VersionId(self._token(VersionId.size)), len(data), wall_ns, MODE_DEFAULT)
        return await self.writer.store(request, BytesSource(data), lambda *_: None)

    async def retrieve(self, key: str, version: int) -> bytes:
        """The whole content of `key` (version 0: the current one), with the hash that it was stored with."""
        opened = await self.lookup.find(key, version=version)
        content = b"".join([bytes(part) async for part in self.reader.stream(opened, 0, None)])
        if blake3(content).digest() != opened.head.content_hash:
            raise IntegrityError(f"{key!r} does not have the hash it was stored with")
        return content

    def _collecting(self, members: MemberList, facts: NodeFacts, events: EventBus) -> Collecting:
        collecting = Collecting(
            consensus=self.consensus,
            catalog=self.catalog,
            fence=self._fence,
            members=members,
            facts=facts,
            events=events,
            forbidden=lambda: self.recovery.held,
            clock=self._clock,
            token=self._token,
        )
        collecting.strays = self.auditing.audit
        return collecting

    def _client_apis(
        self, key_facts: KeyFacts, transfers: Transfers, events: EventBus
    ) -> tuple[FilesApi, KeysApi, SettingsApi, VerdictsApi, Collecting]:
        copier = FileCopier(node=self._facts.node, reader=self.reader, writer=self.writer, clock=self._clock)
        return (
            FilesApi(
                consensus=self.consensus,
                writer=self.writer,
                reader=self.reader,
                lookup=self.lookup,
                facts=key_facts,
                transfers=transfers,
                moved=self._facts.moved,
                token=self._token,
            ),
            KeysApi(
                consensus=self.consensus,
                catalog=self.catalog,
                lookup=self.lookup,
                copier=copier,
                remover=KeyRemover(catalog=self.catalog, writer=self.writer, clock=self._clock),
                facts=key_facts,
                token=self._token,
            ),
            SettingsApi(
                consensus=self.consensus,
                catalog=self.catalog,
                writer=self.writer,
                events=events,
                reload=self.announcer.reload,
            ),
            VerdictsApi(self.catalog),
            self.collecting,
        )

    def _applied(self, results: Sequence[Applied]) -> None:
        self.announcer.applied(results)
        self._fence.look()
        self.recovery.applied(results)

    def _installed(self) -> None:
        """The catalog is another one: whoever keeps something of it reads it anew."""
        self.announcer.reload_soon()
        self._fence.look()
        self.recovery.reload_soon()

    def _durable_copies(self) -> int:
        return self._members.layout.durable_copies()

    def _set_settings(self, settings: Mapping[str, int]) -> None:
        self._chunk_bytes = settings["chunk_bytes"]
        self._agreed.read(settings)

    def _full_nodes_up(self) -> int:
        alive = self._peers.alive()
        return 1 + sum(member.holds_secrets and member.node in alive for member in self._members.layout.members)

    async def close(self) -> None:
        """Stop what goes on in the background and release the files."""
        await self.log_parts.close()
        await self.writer.close()
        for part in (self.catalog, self.applier, self.log):
            await asyncio.to_thread(part.close)

    def abandon(self) -> None:
        """Release the files and nothing else, as the end of a process does. See `Node.abandon`."""
        for part in (self.catalog, self.applier, self.log):
            part.close()


def _existing(log: Path) -> Path:
    """The log is made with the folder: a new one in its place would have forgotten entries and votes that counted."""
    if not log.exists():
        raise StoreError(
            f"{log} is missing: restore it, or replace this node by a new one"
            " ('dfs-core remove', then 'dfs-core join' into an empty folder)"
        )
    return log
