"""Who votes: the leader keeps the log's configuration in line with the member list, one small step at a time.

1, 3 or 5 full nodes vote (2 while there are only two full nodes), in as many zones as possible; every other full node
follows as a learner, and votes only once it has caught up. A member that was removed loses its seat first of all.

A voter that is *out* gives its seat to a learner that has caught up. Without such a learner it keeps it, since it may
come back, but of five voters two that are out go: three that all live bear another loss, three of five do not. An out
voter leaves only while those that stay and live are a majority of those that stay.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Awaitable, Callable

from dfs_core.clock import Clock
from dfs_core.errors import NotLeader, Refused
from dfs_core.limits import VOTERS_MAX
from dfs_core.model.ids import NodeId
from dfs_core.model.member import Member
from dfs_core.model.raft_messages import Configuration
from dfs_core.replication.consensus import Consensus
from dfs_core.replication.memberlist import MemberList

_log = logging.getLogger(__name__)

UPKEEP_S = 0.1  # three nodes vote within a second of joining
CAUGHT_UP_ENTRIES = 64  # a learner that lacks no more is promoted; the rest follows within a heartbeat
HEARD_S = 2.0


def voters_wanted(full_nodes: int) -> int:
    """How many should vote when there are so many full nodes: the largest odd number up to five, but both of two."""
    if full_nodes <= 2:
        return full_nodes
    return min(VOTERS_MAX, full_nodes if full_nodes % 2 else full_nodes - 1)


def voters_due(members: list[Member]) -> int:
    """How many should vote, seeing who is out: 3 instead of 5 when only three are left, but never fewer than 3 so."""
    full = [member for member in members if member.holds_secrets]
    wanted = voters_wanted(len(full))
    present = sum(member.state != "out" for member in full)
    return min(wanted, max(3, present if present % 2 else present + 1))


def next_configuration(
    now: Configuration, members: list[Member], ready: frozenset[bytes], leader: bytes
) -> Configuration | None:
    """The next step towards the wanted configuration, or None when there is none to take.

    `ready` are the followers that have caught up. Learners change freely; voters by one, the removed first. When a
    removal leaves a voter too many (four), one follows from then on: never the leader, sooner one that lags.
    """
    full = {member.node.digest: member for member in members if member.holds_secrets}
    voters = [voter for voter in now.voters if voter in full]
    learners = [node for node in full if node not in now.voters]
    gone = [voter for voter in now.voters if voter not in full]
    if gone:
        stay = [voter for voter in now.voters if voter != gone[0]]
        return Configuration.of(stay, learners) if stay else None
    candidates = [node for node in learners if node in ready and full[node].state != "out"]
    due = voters_due(members)
    out = [voter for voter in voters if full[voter].state == "out" and voter != leader]
    for voter in out if candidates or len(voters) > due else []:
        stay = [other for other in voters if other != voter]
        alive = sum(other == leader or other in ready for other in stay)
        if len(voters) >= due and 2 * alive > len(stay):
            return Configuration.of(stay, [*learners, voter])
    if candidates and len(voters) < due:
        zones = {full[voter].zone for voter in voters}
        chosen = min(candidates, key=lambda node: (full[node].zone in zones, full[node].joined_at, node))
        return Configuration.of([*voters, chosen], [node for node in learners if node != chosen])
    if len(voters) > due and not out:
        crowd = Counter(full[voter].zone for voter in voters)
        spare = max(
            (voter for voter in voters if voter != leader),
            key=lambda node: (node not in ready, crowd[full[node].zone], full[node].joined_at, node),
        )
        return Configuration.of([voter for voter in voters if voter != spare], [*learners, spare])
    wanted = Configuration.of(voters, learners)
    return wanted if wanted != now else None


class VoterUpkeep:
    """The leader's task. Does nothing on any other node."""

    def __init__(
        self,
        node: NodeId,
        consensus: Consensus,
        members: MemberList,
        clock: Clock,
        reload: Callable[[], Awaitable[None]],
    ) -> None:
        """`reload` reads into `members` what is applied."""
        self._node, self._consensus, self._members, self._clock = node, consensus, members, clock
        self._reload, self._read_index = reload, 0

    async def run(self) -> None:
        """Step for ever."""
        while True:
            if self._consensus.leads:
                await self.look()
            await self._clock.sleep(UPKEEP_S)

    async def look(self) -> None:
        """Take one step, after reading who was removed."""
        removal = self._consensus.removal_index
        if self._read_index < removal <= self._consensus.applied_index:
            await self._reload()
            self._read_index = removal
        self.step()

    def step(self) -> None:
        """Take one step, if there is one and the log allows it now."""
        if self._members.revision == 0 or self._consensus.applied_index < self._members.revision:
            return
        if self._read_index < self._consensus.removal_index:  # a member may be on the list that is none any more
            return
        now, last = self._clock.now(), self._consensus.last_index
        ready = frozenset(
            follower.node
            for follower in self._consensus.followers()
            # A node that joined and was never started has acknowledged nothing; as a voter it would stop the cluster.
            if follower.match_index > 0
            and last - follower.match_index <= CAUGHT_UP_ENTRIES
            and now - follower.heard_at <= HEARD_S
        )
        members = list(self._members.layout.members)
        wanted = next_configuration(self._consensus.configuration, members, ready, self._node.digest)
        if wanted is None:
            return
        try:
            self._consensus.change_configuration(wanted)
        except (NotLeader, Refused):
            return
        names = ", ".join(NodeId(voter).short for voter in wanted.voters)
        _log.info("the log's voters become %s (%d learners)", names, len(wanted.learners))
