"""Inviting and admitting: how a stranger's key becomes a member.

An invitation's secret is known to its inviter (by hash) and to whoever holds the line. The joiner hands it in over a
link that it pinned to the inviter's key, with a signature that ties its own key to it; the entry that admits it spends
the hash for ever. So a line works once, a copy of it is worth nothing afterwards, and whoever sits between the two
learns nothing. Removing a member needs no secret to be changed: its certificate is no longer listed.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from dfs_core.crypto.identity import Identity, node_id_of_certificate
from dfs_core.crypto.invitation import INVITATION_SECRET_BYTES, Invitation, secret_hash, verify_redeem_proof
from dfs_core.crypto.secrets import ClusterSecrets
from dfs_core.encoding.commands import Admit, AnyCommand, Outcome, SetMember
from dfs_core.encoding.peer_messages import Admitted, MemberRecord, MembersKnown, Redeem
from dfs_core.errors import InvalidInput, NotAllowed, Refused
from dfs_core.limits import INVITATION_EXPIRES_S_MAX
from dfs_core.model.ids import ClusterId, NodeId
from dfs_core.model.member import Member, check_role
from dfs_core.replication.memberlist import record_of


class Issued(Protocol):
    """This node's open invitations, on disk."""

    def tick(self) -> None: ...
    def issue_invitation(self, secret_hash: bytes, role: str, expires_s: float) -> None: ...
    def invitation_role(self, secret_hash: bytes) -> str | None: ...


class Log(Protocol):
    """The part of consensus that membership needs."""

    async def propose(self, command: AnyCommand) -> Outcome: ...


class Admission:
    """A full node's say in who is a member."""

    def __init__(
        self,
        *,
        identity: Identity,
        cluster: ClusterId,
        secrets: Callable[[], ClusterSecrets],
        log: Log,
        known: Callable[[], MembersKnown],
        issued: Issued,
        addresses: Callable[[], tuple[str, ...]],
        token: Callable[[int], bytes],
        reload: Callable[[], Awaitable[None]],
    ) -> None:
        """`known` reads the member list from the catalog, as of now. `issued` blocks: it is called in a thread.

        `reload`: have this node act on what was applied; whoever was told of a change may rely on it here.
        """
        self._identity, self._cluster, self._secrets = identity, cluster, secrets
        self._log, self._known, self._issued, self._addresses = log, known, issued, addresses
        self._token, self._reload = token, reload

    def tick(self) -> None:
        """Let the invitations know what time it is; in the loop, before `invite` or `check` go to a thread."""
        self._issued.tick()

    def invite(self, role: str, expires_s: float, *, addresses: bool = True) -> str:
        """Make an invitation and return its line. Durable: it survives a restart. Blocks; call it in a thread.

        Without `addresses` the line is shorter, and good only where the joiner can find this node by multicast.
        """
        if not 1 <= expires_s <= INVITATION_EXPIRES_S_MAX:
            raise InvalidInput(f"an invitation lasts 1 second to {INVITATION_EXPIRES_S_MAX / 86400:.0f} days")
        invitation = Invitation(
            addresses=self._addresses() if addresses else (),
            inviter=self._identity.node_id,
            role=check_role(role),
            secret=self._token(INVITATION_SECRET_BYTES),
        )
        self._issued.issue_invitation(invitation.secret_hash, role, expires_s)
        return invitation.to_line()

    def check(self, request: Redeem) -> tuple[MemberRecord, bytes]:
        """The member that this request would admit, and the hash it spends. Blocks; call it in a thread.

        NotAllowed when the secret is not one of this node's open invitations, or the proof is not the key's own. The
        answer is the same for unknown, expired and foreign secrets.
        """
        spent = secret_hash(request.secret)
        role = self._issued.invitation_role(spent)
        if role is None:
            raise NotAllowed("this invitation is not valid (any more); ask for a new one with 'dfs-core invite'")
        checked_role = check_role(role)
        try:
            node = verify_redeem_proof(
                request.proof,
                certificate=request.certificate,
                secret_hash=spent,
                inviter=self._identity.node_id,
                role=checked_role,
            )
        except InvalidInput as error:
            raise NotAllowed(f"the joiner's proof does not hold: {error}") from error
        assert node == node_id_of_certificate(request.certificate)
        member = Member(
            node=node,
            certificate=request.certificate,
            role=checked_role,
            zone=request.zone,
            capacity=0 if checked_role == "operator" else request.capacity,
            state="joined",
            addresses=tuple(request.addresses),
            joined_at=0,
        )
        return record_of(member), spent

    async def admit(self, record: MemberRecord, spent: bytes) -> None:
        """Have the log admit the member, and this node act on that. NotAllowed: the secret is spent.

        The same member again is no change.
        """
        outcome = await self._log.propose(Admit(self._token(16), spent, record, self._identity.node_id.digest))
        if outcome.reason:
            raise NotAllowed(outcome.text)
        await self._reload()

    def welcome(self, record: MemberRecord) -> Admitted:
        """What the new member is told. Reads the catalog: call it in a thread."""
        known = self._known()
        return Admitted(
            cluster=self._cluster.digest,
            role=record.role,
            revision=known.revision,
            copies=known.copies,
            members=known.members,
            generation=known.generation,
            generation_id=known.generation_id,
            secrets=self._secrets().encode() if record.role == "full" else b"",
        )

    async def remove(self, node: NodeId) -> None:
        """Take a member off the list, for ever. Refused: there is no such member."""
        outcome = await self._log.propose(SetMember(self._token(16), node.digest, state="removed"))
        if outcome.reason:
            raise Refused(outcome.reason, outcome.text)
        await self._reload()
