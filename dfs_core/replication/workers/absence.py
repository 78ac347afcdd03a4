"""The leader's task of putting nodes *out* that the cluster has lost, and of letting them in again when they are back.

What is decided is `model.absence`'s; here are its facts, taken together once a second: this node's own view of its
peers, the views that the others sent with their reports, the member list and the cluster's `out_ms`. What comes of it
is an entry each, which names the state that it expects, so that it never undoes what somebody else decided meanwhile.
A leader that is replaced forgets nothing that counts: the silences are measured by those who tell them.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Protocol

from dfs_core.catalog.facts import ClusterFacts
from dfs_core.clock import Clock
from dfs_core.encoding.commands import AnyCommand, Outcome, SetMember
from dfs_core.encoding.peer_messages import NodeReport
from dfs_core.model.absence import Verdict, decide
from dfs_core.model.ids import NodeId
from dfs_core.replication.memberlist import MemberList
from dfs_core.replication.workers.worker import Figures

_log = logging.getLogger(__name__)

LOOK_S = 1.0  # as often as reports come
ID_BYTES = 16


class Log(Protocol):
    """The part of `consensus` that this needs."""

    @property
    def leads(self) -> bool: ...
    @property
    def applied_index(self) -> int: ...
    async def propose(self, command: AnyCommand) -> Outcome: ...


class Hearing(Protocol):
    """The part of `mesh` that this needs."""

    def alive(self) -> frozenset[NodeId]: ...
    def silences(self) -> Mapping[NodeId, float]: ...


class Absence:
    """Puts nodes out and lets them in, while this node leads."""

    name = "absence"

    def __init__(
        self,
        *,
        node: NodeId,
        log: Log,
        peers: Hearing,
        members: MemberList,
        reports: Mapping[NodeId, NodeReport],
        cluster: Callable[[], ClusterFacts | None],
        clock: Clock,
        token: Callable[[int], bytes],
    ) -> None:
        """`reports` are the newest of each peer. `cluster` reads the catalog and blocks. `token(n)`: n random bytes."""
        self._node, self._log, self._peers, self._members, self._reports = node, log, peers, members, reports
        self._cluster, self._clock, self._token = cluster, clock, token
        self._rests_since: float | None = None  # None: this node does not lead
        self.held: tuple[NodeId, ...] = ()
        self.figures = Figures()

    async def wait(self) -> None:
        """Return when it is time to look again."""
        await self._clock.sleep(LOOK_S)

    async def step(self) -> bool:
        """Look once; True when something was decided. Errors as of `Consensus.propose`: it is looked at again."""
        if not self._log.leads:
            self._rests_since, self.held = None, ()
            self.figures.waiting, self.figures.detail = 0, "another node decides"
            return False
        if self._rests_since is None:
            self._rests_since = self._clock.now()
        cluster = await asyncio.to_thread(self._cluster)
        if cluster is None or self._members.revision == 0 or self._log.applied_index < self._members.revision:
            return False
        verdict = self._decide(cluster.settings["out_ms"] / 1000)
        overdue = set(self.held) & set(verdict.out)
        self.held = verdict.held
        self.figures.waiting = len(self.held)
        names = ", ".join(node.short for node in self.held)
        self.figures.detail = f"held, too many went at once: {names}" if names else ""
        if overdue:
            self._rests_since = self._clock.now()
        changes = [(node, "joined", "out") for node in verdict.out] + [(node, "out", "joined") for node in verdict.back]
        for node, before, after in changes:
            outcome = await self._log.propose(
                SetMember(self._token(ID_BYTES), node.digest, state=after, expects=before)
            )
            _log.info("%s is %s: %s", node.short, after, outcome.text or "decided")
            self.figures.done += not outcome.reason
        return bool(changes)

    def _decide(self, out_s: float) -> Verdict:
        assert self._rests_since is not None
        alive = self._peers.alive()
        views: dict[NodeId, Mapping[NodeId, float]] = {self._node: self._peers.silences()}
        level = {self._node}  # as a leader that is out itself knows; nobody else could let it in
        for node in sorted(alive):
            report = self._reports.get(node)
            # Who is up and has not reported yet is counted among those who tell, as one that hears everybody.
            views[node] = {NodeId(each.node): each.silent_s for each in report.silences} if report else {}
            if report is not None and report.state == "ready" and report.applied >= self._members.revision:
                level.add(node)
        return decide(
            self._members.layout.members,
            views,
            level=frozenset(level),
            held=self.held,
            out_s=out_s,
            rested_s=self._clock.now() - self._rests_since,
        )
