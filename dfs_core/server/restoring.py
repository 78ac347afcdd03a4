"""`recovery restore`: a full node on a new machine, from the recovery sheet and whatever nodes are left.

    a full node is left        the cluster is not lost: an invitation for this machine is all that is needed
    only vaults are left       the newest catalog snapshot that can be found, opened and fetched whole is installed,
                               and the log begins anew behind it with this node as its only voter
    a folder without secrets   its secrets are put back; the node goes on

The new node has an identity of its own. Its first entries admit it and remove the full nodes that are taken to be lost,
so that none of them can come back and speak for the cluster; who decides that they are lost is asked beforehand. Vaults
learn of it from the node itself, once it runs (`introducing.py`).

Nothing that exists is overwritten. The folder's marker is written last: cut off, the same command is run again. Until
it is agreed to, nothing is kept: what was made is taken back.
"""

from __future__ import annotations

import asyncio
import secrets as random_bytes
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from dfs_core.catalog.query import CatalogReader
from dfs_core.catalog.restart import begin_log, first_free_index, move_catalog
from dfs_core.catalog.snapshot import SnapshotFacts, install_snapshot
from dfs_core.crypto.identity import Identity
from dfs_core.crypto.recovery import RecoverySheet, recovery_authority
from dfs_core.crypto.snapshot import SnapshotPointer
from dfs_core.encoding.commands import (
    Admit,
    AnyCommand,
    BeginGeneration,
    SecretEpoch,
    SetMember,
    encode_batch,
    encode_command,
)
from dfs_core.encoding.peer_messages import MemberRecord, MembersKnown
from dfs_core.errors import DfsError, InvalidInput, NotFound, PeerUnreachable, StoreError
from dfs_core.model.ids import NodeId
from dfs_core.model.layout import Layout
from dfs_core.model.member import check_zone
from dfs_core.model.raft_messages import COMMAND, CONFIGURATION, Configuration, LogEntry
from dfs_core.replication.memberlist import record_of
from dfs_core.replication.snapshots import fetch_snapshot, open_snapshot_root
from dfs_core.server.addresses import check_listen, own_addresses
from dfs_core.server.capacity import capacity_of
from dfs_core.server.config import CONFIG_NAME, NodeConfig, render_config
from dfs_core.server.names import IDENTITY_NAME, MEMBERS_NAME, SECRETS_NAME
from dfs_core.server.survivors import Survivors
from dfs_core.store.folder import MARKER_NAME, DataFolder, Marker
from dfs_core.store.state import NodeState

SNAPSHOT_NAME = "snapshot.sqlite"  # in tmp/, while it is fetched
FULL_NODE_TIMEOUT_S = 2.0  # for a full node that is taken to be lost to show that it is not


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What was found, before anything is decided on it."""

    number: int
    taken_at: int  # log index
    epoch: int
    keys: int
    newest_ms: int  # when the newest file in it was stored, by the clock of the node that stored it; 0: no files
    lost: tuple[str, ...]  # full nodes that did not answer, which are removed
    vaults: tuple[str, ...]  # nodes that answered
    passed_over: tuple[str, ...]  # newer snapshots, and why they cannot be used


@dataclass(frozen=True, slots=True)
class Restored:
    """What `restore` made."""

    node_id: str
    cluster_id: str
    data_dir: str
    snapshot: Snapshot


@dataclass(frozen=True, slots=True)
class ClusterLives:
    """A full node answered, so nothing is lost that would have to be restored. `line` invites this machine."""

    node: str
    line: str


def restore(
    sheet: RecoverySheet,
    data_dir: Path,
    addresses: Sequence[str],
    *,
    agree: Callable[[Snapshot], bool],
    listen: str | None = None,
    zone: str = "",
    capacity: int | None = None,
    token: Callable[[int], bytes] = random_bytes.token_bytes,
) -> Restored | ClusterLives:
    """Make a full node in `data_dir` with which the cluster begins again from its newest snapshot. Durable on return.

    `addresses` ("host:port") of nodes that are left; `agree` is shown what was found and says whether to go on. With
    ClusterLives nothing was made: a full node answered. PeerUnreachable: nobody answered. InvalidInput: not agreed.
    NotFound: no snapshot can be had. StoreError: the folder is in use. Nothing runs afterwards; `node` starts it.
    """
    check_zone(zone)
    own = {"listen": listen} if listen else {}
    config = NodeConfig.load(data_dir, own)
    if not addresses:
        raise InvalidInput("name nodes that are left: --from HOST:PORT, one for each; vaults will do")
    with DataFolder.create(data_dir) as folder:
        target = folder.path / "tmp" / SNAPSHOT_NAME
        try:
            answer = asyncio.run(_find(sheet, addresses, target, folder.path / "catalog.sqlite"))
            if not isinstance(answer, ClusterLives) and not agree(answer[0]):
                raise InvalidInput("nothing was restored")
        except BaseException:
            folder.take_back()
            raise
        if isinstance(answer, ClusterLives):
            folder.take_back()
            return answer
        found, seen, facts = answer
        identity = _own_identity(folder, token)
        folder.write_secret("secrets", SECRETS_NAME, sheet.secrets.encode())
        _, port = check_listen(config.listen)
        me = MemberRecord(
            node=identity.node_id.digest,
            certificate=identity.certificate,
            role="full",
            zone=zone,
            capacity=capacity or capacity_of(data_dir),
            state="joined",
            addresses=list(own_addresses(config.listen, port, config.advertise)) if port else [],
        )
        _begin_again(folder.path, sheet, me, found.lost, max(seen, facts.index), facts.term, token)
        bootstrap = tuple(dict.fromkeys((*config.bootstrap, *addresses)))
        folder.replace_document(CONFIG_NAME, render_config({**own, "bootstrap": bootstrap}).encode())
        folder.commit(Marker(sheet.cluster, identity.node_id, "full", me.capacity))
    return Restored(str(identity.node_id), str(sheet.cluster), str(data_dir), found)


def restore_secrets(sheet: RecoverySheet, data_dir: Path) -> bool:
    """Put the secrets back into a full node's folder that has lost them. False: they are there.

    InvalidInput: the folder is of another cluster, or no full node's. StoreError: it is in use, or there is a file
    that is damaged, which must be moved away first: nothing is overwritten.
    """
    with DataFolder.open(data_dir) as folder:
        if folder.marker.cluster != sheet.cluster or folder.marker.role != "full":
            raise InvalidInput(
                f"{data_dir} is a {folder.marker.role} node's folder of cluster {folder.marker.cluster}; this sheet is"
                f" of cluster {sheet.cluster}. Give a folder that is new or empty"
            )
        if folder.has_secret("secrets", SECRETS_NAME):
            return False
        folder.write_secret("secrets", SECRETS_NAME, sheet.secrets.encode())
        return True


def is_node_folder(data_dir: Path) -> bool:
    """Whether there is a node already."""
    return (data_dir / MARKER_NAME).exists()


async def _find(
    sheet: RecoverySheet, addresses: Sequence[str], target: Path, catalog: Path
) -> tuple[Snapshot, int, SnapshotFacts] | ClusterLives:
    """The newest usable snapshot, installed as `catalog`; the newest log index that anybody named; its facts."""
    async with Survivors(sheet) as survivors:
        await survivors.ask(addresses)
        if not survivors.found:
            why = "; ".join(f"{address}: {reason}" for address, reason in survivors.silent.items())
            raise PeerUnreachable(
                "--from",
                f"none of these nodes lets the owner of this sheet in: {why}. Is one of them running, and is this the"
                " newest sheet? One from before 'dfs-core rotate' opens nothing",
            )
        full = [record for record in survivors.members if record.role == "full" and record.state != "removed"]
        await survivors.ask([each for record in full for each in record.addresses], timeout_s=FULL_NODE_TIMEOUT_S)
        for survivor in survivors.full_nodes:
            return ClusterLives(str(survivor.node), await survivors.invitation(survivor))
        passed_over: list[str] = []
        for pointer in survivors.pointers():
            try:
                facts = await _fetch(survivors, sheet, pointer, target, catalog)
            except (DfsError, OSError) as error:
                passed_over.append(f"snapshot {pointer.number} of log index {pointer.taken_at}: {error}")
                continue
            vaults = tuple(str(survivor.node) for survivor in survivors.found)
            found = await asyncio.to_thread(_described, catalog, pointer, vaults, tuple(passed_over))
            return found, survivors.revision, facts
    if passed_over:
        raise NotFound(f"no catalog snapshot can be used: {'; '.join(passed_over)}")
    raise NotFound("the nodes that are left know of no catalog snapshot; start all vaults there are and name them")


async def _fetch(
    survivors: Survivors, sheet: RecoverySheet, pointer: SnapshotPointer, target: Path, catalog: Path
) -> SnapshotFacts:
    sealed = await survivors.fetch(pointer.root)
    root = open_snapshot_root(sealed, secrets=sheet.secrets, cluster=sheet.cluster, number=pointer.number)
    await asyncio.to_thread(target.unlink, missing_ok=True)
    try:
        with await asyncio.to_thread(target.open, "wb") as file:
            await fetch_snapshot(root, survivors.fetch, file, cluster=sheet.cluster)
        return await asyncio.to_thread(install_snapshot, target, catalog)
    finally:
        await asyncio.to_thread(target.unlink, missing_ok=True)


def _described(
    catalog: Path, pointer: SnapshotPointer, vaults: tuple[str, ...], passed_over: tuple[str, ...]
) -> Snapshot:
    reader = CatalogReader(catalog)
    try:
        layout, counts = reader.layout(), reader.counts()
        newest_ms = reader.newest_stored_ms()
    finally:
        reader.close()
    lost = tuple(str(member.node) for member in layout.members if member.holds_secrets)
    return Snapshot(pointer.number, pointer.taken_at, pointer.epoch, counts.keys, newest_ms, lost, vaults, passed_over)


def _own_identity(folder: DataFolder, token: Callable[[int], bytes]) -> Identity:
    if folder.has_secret("identity", IDENTITY_NAME):  # of a run that was cut off
        return Identity.from_pem(folder.read_secret("identity", IDENTITY_NAME))
    identity = Identity.from_seed(token(32))
    folder.write_secret("identity", IDENTITY_NAME, identity.to_pem())
    return identity


def _begin_again(
    path: Path,
    sheet: RecoverySheet,
    me: MemberRecord,
    lost: Sequence[str],
    seen: int,
    term: int,
    token: Callable[[int], bytes],
) -> None:
    """The log behind the snapshot: this node alone votes, is a member, and the lost ones are none any more."""
    reader = CatalogReader(path / "catalog.sqlite")
    try:
        layout, epochs, log = reader.layout(), reader.secret_epochs(), reader.generation()
    finally:
        reader.close()
    if not lost:
        raise StoreError("the snapshot lists no full node: it is not one of a cluster that ever ran")
    stand_at = first_free_index(seen)
    generation = BeginGeneration(token(16), log.number + 1, token(16))
    commands: list[AnyCommand] = [generation, Admit(token(16), token(32), me, NodeId.parse(lost[0]).digest)]
    commands += [SetMember(token(16), NodeId.parse(node).digest, state="removed") for node in lost]
    newest = epochs[-1].number if epochs else 0
    commands += [
        SecretEpoch(
            token(16), number, sheet.secrets.hash(number), recovery_authority(sheet.secrets, number).certificate
        )
        for number in sheet.epochs
        if number > newest
    ]
    configuration = Configuration.of([me.node]).encode()
    entries = [
        LogEntry(stand_at + 1, term + 1, CONFIGURATION, configuration),
        LogEntry(stand_at + 2, term + 1, COMMAND, encode_batch(0, [encode_command(each) for each in commands])),
    ]
    move_catalog(path / "catalog.sqlite", stand_at, me.node)
    begin_log(path / "log.sqlite", index=stand_at, term=term, founder=me.node, entries=entries)
    state = NodeState(path / "state.sqlite")
    try:
        state.put(MEMBERS_NAME, msgspec.msgpack.encode(_members(layout, me, lost, stand_at + 2, generation)))
    finally:
        state.close()


def _members(
    layout: Layout, me: MemberRecord, lost: Sequence[str], revision: int, generation: BeginGeneration
) -> MembersKnown:
    """The member list that these entries make."""
    records = [
        msgspec.structs.replace(record, state="removed") if str(NodeId(record.node)) in lost else record
        for record in map(record_of, layout.members)
    ]
    records.append(msgspec.structs.replace(me, joined_at=revision))
    return MembersKnown(
        revision,
        layout.copies,
        sorted(records, key=lambda record: record.node),
        [me.node],
        generation.number,
        generation.generation_id,
    )
