"""`init`: a cluster of one, on disk. Nothing is running afterwards; `node` starts it."""

from __future__ import annotations

import secrets as random_bytes
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from dfs_core.catalog.log import LogStore
from dfs_core.catalog.settings import refusal
from dfs_core.crypto.identity import SEED_BYTES, Identity
from dfs_core.crypto.recovery import RecoverySheet, recovery_authority
from dfs_core.crypto.secrets import ClusterSecrets
from dfs_core.encoding.commands import AnyCommand, Found, SecretEpoch, SetSetting, encode_batch, encode_command
from dfs_core.encoding.peer_messages import MemberRecord, MembersKnown
from dfs_core.errors import InvalidInput
from dfs_core.limits import CHUNK_BYTES_DEFAULT, COPIES_DEFAULT
from dfs_core.model.ids import ClusterId
from dfs_core.model.member import check_zone
from dfs_core.model.raft_messages import COMMAND, Configuration, LogEntry
from dfs_core.model.raft_ready import HardState
from dfs_core.server.capacity import capacity_of
from dfs_core.server.config import CONFIG_NAME, NodeConfig, render_config
from dfs_core.server.names import IDENTITY_NAME, MEMBERS_NAME, SECRETS_NAME
from dfs_core.store.folder import DataFolder, Marker
from dfs_core.store.state import NodeState

FOUND_AT = 1  # the log index of the founding entry


@dataclass(frozen=True, slots=True)
class Founded:
    """What `init` made."""

    node_id: str
    cluster_id: str
    data_dir: str
    recovery_sheet: str


def init(
    data_dir: Path,
    *,
    listen: str | None = None,
    zone: str = "",
    capacity: int | None = None,
    copies: int = COPIES_DEFAULT,
    chunk_bytes: int = CHUNK_BYTES_DEFAULT,
    settings: Mapping[str, int] | None = None,
    token: Callable[[int], bytes] = random_bytes.token_bytes,
) -> Founded:
    """Make a new cluster whose only member is this node. `capacity` in bytes; by default what the disk has free.

    All secrets and ids are drawn from `token`. `settings`: the cluster's, where they are not the defaults.

    Durable on return. StoreError when the folder is in use already: nothing that exists is ever overwritten.
    InvalidInput: there is no such setting, or it cannot have that value.
    """
    check_zone(zone)
    own = {"listen": listen} if listen else {}
    NodeConfig.load(data_dir, own)
    decided = _checked(settings or {})
    identity = Identity.from_seed(token(SEED_BYTES))
    secrets = ClusterSecrets.generate(token)
    cluster = ClusterId(token(ClusterId.size))
    with DataFolder.create(data_dir) as folder:
        folder.write_secret("identity", IDENTITY_NAME, identity.to_pem())
        folder.write_secret("secrets", SECRETS_NAME, secrets.encode())
        if own:
            folder.replace_document(CONFIG_NAME, render_config(own).encode())
        founder = MemberRecord(
            node=identity.node_id.digest,
            certificate=identity.certificate,
            role="full",
            zone=zone,
            capacity=capacity or capacity_of(data_dir),
            state="joined",
            addresses=[],
        )
        commands: list[AnyCommand] = [Found(token(16), cluster.digest, founder, copies, chunk_bytes)]
        commands.append(_first_epoch(secrets, token(16)))
        commands += [SetSetting(token(16), name, value) for name, value in decided.items()]
        log = LogStore(folder.path / "log.sqlite")
        try:
            log.found(Configuration.of([identity.node_id.digest]))
            entry = LogEntry(FOUND_AT, 1, COMMAND, encode_batch(0, [encode_command(each) for each in commands]))
            log.save(HardState(1, identity.node_id.digest), [entry])
        finally:
            log.close()
        state = NodeState(folder.path / "state.sqlite")
        try:  # so that it knows where to place chunks from its first moment on
            state.put(
                MEMBERS_NAME,
                msgspec.msgpack.encode(MembersKnown(FOUND_AT, copies, [_joined(founder)])),
            )
        finally:
            state.close()
        folder.commit(Marker(cluster, identity.node_id, founder.role, founder.capacity))
    return Founded(str(identity.node_id), str(cluster), str(data_dir), RecoverySheet(cluster, secrets).text())


def _joined(founder: MemberRecord) -> MemberRecord:
    return msgspec.structs.replace(founder, joined_at=FOUND_AT)


def _first_epoch(secrets: ClusterSecrets, id_: bytes) -> SecretEpoch:
    number = secrets.current
    return SecretEpoch(id_, number, secrets.hash(number), recovery_authority(secrets, number).certificate)


def _checked(settings: Mapping[str, int]) -> Mapping[str, int]:
    for name, value in settings.items():
        if why := refusal(name, value):
            raise InvalidInput(why)
    return settings
