"""What a full node has for its cluster's members: inviting and removing them, who votes, who is out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec

from dfs_core.catalog.query import CatalogReader
from dfs_core.clock import Clock
from dfs_core.crypto.identity import Identity
from dfs_core.crypto.secrets import ClusterSecrets
from dfs_core.encoding.health_messages import ItemsListed
from dfs_core.encoding.peer_messages import MembersKnown
from dfs_core.model.ids import NodeId
from dfs_core.replication.admission import Admission, Issued
from dfs_core.replication.consensus import Consensus
from dfs_core.replication.memberlist import MemberList, known_members
from dfs_core.replication.voters import VoterUpkeep
from dfs_core.replication.workers.absence import Absence
from dfs_core.server.cluster_api import ClusterApi
from dfs_core.server.dispatch import Handler
from dfs_core.server.events import EventBus
from dfs_core.server.layout_api import LayoutApi
from dfs_core.server.removal import Removal
from dfs_core.server.status import NodeFacts
from dfs_core.transport.peers import Peers


class Membership:
    """The parts that look after the members. Built whole, then run; has no files of its own."""

    def __init__(
        self,
        *,
        identity: Identity,
        secrets: Callable[[], ClusterSecrets],
        consensus: Consensus,
        catalog: CatalogReader,
        members: MemberList,
        peers: Peers,
        issued: Issued,
        facts: NodeFacts,
        events: EventBus,
        held_by: Callable[[NodeId], int],
        only_on: Callable[[NodeId, int], Awaitable[ItemsListed]],
        clock: Clock,
        token: Callable[[int], bytes],
        reload: Callable[[], Awaitable[None]],
    ) -> None:
        """What `issued` does blocks. `held_by(node)`: how many referenced chunks it holds, -1 unknown.

        `only_on(node, limit)`: what would be lost with it (`Auditing.only_on`).
        """
        self._catalog = catalog
        self._removal = Removal(me=facts.node, members=members, only_on=only_on)
        self.admission = Admission(
            identity=identity,
            cluster=facts.cluster,
            secrets=secrets,
            log=consensus,
            known=self._known,
            issued=issued,
            addresses=lambda: facts.advertise,
            token=token,
            reload=reload,
        )
        self.absence = Absence(
            node=facts.node,
            log=consensus,
            peers=peers,
            members=members,
            reports=facts.reports,
            cluster=catalog.cluster,
            clock=clock,
            token=token,
        )
        self.voters = VoterUpkeep(facts.node, consensus, members, clock, reload)
        cluster_api = ClusterApi(consensus=consensus, admission=self.admission, events=events, removal=self._removal)
        layout_api = LayoutApi(
            consensus=consensus,
            catalog=catalog,
            peers=peers,
            facts=facts,
            held_by=held_by,
            events=events,
            token=token,
        )
        self.handlers: dict[type[msgspec.Struct], Handler] = {**cluster_api.handlers, **layout_api.handlers}

    def _known(self) -> MembersKnown:
        layout = self._catalog.layout()
        generation = self._catalog.generation()
        return known_members(
            layout.revision, layout.copies, layout.members, (generation.number, generation.generation_id)
        )
