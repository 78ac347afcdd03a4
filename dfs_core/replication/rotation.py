"""A new secret epoch: drawn here, held by a majority of the voters, then put in force by an entry.

Order of truth: the secret is durable on a majority before the log hears of it, so no crash of a minority can leave the
cluster sealing under a secret that is lost. It travels only over links to listed full nodes. Who was away asks a full
node for it once the log has told that the epoch began; who was removed meanwhile has no link to ask over.

A rotation that is cut off leaves a secret that the log never named, here and there: nobody uses it, and the next one
draws another.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Protocol

from dfs_core.catalog.facts import SecretEpochFacts
from dfs_core.clock import Clock
from dfs_core.crypto.recovery import recovery_authority
from dfs_core.crypto.secrets import ClusterSecrets
from dfs_core.encoding.commands import AnyCommand, Outcome, SecretEpoch
from dfs_core.encoding.recovery_messages import AskSecret, HoldSecret, SecretRotated, SecretTold
from dfs_core.errors import DfsError, NoMajority, Refused
from dfs_core.model.ids import NodeId
from dfs_core.model.manifest import SECRET_BYTES
from dfs_core.model.raft_messages import Configuration
from dfs_core.replication.memberlist import MemberList
from dfs_core.transport.peers import Peers

_log = logging.getLogger(__name__)

HAND_OVER_TIMEOUT_S = 5.0
FETCH_PAUSE_S = 1.0


class Keys(Protocol):
    """This node's secrets. `hold` blocks; the rest is quick."""

    @property
    def current(self) -> int: ...
    @property
    def lacking(self) -> SecretEpochFacts | None: ...
    def hold(self, number: int, secret: bytes) -> None: ...


class Log(Protocol):
    """The part of consensus that a rotation needs."""

    @property
    def configuration(self) -> Configuration: ...
    async def catch_up(self) -> bool: ...
    async def propose(self, command: AnyCommand) -> Outcome: ...


class Rotation:
    """A full node's part in secret epochs."""

    def __init__(
        self,
        *,
        node: NodeId,
        keys: Keys,
        log: Log,
        members: MemberList,
        peers: Peers,
        clock: Clock,
        token: Callable[[int], bytes],
        refresh: Callable[[], Awaitable[None]],
    ) -> None:
        """`refresh` takes over what the catalog says of the epochs now."""
        self._node, self._keys, self._log, self._members, self._peers = node, keys, log, members, peers
        self._clock, self._token, self._refresh = clock, token, refresh
        self._one_at_a_time = asyncio.Lock()

    async def rotate(self) -> SecretRotated:
        """Start the next epoch. On return it is in force, here too.

        NoMajority: too few voters could take the secret, or decide; the old epoch stays. Refused: somebody else
        rotated at the same moment.
        """
        async with self._one_at_a_time:
            await self._log.catch_up()
            await self._refresh()
            number, secret = self._keys.current + 1, self._token(SECRET_BYTES)
            one = ClusterSecrets({number: secret}, number)
            await asyncio.to_thread(self._keys.hold, number, secret)
            others = self._other_full_nodes()
            taken = await asyncio.gather(*(self._hand_over(node, number, secret) for node in others))
            holding = [self._node, *(node for node, took in zip(others, taken, strict=True) if took)]
            voters = self._log.configuration.voters
            missing = [voter for voter in voters if NodeId(voter) not in holding]
            if 2 * len(missing) >= len(voters):
                raise NoMajority([voter.hex() for voter in missing], " to hold the new secret")
            authority = recovery_authority(one, number).certificate
            outcome = await self._log.propose(SecretEpoch(self._token(16), number, one.hash(number), authority))
            if outcome.reason:
                raise Refused(outcome.reason, outcome.text)
            await self._refresh()
            return SecretRotated(
                number,
                [str(node) for node in holding],
                [str(node) for node in others if node not in holding],
            )

    def _other_full_nodes(self) -> list[NodeId]:
        return sorted(
            member.node for member in self._members.layout.members if member.holds_secrets and member.node != self._node
        )

    async def _hand_over(self, node: NodeId, number: int, secret: bytes) -> bool:
        try:
            await self._peers.call(node, HoldSecret(number, secret), timeout_s=HAND_OVER_TIMEOUT_S)
        except DfsError as error:
            _log.info("%s does not hold the secret of epoch %d yet: %s", node.short, number, error)
            return False
        return True

    async def run(self) -> None:
        """Fetch what is in force and not held here, whenever that is so."""
        while True:
            lacking = self._keys.lacking
            if lacking is not None and await self._fetch(lacking):
                await self._refresh()
            await self._clock.sleep(FETCH_PAUSE_S)

    async def _fetch(self, epoch: SecretEpochFacts) -> bool:
        """Ask the full nodes, one after the other. What none of them has is asked for again later."""
        alive = self._peers.alive()
        for node in (node for node in self._other_full_nodes() if node in alive):
            try:
                told = await self._peers.call(node, AskSecret(epoch.number, epoch.hash), timeout_s=HAND_OVER_TIMEOUT_S)
                assert isinstance(told, SecretTold)
                secrets = ClusterSecrets({epoch.number: told.secret}, epoch.number)
                if secrets.hash(epoch.number) != epoch.hash:
                    _log.warning("%s told another secret for epoch %d", node.short, epoch.number)
                    continue
                await asyncio.to_thread(self._keys.hold, epoch.number, told.secret)
            except DfsError as error:
                _log.info("%s cannot tell the secret of epoch %d: %s", node.short, epoch.number, error)
                continue
            return True
        return False
