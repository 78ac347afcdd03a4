"""A node that joins a simulated cluster: what `dfs-core join` does, run again with the same line until it works."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Protocol

from dfs_core.crypto.identity import SEED_BYTES, Identity
from dfs_core.crypto.invitation import Invitation, redeem_proof
from dfs_core.encoding.peer_messages import Admitted, Redeem
from dfs_core.model.ids import NodeId
from dfs_core.server.joining import settle_in
from dfs_core.server.names import IDENTITY_NAME
from dfs_core.server.node import Node
from dfs_core.store.folder import DataFolder


class Inviter(Protocol):
    """The place of the node that invites."""

    @property
    def ready(self) -> Node: ...
    @property
    def node_id(self) -> NodeId: ...


class Newcomer:
    """One who was invited. Its key is made once, so that it is the same member however often it asks."""

    def __init__(
        self, inviter: Inviter, chances: Random, number: int, *, role: str, address: str, capacity: int
    ) -> None:
        """Invited by a node that runs."""
        self.inviter, self.number, self.role = inviter.node_id, number, role
        self._address, self._capacity = address, capacity
        self.identity = Identity.from_seed(chances.randbytes(SEED_BYTES))
        admission = inviter.ready.full.admission
        admission.tick()
        self._invitation = Invitation.parse(admission.invite(role, 3600.0))
        self._welcome: Admitted | None = None

    async def ask(self, inviter: Node) -> None:
        """Have the inviter admit it, as its own work. DfsError: it may have been admitted all the same."""
        admission = inviter.full.admission
        record, spent = admission.check(self._request())
        await admission.admit(record, spent)
        self._welcome = admission.welcome(record)

    def settle(self, place: Path) -> None:
        """Write down, in a folder of its own, what it was told."""
        assert self._welcome is not None
        settings = {"listen": self._address, "bootstrap": self._invitation.addresses}
        with DataFolder.create(place) as folder:
            folder.write_secret("identity", IDENTITY_NAME, self.identity.to_pem())
            settle_in(folder, self.identity, self._invitation, self._welcome, settings, capacity=self._capacity)

    def _request(self) -> Redeem:
        invitation = self._invitation
        proof = redeem_proof(
            self.identity, secret_hash=invitation.secret_hash, inviter=invitation.inviter, role=invitation.role
        )
        return Redeem(
            secret=invitation.secret,
            certificate=self.identity.certificate,
            proof=proof,
            zone="",
            capacity=self._capacity,
            addresses=[self._address],
        )
