"""Introducing this cluster's members to a vault that knows none of them any more.

A vault believes its member list. If all full nodes on it are lost, or were replaced while it was away, it lets in
nobody who could tell it of the new ones. Then a full node comes under the recovery authority, which any full node can
prove, and brings the member list. A vault that is merely down does not answer to this either; one that is linked needs
none of it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence

from dfs_core.clock import Clock
from dfs_core.crypto.recovery import recovery_authority
from dfs_core.encoding.peer_messages import MembersKnown
from dfs_core.encoding.recovery_messages import Introduce
from dfs_core.errors import DfsError
from dfs_core.model.ids import ClusterId, NodeId
from dfs_core.model.member import split_host_port
from dfs_core.replication.memberlist import MemberList
from dfs_core.server.keyring import Keyring
from dfs_core.transport.hello import Hello, HelloFacts
from dfs_core.transport.link import connect_tls
from dfs_core.transport.peers import Peers
from dfs_core.transport.tls import recovery_context

_log = logging.getLogger(__name__)

LOOK_S = 3.0  # between looks for vaults without a link
DIAL_TIMEOUT_S = 5.0
AUTHORITIES_TRIED = 3  # a vault that was away during rotations believes an earlier one


class Introducer:
    """A full node's task."""

    def __init__(
        self,
        *,
        cluster: ClusterId,
        keyring: Keyring,
        members: MemberList,
        peers: Peers,
        bootstrap: Sequence[str],
        known: Callable[[], MembersKnown],
        clock: Clock,
    ) -> None:
        """`bootstrap`: addresses whose owners are not known. `known`: the member list as it travels."""
        self._cluster, self._keyring, self._members, self._peers = cluster, keyring, members, peers
        self._bootstrap, self._known, self._clock = tuple(bootstrap), known, clock

    async def run(self) -> None:
        """Look for ever; the first time after a while, in which links come up by themselves."""
        while True:
            await self._clock.sleep(LOOK_S)
            await self.step()

    def strangers(self) -> list[NodeId]:
        """The listed vaults that are not linked."""
        alive = self._peers.alive()
        return [
            member.node
            for member in self._members.layout.members
            if member.role == "vault" and member.listed and member.node not in alive
        ]

    async def step(self) -> int:
        """Try each address that such a vault may be at; returns how many took the member list."""
        vaults = self.strangers()
        if not vaults or not self._keyring.authority[1]:
            return 0
        members = {member.node: member for member in self._members.layout.members}
        addresses = [address for node in vaults for address in members[node].addresses]
        taken = await asyncio.gather(
            *(self._introduce(address, vaults) for address in dict.fromkeys((*addresses, *self._bootstrap)))
        )
        return sum(taken)

    async def _introduce(self, address: str, vaults: Sequence[NodeId]) -> bool:
        epoch, authority = self._keyring.authority
        for number in sorted(self._keyring.secrets.epochs, reverse=True)[:AUTHORITIES_TRIED]:
            try:
                await self._say(address, number, vaults, Introduce(self._known(), epoch, authority))
            except DfsError as error:
                _log.debug("%s: not introduced: %s", address, error)
                continue
            _log.info("%s: the vault there knows the members again", address)
            return True
        return False

    async def _say(self, address: str, epoch: int, vaults: Sequence[NodeId], message: Introduce) -> None:
        host, port = split_host_port(address)
        identity = recovery_authority(self._keyring.secrets, epoch)
        hello = Hello.of(HelloFacts(), cluster=self._cluster.digest, node=identity.node_id.digest, purpose="control")
        link = await connect_tls(
            host,
            port,
            context=await asyncio.to_thread(recovery_context, identity),
            expected=None,
            hello=hello,
            role=lambda node: "nobody" if node in vaults else None,
            timeout_s=DIAL_TIMEOUT_S,
        )
        try:
            await link.call(message, timeout_s=DIAL_TIMEOUT_S)
        finally:
            await link.close("introduced")
