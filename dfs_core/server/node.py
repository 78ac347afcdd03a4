"""Node: the composition root. The only place that builds the parts, orders their start, and takes them apart again.

    folder (marker, lock) → identity, secrets → state, store → catalog, log → mesh → consensus → control API

A full node has all of them, a vault no secrets, no catalog and no log. Everything that runs is a task of one group: a
part that fails ends the node, loudly, rather than leaving a half-node that answers. Stopping is a crash with manners:
leadership is handed over and links say goodbye, but nothing on disk depends on it.
"""

from __future__ import annotations

import asyncio
import os
from contextlib import AsyncExitStack
from functools import partial
from typing import Self

import msgspec

from dfs_core import __version__
from dfs_core.crypto.identity import Identity
from dfs_core.encoding.collect_messages import PendingFree
from dfs_core.encoding.control_messages import FileStored, PeerConnected, PeerLost
from dfs_core.encoding.health_messages import HealthFound, ShareHealth
from dfs_core.encoding.peer_messages import MembersKnown, ReportNode, ShareAddresses
from dfs_core.encoding.recovery_messages import ShareRecovery
from dfs_core.errors import ConfigError, NotAllowed, StoreError
from dfs_core.model.ids import NodeId
from dfs_core.model.raft_messages import RaftMessage
from dfs_core.replication.inventory import InventoriedStore, Inventory
from dfs_core.replication.memberlist import MemberList
from dfs_core.server import lan
from dfs_core.server.addresses import AddressBook, check_listen, own_addresses
from dfs_core.server.config import NodeConfig
from dfs_core.server.dispatch import Dispatcher, ask_elsewhere
from dfs_core.server.events import EventBus
from dfs_core.server.full import FullParts
from dfs_core.server.healing import Healing
from dfs_core.server.heartbeat import Heartbeat
from dfs_core.server.kept import Kept, kept_members
from dfs_core.server.keyring import Keyring
from dfs_core.server.links_api import LinksApi
from dfs_core.server.names import IDENTITY_NAME
from dfs_core.server.peer_api import PeerApi
from dfs_core.server.pointers import PointerBook
from dfs_core.server.pointers_api import PointersApi
from dfs_core.server.standing import Standing
from dfs_core.server.status import NodeFacts, StatusSource
from dfs_core.server.status_api import StatusApi
from dfs_core.server.surroundings import Surroundings
from dfs_core.server.transfers import Transfers
from dfs_core.server.uptime import TimedInvitations
from dfs_core.server.verify_api import VerifyApi
from dfs_core.store.folder import DataFolder
from dfs_core.store.state import NodeState
from dfs_core.transport.control_socket import control_socket_path
from dfs_core.transport.hello import HelloFacts
from dfs_core.transport.link import Link
from dfs_core.transport.listener import ControlListener
from dfs_core.transport.mesh import Mesh


class Node:
    """One node in this process. `start`, then `run` until it is cancelled or a part fails; `stop` always."""

    def __init__(self, config: NodeConfig, surroundings: Surroundings | None = None) -> None:
        """Nothing is opened yet. `surroundings`: this machine's, unless it is a test or a simulation."""
        self._config, self._around = config, surroundings or Surroundings()
        self._clock = self._around.clock
        self._stack = AsyncExitStack()
        self._full: FullParts | None = None

    async def start(self) -> None:
        """Open the folder, listen, and answer. On return the node is ready, though perhaps without a leader yet.

        StoreError, ConfigError: with what to do about it; everything opened is closed again.
        """
        try:
            await self._open()
        except BaseException:
            await self.stop()
            raise

    async def _open(self) -> None:
        config, clock = self._config, self._clock
        host, port = check_listen(config.listen)
        folder = await asyncio.to_thread(DataFolder.open, config.data_dir)
        self._stack.callback(folder.close)
        self._folder = folder
        role = folder.marker.role
        if role == "operator":
            raise ConfigError(f"{config.data_dir} is an operator's folder: it opens doors and stores nothing")
        identity = Identity.from_pem(await asyncio.to_thread(folder.read_secret, "identity", IDENTITY_NAME))
        if identity.node_id != folder.marker.node:
            raise StoreError(f"{config.data_dir}: the identity in it is not the one its marker names")
        self.node_id, self.cluster = identity.node_id, folder.marker.cluster
        keyring = await asyncio.to_thread(Keyring, folder) if role == "full" else None
        self._state = await asyncio.to_thread(NodeState, folder.path / "state.sqlite")
        self._stack.push_async_callback(asyncio.to_thread, self._state.close)
        boot = await asyncio.to_thread(self._state.next_boot)
        self._invitations = TimedInvitations(self._state, clock)
        self.events = EventBus(clock)
        self._transfers = Transfers(clock, self.events)
        self._inventory = Inventory(self._around.token(16))
        self._bare_store = await self._around.open_store(
            folder.path, capacity_bytes=folder.marker.capacity, durability=config.durability
        )
        self._store = InventoriedStore(self._bare_store, self._inventory)
        self._stack.push_async_callback(self._store.close)
        self._members = MemberList(await asyncio.to_thread(kept_members, self._state))
        self._facts = NodeFacts(
            node=self.node_id,
            cluster=self.cluster,
            role=role,
            boot=boot,
            config=config,
            listen="",
            advertise=(),
            control="",
            pid=os.getpid(),
        )
        self._nonce = self._around.token(16)
        self._standing = await asyncio.to_thread(Standing, self._state, self._facts, self._nonce, self._members)
        elsewhere = partial(ask_elsewhere, self._facts, self._members)
        self._dispatcher = Dispatcher(applied=lambda: self._status.applied, clock=clock, instead=elsewhere)
        self._mesh = Mesh(
            identity=identity,
            cluster=self.cluster,
            local_hello=self._hello,
            handler=self._dispatcher.handle,
            notified=self._notified,
            clock=clock,
            random=self._around.random,
            connected=self._peer_connected,
            lost=self._peer_lost,
            addresses_heard=lambda node, record: self._kept.hear_address(record),
            judge=self._standing.judge,
            network=self._around.network(identity) if self._around.network else None,
        )
        self._stack.push_async_callback(self._mesh.close)
        self._book = AddressBook(await asyncio.to_thread(self._state.address_records), self._mesh.set_addresses)
        self._kept = Kept(self.node_id, self._state, self._book)
        self._pointers = self._kept_pointers()
        self._build(identity, keyring)
        self._members.listen(self._members_changed)
        self._mesh.add_bootstrap(config.bootstrap)
        bound = await self._mesh.listen(host, port)
        self._facts.listen = f"[{host}]:{bound}" if ":" in host else f"{host}:{bound}"
        self._facts.advertise = own_addresses(config.listen, bound, config.advertise)
        self._book.sign_own(identity, self._facts.advertise, boot)
        if self._around.local_clients:
            await self._listen_to_clients()
        self.status = self._status.status  # this node, and the cluster as it sees it
        self.expelled = self._standing.expelled  # waits until the cluster refuses this node for good
        self._facts.state, self._facts.ready_at = "ready", clock.now()

    async def _listen_to_clients(self) -> None:
        path = await asyncio.to_thread(control_socket_path, self._folder.path)
        self._facts.control = str(path)
        control = ControlListener(self._dispatcher.handle)
        await control.listen(path)
        self._stack.push_async_callback(control.close)

    def _build(self, identity: Identity, keyring: Keyring | None) -> None:
        """Everything above store and mesh."""
        clock = self._clock
        self._healing = Healing(
            state=self._state,
            store=self._store,
            inventory=self._inventory,
            peers=self._mesh,
            members=self._members,
            facts=self._facts,
            events=self.events,
            clock=clock,
            capacity_bytes=self._folder.marker.capacity,
            reserve=self._around.reserve(self._folder.path),
        )
        self._stack.push_async_callback(self._healing.close)
        self._healing.serve(self._dispatcher)
        if keyring is not None:
            self._full = FullParts(
                folder_path=self._folder.path,
                identity=identity,
                cluster=self.cluster,
                keyring=keyring,
                book=self._pointers,
                members=self._members,
                healing=self._healing,
                peers=self._mesh,
                agreed=self._healing.agreed,
                issued=self._invitations,
                facts=self._facts,
                events=self.events,
                transfers=self._transfers,
                around=self._around,
            )
            self._stack.push_async_callback(self._full.close)
            self._full.serve(self._dispatcher)
            self._healing.follow(self._full.catalog)
            verify = VerifyApi(lookup=self._full.lookup, facts=self._full.key_facts, verifier=self._healing.verifier)
            self._dispatcher.add(verify.handlers)
            for worker in self._full.workers:
                self._healing.crew.add(worker)
        full = self._full
        self._status = StatusSource(
            facts=self._facts,
            clock=clock,
            mesh=self._mesh,
            members=self._members,
            store=self._store,
            transfers=self._transfers,
            agreed=self._healing.agreed,
            catalog=full.catalog if full else None,
            consensus=full.consensus if full else None,
            pending=full.collecting.pending if full else PendingFree,
            seen=self._healing.board.seen,
        )
        self._heartbeat = Heartbeat(
            peers=self._mesh,
            members=self._members,
            book=self._book,
            report=self._status.report,
            clock=clock,
            follows_log=lambda: full is not None and full.consensus.leader is not None,
        )
        consensus = full.consensus if full else None
        links_api = LinksApi(self._mesh, self._members, consensus, self.node_id, self.events)
        self._facts.alarms.append(links_api.alarms)
        self._dispatcher.add(links_api.handlers)
        self._peer_api = PeerApi(
            store=self._store,
            members=self._members,
            fence=self._healing.fence,
            consensus=consensus,
            admission=full.admission if full else None,
            damaged_here=self._healing.damaged_here,
            count=self._facts.moved,
            windows=self._around.windows,
        )
        self._dispatcher.add(self._peer_api.handlers)
        pointers_api = PointersApi(
            book=self._pointers, members=self._members, events=self.events, follows_log=full is not None
        )
        self._dispatcher.add(pointers_api.handlers)
        self._dispatcher.add(
            StatusApi(status=self._status.status, events=self.events, transfers=self._transfers).handlers
        )

    async def run(self) -> None:
        """Work until cancelled. Raises what made a part fail."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._heartbeat.run(), name="heartbeat")
            group.create_task(self._healing.crew.run(), name="workers")
            group.create_task(self._healing.board.run(), name="health")
            group.create_task(self._inventory.run(self._bare_store, self._clock), name="inventory")
            group.create_task(self._healing.fence.run(), name="fence")
            group.create_task(self._invitations.run(), name="uptime")
            if self._healing.room is not None:  # what stands for a disk in a simulation is never full
                group.create_task(self._healing.room.run(), name="room")
            group.create_task(self._pointers.run(), name="pointers")
            group.create_task(self._standing.run(self._mesh, self._clock), name="standing")
            if self._around.network is None and lan.wanted(self._config):
                near = lan.Lan(self.node_id, self.cluster, self._facts.listen, self._members, self._mesh.suggest)
                group.create_task(near.run(), name="lan")
            for task in self._full.tasks() if self._full else []:
                group.create_task(task)

    async def __aenter__(self) -> Self:
        """Start, and work in the background until the block ends."""
        await self.start()
        self._work = asyncio.create_task(self.run(), name="node")
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop. Raises what made the node fail meanwhile, if it did."""
        self._work.cancel()
        try:
            await self._work
        except asyncio.CancelledError:
            pass
        finally:
            await self.stop()

    async def store(self, key: str, data: bytes) -> FileStored:
        """Store `data` under `key`. Committed and applied on return. Errors as `FileWriter.store`."""
        return await self.full.store(key, data)

    async def retrieve(self, key: str, *, version: int = 0) -> bytes:
        """The content of `key`, checked to the last byte. KeyNotFound, VersionNotFound, PeerError, ChunkCorrupt."""
        return await self.full.retrieve(key, version)

    async def invite(self, role: str, expires_s: float) -> str:
        """An invitation's line for a node or an operator, as `dfs-core invite` prints it."""
        admission = self.full.admission
        admission.tick()
        return await asyncio.to_thread(admission.invite, role, expires_s)

    @property
    def voters(self) -> tuple[NodeId, ...]:
        """Who counts for majorities, as far as this node has read."""
        return tuple(NodeId(voter) for voter in self.full.consensus.configuration.voters)

    @property
    def health(self) -> HealthFound:
        """How the cluster is, as every node says."""
        return self._healing.board.seen()

    @property
    def healing(self) -> Healing:
        """The chunks of this node, and the workers that look after them."""
        return self._healing

    @property
    def full(self) -> FullParts:
        """What a full node has more. NotAllowed on a vault."""
        if self._full is None:
            raise NotAllowed("a vault holds chunks only; ask a full node for files")
        return self._full

    async def stop(self) -> None:
        """Close everything that `start` opened, in the reverse order. A second call does nothing."""
        if hasattr(self, "_facts"):
            self._facts.state = "stopping"
        await self._stack.aclose()

    def abandon(self) -> None:
        """Let go of the files as a killed process does; for simulation. Its tasks must have ended."""
        self._folder.close()
        self._state.close()
        if self._full is not None:
            self._full.abandon()

    @property
    def ready_line(self) -> dict[str, object]:
        """What `dfs-core node` prints when it is ready."""
        facts = self._facts
        return {
            "event": "ready",
            "node_id": str(facts.node),
            "listen": facts.listen,
            "control": facts.control,
            "pid": facts.pid,
        }

    def _kept_pointers(self) -> PointerBook:
        return PointerBook(
            documents=self._state,
            cluster=self.cluster,
            members=self._members,
            authority_changed=self._mesh.set_authority,
            kept=self._facts.keeps,
        )

    def _hello(self) -> HelloFacts:
        return HelloFacts(
            boot=self._facts.boot,
            boot_nonce=self._nonce,
            read_to=self._status.applied,
            version=__version__,
            address_record=self._book.own,
            **self._standing.own_log(self._full.log if self._full else None),
        )

    def _members_changed(self, known: MembersKnown) -> None:
        for record in known.members:
            node = NodeId(record.node)
            if record.addresses and not self._book.addresses(node):
                self._mesh.set_addresses(node, record.addresses)
        self._mesh.set_members(self._members.layout.members)
        self._kept.keep_members(known)

    def _notified(self, link: Link, message: msgspec.Struct) -> None:
        if link.peer is None:
            return
        if isinstance(message, RaftMessage):
            if self._full is not None:
                self._full.consensus.receive(link.peer, message)
        elif isinstance(message, ReportNode):
            self._facts.reports[link.peer] = message.report
        elif isinstance(message, ShareRecovery):
            self._pointers.hear(message, own_catalog=self._full is not None)
        elif isinstance(message, ShareHealth):
            self._healing.board.hear(message.report)
        elif isinstance(message, ShareAddresses):
            for record in message.records:
                self._kept.hear_address(record)

    def _peer_connected(self, node: NodeId, address: str) -> None:
        self.events.publish(PeerConnected(str(node), address))
        self.events.record("info", f"connected to {node.short} at {address}")
        self._heartbeat.greet(node)
        self._healing.owed.returned(node)

    def _peer_lost(self, node: NodeId, reason: str) -> None:
        self.events.publish(PeerLost(str(node), reason))
        self.events.record("warning", f"lost {node.short}: {reason}")
