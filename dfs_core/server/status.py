"""The cluster as this node sees it, in one value: what `status`, `peers` and the dashboard show."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from dfs_core import __version__
from dfs_core.catalog.query import CatalogReader
from dfs_core.clock import Clock
from dfs_core.encoding.collect_messages import PendingFree
from dfs_core.encoding.control_messages import NodeStatus, PeerStatus
from dfs_core.encoding.health_messages import HealthFound
from dfs_core.encoding.peer_messages import Met, NodeReport, Silence
from dfs_core.model.hearing import Gap, gaps
from dfs_core.model.ids import ClusterId, NodeId
from dfs_core.model.member import Member
from dfs_core.replication.consensus import Consensus
from dfs_core.replication.memberlist import MemberList
from dfs_core.server.agreed import Agreed
from dfs_core.server.config import NodeConfig
from dfs_core.server.transfers import Transfers
from dfs_core.store.base import ChunkStore, Usage
from dfs_core.transport.mesh import Mesh


@dataclass(slots=True)
class NodeFacts:
    """What a node knows about itself and counts as it goes."""

    node: NodeId
    cluster: ClusterId
    role: str
    boot: int
    config: NodeConfig
    listen: str
    advertise: tuple[str, ...]
    control: str
    pid: int
    state: str = "starting"
    ready_at: float = 0.0
    stored_bytes: int = 0
    served_bytes: int = 0
    damaged: int = 0
    resync_length: int = 0
    fence: int = 0
    recovery_confirmed: bool = False
    secret_epoch: int = 0
    snapshot: int = 0  # the newest that a pointer is durably kept to
    authority_epoch: int = 0  # whose recovery authority is durably known
    reports: dict[NodeId, NodeReport] = field(default_factory=dict)
    to_tell: Callable[[Sequence[bytes]], list[Met]] = lambda voters: []  # which starts of the voters were met
    alarms: list[Callable[[], list[str]]] = field(default_factory=list)  # what else is wrong here, in words
    own_report: NodeReport | None = None  # the last one, a second old at most

    def moved(self, stored: int, served: int) -> None:
        """Count bytes that went in and out."""
        self.stored_bytes += stored
        self.served_bytes += served

    def keeps(self, snapshot: int, authority_epoch: int) -> None:
        """Note what is durable by now of what every node keeps for recovery."""
        self.snapshot, self.authority_epoch = snapshot, authority_epoch

    @property
    def name(self) -> str:
        return self.config.name or self.node.short


class StatusSource:
    """Puts NodeStatus and NodeReport together. `catalog` and `consensus` are None on a vault."""

    def __init__(
        self,
        *,
        facts: NodeFacts,
        clock: Clock,
        mesh: Mesh,
        members: MemberList,
        store: ChunkStore,
        transfers: Transfers,
        agreed: Agreed,
        catalog: CatalogReader | None,
        consensus: Consensus | None,
        seen: Callable[[], HealthFound],
        pending: Callable[[], PendingFree] = PendingFree,
    ) -> None:
        """`pending()`, which may block, tells what is to be freed."""
        self._pending = pending
        self._facts, self._clock, self._mesh, self._members = facts, clock, mesh, members
        self._store, self._transfers, self._catalog, self._consensus = store, transfers, catalog, consensus
        self._agreed = agreed
        self._seen = seen

    @property
    def applied(self) -> int:
        """How far this node has read, as HELLO says it and `dispatch` compares it: its member list's revision.

        Not its applied index: that moves on with every file that is stored, which a vault never hears of, and would
        shut a vault out of all that full nodes ask of it. Who was removed, all nodes learn under the same number.
        """
        return self._members.revision

    @property
    def applied_index(self) -> int:
        """The log index up to which this node's catalog goes; a vault has none and names its member list's."""
        return self._consensus.applied_index if self._consensus else self._members.revision

    async def report(self) -> NodeReport:
        """What this node tells its peers once a second."""
        usage = await self._store.usage()
        facts, consensus = self._facts, self._consensus
        facts.own_report = NodeReport(
            node=facts.node.digest,
            boot=facts.boot,
            version=__version__,
            started_s=self._clock.now() - facts.ready_at,
            role=facts.role,
            state=facts.state,
            applied=self.applied_index,
            leader=consensus.leader.digest if consensus and consensus.leader else b"",
            term=consensus.term if consensus else 0,
            chunks=usage.chunks,
            bytes=usage.stored_bytes,
            capacity=usage.capacity_bytes,
            free=usage.free_bytes,
            stored_bytes=facts.stored_bytes,
            served_bytes=facts.served_bytes,
            durable=facts.config.durability == "durable",
            resync_length=facts.resync_length,
            damaged=facts.damaged,
            silences=[Silence(node.digest, silent_s) for node, silent_s in self._mesh.silences().items()],
            fence=facts.fence,
            snapshot=facts.snapshot,
            secret_epoch=facts.authority_epoch,
            repair_bytes_s=self._agreed.repair_bytes_s,
            scrub_ms=self._agreed.scrub_ms,
            log_term=consensus.durable_term if consensus else 0,
            met=facts.to_tell(consensus.configuration.voters) if consensus else [],
        )
        return facts.own_report

    def _gaps(self) -> list[Gap]:
        """Which nodes that are up, as this one sees it, do not hear which."""
        facts, alive = self._facts, self._mesh.alive()
        told = {node: report for node, report in facts.reports.items() if node in alive}
        unheard: dict[NodeId, set[NodeId]] = {facts.node: set()}
        for node, report in told.items():
            unheard[node] = {NodeId(silence.node) for silence in report.silences}
        return gaps(unheard)

    async def status(self) -> NodeStatus:
        """Everything, as of now."""
        facts, consensus, layout = self._facts, self._consensus, self._members.layout
        usage = await self._store.usage()
        counts = await asyncio.to_thread(self._catalog.counts) if self._catalog else None
        pending = await asyncio.to_thread(self._pending)
        nodes = [member for member in layout.members if member.listed and member.role != "operator"]
        seen, missing = self._seen(), self._gaps()
        return NodeStatus(
            node=str(facts.node),
            cluster=str(facts.cluster),
            name=facts.name,
            version=__version__,
            state=facts.state,
            role=facts.role,
            listen=facts.listen,
            advertise=list(facts.advertise),
            control=facts.control,
            data_dir=str(facts.config.data_dir),
            pid=facts.pid,
            up_s=self._clock.now() - facts.ready_at,
            health=seen.state,
            reasons=seen.reasons,
            copies=layout.wanted_copies(),
            durable_copies=layout.durable_copies(),
            leader=str(consensus.leader) if consensus and consensus.leader else "",
            term=consensus.term if consensus else 0,
            commit_index=consensus.commit_index if consensus else 0,
            applied_index=self.applied_index,
            voters=[voter.hex() for voter in consensus.configuration.voters] if consensus else [],
            keys=counts.keys if counts else 0,
            versions=counts.versions if counts else 0,
            logical_bytes=counts.logical_bytes if counts else 0,
            chunks=usage.chunks,
            bytes=usage.stored_bytes,
            capacity=usage.capacity_bytes,
            free=usage.free_bytes,
            durability=facts.config.durability,
            recovery_confirmed=facts.recovery_confirmed,
            peers=[self._peer(member, usage, missing) for member in nodes],
            gaps=[str(gap) for gap in missing],
            transfers=self._transfers.listing(),
            stored_bytes=facts.stored_bytes,
            served_bytes=facts.served_bytes,
            resync_length=facts.resync_length,
            damaged=facts.damaged,
            secret_epoch=facts.secret_epoch,
            pending_free=pending,
            copies_found=seen.report.copies_found,
            under_chunks=seen.report.under_chunks,
            under_bytes=seen.report.under_bytes,
            absent_chunks=seen.report.absent_chunks,
            lost_chunks=seen.report.lost_chunks,
            repair=seen.report.repair,
            health_age_s=seen.age_s,
            alarms=[text for alarm in facts.alarms for text in alarm()],
            repair_bytes_s=self._agreed.repair_bytes_s,
        )

    def _peer(self, member: Member, usage: Usage, missing: list[Gap]) -> PeerStatus:
        facts, consensus = self._facts, self._consensus
        own = member.node == facts.node
        link = self._mesh.status(member.node)
        report = facts.reports.get(member.node)
        return PeerStatus(
            node=str(member.node),
            role=member.role,
            zone=member.zone,
            member_state=member.state,
            liveness="self" if own else link.state,
            addresses=list(facts.advertise if own else self._mesh.addresses(member.node)),
            voter=bool(consensus and member.node.digest in consensus.configuration.voters),
            leader=bool(consensus and consensus.leader == member.node),
            seen_s=0.0 if own else link.seen_s,
            rtt_ms=0.0 if own else link.rtt_s * 1000 if link.rtt_s >= 0 else -1.0,
            chunks=usage.chunks if own else report.chunks if report else 0,
            bytes=usage.stored_bytes if own else report.bytes if report else 0,
            capacity=member.capacity,
            free=usage.free_bytes if own else report.free if report else 0,
            applied=self.applied_index if own else report.applied if report else 0,
            version=__version__ if own else report.version if report else "",
            up_s=self._clock.now() - facts.ready_at if own else report.started_s if report else 0.0,
            sent_bytes=link.sent_bytes,
            received_bytes=link.received_bytes,
            error="" if own else link.error,
            banned_s=0.0 if own else link.banned_s,
            unheard_by=[
                str(deaf)
                for gap in missing
                for deaf, unheard in ((gap.deaf, gap.unheard), (gap.unheard, gap.deaf))
                if unheard == member.node and (gap.mutual or deaf == gap.deaf)
            ],
        )
