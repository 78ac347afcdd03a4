"""Once a second this node tells its peers how it is; whoever comes up is told everybody's addresses.

Where everybody told everybody each second, the talk of a node would grow with the cluster. So a report in which nothing
is new that others act on goes to a few peers only, to all of them in turn; what they act on goes to everybody at once.

It also keeps the member list fresh where no log does: on a vault, and on a full node that hears no leader. Who joined
while that one was away may lead by now, and nobody else could tell it that this stranger is one of them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec

from dfs_core.clock import Clock
from dfs_core.encoding.peer_messages import AskMembers, MembersKnown, NodeReport, ReportNode, ShareAddresses, Silence
from dfs_core.errors import DfsError
from dfs_core.limits import DOWN_AFTER_S, PING_INTERVAL_S
from dfs_core.model.ids import NodeId
from dfs_core.replication.memberlist import MemberList
from dfs_core.server.addresses import AddressBook
from dfs_core.transport.peers import Peers

ASK_MEMBERS_TIMEOUT_S = 5.0
TOLD_AT_ONCE = 10  # peers that hear a report with nothing urgent in it: all, in clusters of up to eleven nodes


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
        follows_log: Callable[[], bool],
    ) -> None:
        """`follows_log()`: newer member lists come from this node's own catalog now."""
        self._peers, self._members, self._book, self._report = peers, members, book, report
        self._clock, self._follows_log = clock, follows_log
        self._last: NodeReport | None = None
        self._told_last: NodeId | None = None
        self._asked_last: NodeId | None = None

    def greet(self, node: NodeId) -> None:
        """Tell a peer that came up where everybody is, and how this node is when its turn may be far."""
        self._peers.notify(node, ShareAddresses(self._book.to_share()))
        if self._last is not None and len(self._peers.alive()) > TOLD_AT_ONCE:
            self._peers.notify(node, ReportNode(self._last))

    async def run(self) -> None:
        """Beat for ever."""
        while True:
            report = await self._report()
            for node in self._to_tell(report):
                self._peers.notify(node, ReportNode(report))
            if not self._follows_log():
                await self._ask_members()
            await self._clock.sleep(PING_INTERVAL_S)

    def _to_tell(self, report: NodeReport) -> list[NodeId]:
        """Who hears this report: everybody when something is urgent, else those whose turn it is."""
        alive = sorted(self._peers.alive())
        urgent = self._last is None or _acted_on(report) != _acted_on(self._last)
        self._last = report
        if urgent or len(alive) <= TOLD_AT_ONCE:
            return alive
        told = [node for node in alive if self._told_last is not None and node <= self._told_last]
        chosen = [*alive[len(told) :], *told][:TOLD_AT_ONCE]
        self._told_last = chosen[-1]
        return chosen

    async def _ask_members(self) -> None:
        """Ask one that may know; each time another one, for the first may be as far behind as this node."""
        alive = sorted(self._peers.alive())
        passed = [node for node in alive if self._asked_last is not None and node <= self._asked_last]
        for node in [*alive[len(passed) :], *passed]:
            member = self._members.member(node)
            if member is None or not member.holds_secrets:
                continue
            self._asked_last = node
            try:
                known = await self._peers.call(
                    node, AskMembers(self._members.revision), timeout_s=ASK_MEMBERS_TIMEOUT_S
                )
                assert isinstance(known, MembersKnown)
                self._members.offer(known)
            except DfsError:
                continue
            return


def _acted_on(report: NodeReport) -> NodeReport:
    """The report without the figures that are only shown."""
    return msgspec.structs.replace(
        report,
        started_s=0.0,
        applied=0,
        chunks=0,
        bytes=0,
        free=min(report.free, 1),
        stored_bytes=0,
        served_bytes=0,
        resync_length=min(report.resync_length, 1),
        silences=[Silence(each.node, float(each.silent_s >= DOWN_AFTER_S)) for each in report.silences],
    )
