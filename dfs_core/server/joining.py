"""`join`: redeem an invitation and become a member, on disk. Nothing is running afterwards; `node` starts it.

The new identity is durable before its first word is said, so that a join that was cut off is simply run again with the
same line: the same key asking again gets the same answer. The link is pinned to the inviter's key.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from dfs_core.catalog.log import LogStore
from dfs_core.crypto.identity import Identity
from dfs_core.crypto.invitation import Invitation, redeem_proof
from dfs_core.crypto.secrets import ClusterSecrets
from dfs_core.encoding.operator_record import OPERATOR_NAME, OperatorRecord, encode_operator
from dfs_core.encoding.peer_messages import Admitted, MembersKnown, Redeem
from dfs_core.errors import DfsError, NotAllowed, PeerUnreachable, RemoteProtocolError
from dfs_core.model.ids import ClusterId, NodeId
from dfs_core.model.member import check_zone, split_host_port
from dfs_core.replication.memberlist import member_of
from dfs_core.server import lan
from dfs_core.server.addresses import check_listen, own_addresses
from dfs_core.server.capacity import capacity_of
from dfs_core.server.config import CONFIG_NAME, NodeConfig, render_config
from dfs_core.server.names import IDENTITY_NAME, MEMBERS_NAME, SECRETS_NAME
from dfs_core.store.folder import DataFolder, Marker
from dfs_core.store.state import NodeState
from dfs_core.transport.discovery import find_node, interfaces_of
from dfs_core.transport.hello import Hello, HelloFacts
from dfs_core.transport.link import connect_tls
from dfs_core.transport.tls import joiner_context

REDEEM_TIMEOUT_S = 30.0
FIND_TIMEOUT_S = 5.0  # for the inviter to be heard on the local network, when the line's addresses lead nowhere


@dataclass(frozen=True, slots=True)
class Joined:
    """What `join` made."""

    node_id: str
    cluster_id: str
    role: str
    data_dir: str


@dataclass(slots=True)
class _Said:
    """Whether the request went out without a no to it, so that it may have been granted although no answer came."""

    anything: bool = False


def join(
    line: str, data_dir: Path, *, listen: str | None = None, zone: str = "", capacity: int | None = None
) -> Joined:
    """Redeem the invitation `line` for a new node in `data_dir`. `capacity` in bytes; by default what is free.

    Durable on return; cut off at any moment, running it again finishes it. When the inviter was not reached, or said
    no, nothing is left of what was made. InvalidInput: the line is malformed.
    NotAllowed: it is spent, expired or unknown. PeerUnreachable: its inviter does not answer at any of its addresses,
    nor where it announces itself on the local network.
    """
    invitation = Invitation.parse(line)
    check_zone(zone)
    settings = {"listen": listen} if listen else {}
    config = NodeConfig.load(data_dir, settings)
    with DataFolder.create(data_dir) as folder:
        if folder.has_secret("identity", IDENTITY_NAME):
            identity = Identity.from_pem(folder.read_secret("identity", IDENTITY_NAME))
        else:
            identity = Identity.generate()
            folder.write_secret("identity", IDENTITY_NAME, identity.to_pem())
        _, port = check_listen(config.listen)
        request = Redeem(
            secret=invitation.secret,
            certificate=identity.certificate,
            proof=redeem_proof(
                identity,
                secret_hash=invitation.secret_hash,
                inviter=invitation.inviter,
                role=invitation.role,
            ),
            zone=zone,
            capacity=capacity or capacity_of(data_dir),
            addresses=list(own_addresses(config.listen, port, config.advertise)) if port else [],
        )
        said = _Said()
        try:
            reached, admitted = asyncio.run(_redeem(invitation, request, config, said))
        except BaseException:
            if not said.anything:  # else this key may be a member's by now
                folder.take_back()
            raise
        bootstrap = tuple(dict.fromkeys((*config.bootstrap, reached, *invitation.addresses)))
        return settle_in(
            folder, identity, invitation, admitted, {**settings, "bootstrap": bootstrap}, capacity=request.capacity
        )


def settle_in(
    folder: DataFolder,
    identity: Identity,
    invitation: Invitation,
    admitted: Admitted,
    settings: Mapping[str, object],
    *,
    capacity: int,
) -> Joined:
    """Write down what the new member was told; durable on return. RemoteProtocolError: the welcome makes no sense."""
    cluster, members = _checked(admitted, identity.node_id, invitation)
    if admitted.role == "full":
        folder.write_secret("secrets", SECRETS_NAME, ClusterSecrets.decode(admitted.secrets).encode())
        LogStore(folder.path / "log.sqlite").close()
    if admitted.role == "operator":
        reached = settings.get("bootstrap")
        addresses = reached if isinstance(reached, tuple) else invitation.addresses
        record = OperatorRecord(cluster.digest, members, list(addresses))
        folder.replace_document(OPERATOR_NAME, encode_operator(record))
    else:
        state = NodeState(folder.path / "state.sqlite")
        try:
            state.put(MEMBERS_NAME, msgspec.msgpack.encode(members))
        finally:
            state.close()
        folder.replace_document(CONFIG_NAME, render_config(settings).encode())
    folder.commit(Marker(cluster, identity.node_id, admitted.role, capacity))
    return Joined(str(identity.node_id), str(cluster), admitted.role, str(folder.path))


def _checked(admitted: Admitted, node: NodeId, invitation: Invitation) -> tuple[ClusterId, MembersKnown]:
    """RemoteProtocolError unless the welcome makes sense: this node is listed in the promised role."""
    members = MembersKnown(
        admitted.revision,
        admitted.copies,
        admitted.members,
        generation=admitted.generation,
        generation_id=admitted.generation_id,
    )
    mine = [member_of(record) for record in admitted.members if record.node == node.digest]
    if not mine or mine[0].role != invitation.role or admitted.role != invitation.role:
        raise RemoteProtocolError("the inviter's welcome does not list this node in the role it was invited for")
    return ClusterId(admitted.cluster), members


async def _redeem(invitation: Invitation, request: Redeem, config: NodeConfig, said: _Said) -> tuple[str, Admitted]:
    """The welcome, and the address that it came from: one of the line, else one announced on the local network."""
    failure: DfsError = PeerUnreachable(
        str(invitation.inviter),
        "the invitation names no address, and the node is not found on this network: ask for a line with addresses",
    )
    for address in invitation.addresses:
        try:
            return address, await _redeem_at(address, invitation, request, said)
        except PeerUnreachable as error:
            failure = PeerUnreachable(address, error.reason)
    if lan.wanted(config):
        interfaces = interfaces_of(config.listen)
        for address in await find_node(invitation.inviter, interfaces=interfaces, timeout_s=FIND_TIMEOUT_S):
            try:
                return address, await _redeem_at(address, invitation, request, said)
            except PeerUnreachable as error:
                failure = PeerUnreachable(address, error.reason)
    raise failure


async def _redeem_at(address: str, invitation: Invitation, request: Redeem, said: _Said) -> Admitted:
    """PeerUnreachable: the inviter does not answer there. Asking it again elsewhere gives the same answer."""
    host, port = split_host_port(address)
    hello = Hello.of(HelloFacts(), purpose="join")
    link = await connect_tls(host, port, context=joiner_context(), expected=invitation.inviter, hello=hello)
    before, said.anything = said.anything, True
    try:
        answer = await link.call(request, timeout_s=REDEEM_TIMEOUT_S)
    except NotAllowed:
        said.anything = before  # a no is none to what was asked before: the line may have expired in between
        raise
    finally:
        await link.close("joined")
    assert isinstance(answer, Admitted)
    return answer
