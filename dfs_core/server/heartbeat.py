"""Once a second this node tells its peers how it is; whoever comes up is told everybody's addresses.

On a vault it also keeps the member list fresh, which has no log to follow: it asks a full node for a newer one.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from dfs_core.clock import Clock
from dfs_core.encoding.peer_messages import AskMembers, MembersKnown, NodeReport, ReportNode, ShareAddresses
from dfs_core.errors import DfsError
from dfs_core.limits import PING_INTERVAL_S
from dfs_core.model.ids import NodeId
from dfs_core.replication.memberlist import MemberList
from dfs_core.server.addresses import AddressBook
from dfs_core.transport.peers import Peers

ASK_MEMBERS_TIMEOUT_S = 5.0


class Heartbeat:
    """The task, and what it tells a peer that has just come up."""

    def __init__(
        self,
        *,
        peers: Peers,
        members: MemberList,
        book: AddressBook,
        report: Callable[[], Awaitable[NodeReport]],
        clock: Clock,
        follows_log: bool,
    ) -> None:
        """`follows_log`: the member list comes from this node's own catalog."""
        self._peers, self._members, self._book, self._report = peers, members, book, report
        self._clock, self._follows_log = clock, follows_log

    def greet(self, node: NodeId) -> None:
        """Tell a peer that came up where everybody is."""
        self._peers.notify(node, ShareAddresses(self._book.to_share()))

    async def run(self) -> None:
        """Beat for ever."""
        while True:
            message = ReportNode(await self._report())
            for node in sorted(self._peers.alive()):
                self._peers.notify(node, message)
            if not self._follows_log:
                await self._ask_members()
            await self._clock.sleep(PING_INTERVAL_S)

    async def _ask_members(self) -> None:
        for node in sorted(self._peers.alive()):
            member = self._members.member(node)
            if member is None or not member.holds_secrets:
                continue
            try:
                known = await self._peers.call(
                    node, AskMembers(self._members.revision), timeout_s=ASK_MEMBERS_TIMEOUT_S
                )
                assert isinstance(known, MembersKnown)
                self._members.offer(known)
            except DfsError:
                continue
            return
