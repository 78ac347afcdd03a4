"""This node on the local network: it announces itself, and tries where other members say that they are.

A member that is up needs none of it. For one that is not, what was announced is one more address to dial: that is how
nodes find each other again after all of them got new addresses. What is announced for nobody on the member list is
forgotten, and kept only as far as a bound allows: the member may be about to join.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from dfs_core.encoding.peer_messages import MembersKnown
from dfs_core.model.ids import ClusterId, NodeId
from dfs_core.replication.memberlist import MemberList
from dfs_core.server.addresses import own_addresses
from dfs_core.server.config import NodeConfig
from dfs_core.transport.discovery import Announcement, Discovery, cluster_tag, interfaces_of, node_tag

ANNOUNCED_MAX = 512  # nodes of this cluster that are remembered, members or not


def wanted(config: NodeConfig) -> bool:
    """Whether a node with these settings is to be found by others: not if only this machine can reach it."""
    if config.mdns != "auto":
        return config.mdns == "on"
    interfaces = interfaces_of(config.listen)
    return not any(host.startswith("127.") for host in interfaces)


class Lan:
    """One node's announcements and what it hears: a task beside the others, for which no start waits."""

    def __init__(
        self,
        node: NodeId,
        cluster: ClusterId,
        listen: str,
        members: MemberList,
        suggest: Callable[[NodeId, tuple[str, ...]], None],
    ) -> None:
        """`listen` is what the node listens on, with its port. `suggest(node, addresses)` is told where members are."""
        self._tag, self._members, self._suggest = cluster_tag(cluster), members, suggest
        self._announced: dict[str, tuple[str, ...]] = {}
        port = int(listen.rpartition(":")[2])
        addresses = tuple(address for address in own_addresses(listen, port, ()) if not address.startswith("["))
        self._own = Announcement(self._tag, node_tag(node), addresses)
        self._discovery = Discovery(self._heard, interfaces=interfaces_of(listen))
        members.listen(self._members_changed)

    async def run(self) -> None:
        """Announce and listen, where the network lets it, until cancelled; then the announcement is taken back."""
        try:
            await self._discovery.start(self._own if self._own.addresses else None)
            await asyncio.Event().wait()
        finally:
            await self._discovery.close()

    def _heard(self, found: Announcement) -> None:
        if found.cluster != self._tag or found.node == self._own.node:
            return
        if found.node not in self._announced and len(self._announced) >= ANNOUNCED_MAX:
            return
        self._announced[found.node] = found.addresses
        self._members_changed(self._members.known)

    def _members_changed(self, known: MembersKnown) -> None:
        for record in known.members:
            addresses = self._announced.get(node_tag(NodeId(record.node)))
            if addresses is not None:
                self._suggest(NodeId(record.node), addresses)
