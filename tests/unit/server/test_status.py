from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from dfs_core import __version__
from dfs_core.catalog.query import CatalogReader
from dfs_core.encoding.health_messages import HealthFound, HealthReport, Repair
from dfs_core.encoding.peer_messages import NodeReport, Silence
from dfs_core.model.ids import Address, ClusterId, NodeId
from dfs_core.model.member import Member, Role
from dfs_core.model.raft_messages import Configuration
from dfs_core.replication.consensus import Consensus
from dfs_core.replication.memberlist import MemberList, known_members
from dfs_core.server.agreed import Agreed
from dfs_core.server.config import NodeConfig
from dfs_core.server.events import EventBus
from dfs_core.server.status import NodeFacts, StatusSource
from dfs_core.server.transfers import Transfers
from dfs_core.store.memory import MemoryChunkStore
from dfs_core.testing.clock import ManualClock
from dfs_core.transport.mesh import Mesh
from dfs_core.transport.peer import PeerLink

from ..replication.file_world import Files

ME, OTHER, VAULT, DOOR = (NodeId(bytes([number]) * 32) for number in (1, 2, 3, 4))
GONE = PeerLink("down", 12.0, -1.0, 0, 0, "connection refused", "10.0.0.3:7420")


def member(node: NodeId, role: Role = "full") -> Member:
    return Member(node, b"cert", role, "attic", 1 << 40, "joined", ("10.0.0.9:7420",), 0)


MEMBERS = [member(ME), member(OTHER), member(VAULT, "vault"), member(DOOR, "operator")]


class Neighbours:
    """How this node is connected, set by hand."""

    def __init__(self) -> None:
        self.links = {
            OTHER: PeerLink("up", 0.2, 0.003, 70, 80, "", "10.0.0.9:7420"),
            VAULT: PeerLink("up", 0.1, 0.001, 1, 2, "", "10.0.0.3:7420"),
        }

    def alive(self) -> frozenset[NodeId]:
        return frozenset(node for node, link in self.links.items() if link.state == "up")

    def addresses(self, node: NodeId) -> tuple[str, ...]:
        return ("10.0.0.9:7420",)

    def silences(self) -> dict[NodeId, float]:
        return {node: link.seen_s for node, link in self.links.items() if link.state != "up"}

    def status(self, node: NodeId) -> PeerLink:
        return self.links.get(node, PeerLink("unknown", -1.0, -1.0, 0, 0, "", ""))


class Log:
    """This node's part in the log, set by hand."""

    def __init__(self) -> None:
        self.leader: NodeId | None = OTHER
        self.term, self.durable_term, self.commit_index, self.applied_index = 3, 3, 41, 40
        self.configuration = Configuration.of([ME.digest, OTHER.digest])
        self.majority = True

    def majority_alive(self) -> bool:
        return self.majority


class Bench:
    """A status source over parts that a test sets."""

    def __init__(self, *, role: Role = "full", catalog: CatalogReader | None = None) -> None:
        self.clock = ManualClock(now=1000.0)
        self.mesh, self.log, self.store = Neighbours(), Log(), MemoryChunkStore(capacity_bytes=1000)
        self.facts = NodeFacts(
            node=ME,
            cluster=ClusterId(b"c" * 16),
            role=role,
            boot=7,
            config=NodeConfig(Path("/data")),
            listen="0.0.0.0:7420",
            advertise=("10.0.0.1:7420",),
            control="/data/control",
            pid=99,
            state="ready",
            ready_at=900.0,
        )
        self.members = MemberList(known_members(12, 3, MEMBERS))
        self.transfers = Transfers(self.clock, EventBus(self.clock))
        self.source = StatusSource(
            facts=self.facts,
            clock=self.clock,
            mesh=cast(Mesh, self.mesh),
            members=self.members,
            store=self.store,
            agreed=Agreed(lambda: list(self.facts.reports.values())),
            transfers=self.transfers,
            catalog=catalog,
            consensus=cast(Consensus, self.log) if role == "full" else None,
            seen=lambda: self.seen,
        )
        self.seen = HealthFound(HealthReport(), "HEALTHY", [], -1.0)


@pytest.fixture
def bench() -> Bench:
    return Bench()


# -- the answering node


async def test_the_answering_node_describes_itself(bench: Bench) -> None:
    await bench.store.put(Address.of(b"tea"), b"tea")
    bench.facts.moved(10, 20)
    status = await bench.source.status()
    assert (status.node, status.cluster, status.version) == (str(ME), "63" * 16, __version__)
    assert (status.listen, status.control, status.data_dir, status.pid) == (
        "0.0.0.0:7420",
        "/data/control",
        "/data",
        99,
    )
    assert (status.chunks, status.bytes, status.capacity) == (1, 3, 1000)
    assert (status.stored_bytes, status.served_bytes) == (10, 20)
    assert (status.copies, status.durable_copies) == (3, 2)
    assert status.up_s == 100.0


async def test_a_node_without_a_name_is_called_by_its_short_id(bench: Bench) -> None:
    assert (await bench.source.status()).name == str(ME)[:12]
    bench.facts.config = NodeConfig(Path("/data"), name="attic")
    assert (await bench.source.status()).name == "attic"


async def test_relaxed_durability_is_said_to_people_and_to_peers(bench: Bench) -> None:
    assert ((await bench.source.status()).durability, (await bench.source.report()).durable) == ("durable", True)
    bench.facts.config = NodeConfig(Path("/data"), durability="relaxed")
    assert ((await bench.source.status()).durability, (await bench.source.report()).durable) == ("relaxed", False)


async def test_the_log_is_described_as_this_node_knows_it(bench: Bench) -> None:
    status = await bench.source.status()
    assert (status.leader, status.term, status.commit_index, status.applied_index) == (str(OTHER), 3, 41, 40)
    assert status.voters == [str(ME), str(OTHER)]


async def test_what_the_catalog_counts_is_shown(tmp_path: Path) -> None:
    files = Files(tmp_path)
    await files.found()
    await files.store("a", b"12345")
    await files.store("a", b"123")
    status = await Bench(catalog=files.catalog).source.status()
    assert (status.keys, status.versions, status.logical_bytes) == (1, 2, 3)
    await files.close()


async def test_transfers_under_way_are_part_of_the_status(bench: Bench) -> None:
    bench.transfers.begin("store", "key", 5)
    assert [transfer.key for transfer in (await bench.source.status()).transfers] == ["key"]


# -- health of the cluster


async def test_the_health_is_what_the_board_shows(bench: Bench) -> None:
    report = HealthReport(
        state="DEGRADED",
        copies_found=[0, 0, 4, 9],
        under_chunks=4,
        under_bytes=400,
        absent_chunks=1,
        lost_chunks=2,
        repair=Repair(9, 4, 400, 10.0, 40.0),
    )
    bench.seen = HealthFound(report, "AT RISK", ["no leader"], 2.5)
    status = await bench.source.status()
    assert (status.health, status.reasons, status.health_age_s) == ("AT RISK", ["no leader"], 2.5)
    assert (status.copies_found, status.under_chunks, status.under_bytes) == ([0, 0, 4, 9], 4, 400)
    assert (status.absent_chunks, status.lost_chunks, status.repair) == (1, 2, Repair(9, 4, 400, 10.0, 40.0))


# -- peers


async def test_each_listed_node_is_shown_as_link_and_report_have_it(bench: Bench) -> None:
    bench.mesh.links[VAULT] = GONE
    bench.facts.reports[OTHER] = NodeReport(
        OTHER.digest, 2, "9.9", 55.0, "full", "ready", 39, OTHER.digest, 3, 17, 1700, 5000, 3300
    )
    own, other, vault = (await bench.source.status()).peers
    assert (own.liveness, own.seen_s, own.applied, own.addresses) == ("self", 0.0, 40, ["10.0.0.1:7420"])
    assert (own.voter, own.leader, own.error) == (True, False, "")
    assert (other.liveness, other.seen_s, other.rtt_ms, other.error) == ("up", 0.2, 3.0, "")
    assert (other.chunks, other.bytes, other.free, other.applied, other.version) == (17, 1700, 3300, 39, "9.9")
    assert (other.voter, other.leader, other.zone, other.sent_bytes, other.received_bytes) == (
        True,
        True,
        "attic",
        70,
        80,
    )
    assert (vault.liveness, vault.rtt_ms, vault.voter, vault.error) == ("down", -1.0, False, "connection refused")
    assert (vault.chunks, vault.version, vault.up_s) == (0, "", 0.0)


async def test_operators_and_removed_members_are_no_peers(bench: Bench) -> None:
    removed = [replace(one, state="removed") if one.node == VAULT else one for one in MEMBERS]
    bench.members.offer(known_members(13, 3, removed))
    assert [peer.node for peer in (await bench.source.status()).peers] == [str(ME), str(OTHER)]


async def test_what_is_wrong_with_the_node_itself_is_told_beside_what_all_say_of_the_cluster(bench: Bench) -> None:
    bench.facts.alarms.append(lambda: ["the scrub is late"])
    status = await bench.source.status()
    assert status.alarms == ["the scrub is late"]
    assert "the scrub is late" not in status.reasons


# -- what others are told


async def test_a_report_says_the_same_as_the_status(bench: Bench) -> None:
    bench.facts.damaged, bench.facts.resync_length = 2, 5
    report, status = await bench.source.report(), await bench.source.status()
    assert (report.node, report.boot, report.state, report.role) == (ME.digest, 7, "ready", "full")
    assert (report.applied, report.term, report.leader) == (status.applied_index, status.term, OTHER.digest)
    assert (report.chunks, report.bytes, report.capacity, report.free) == (
        status.chunks,
        status.bytes,
        status.capacity,
        status.free,
    )
    assert (report.damaged, report.resync_length, report.started_s) == (2, 5, 100.0)


async def test_a_report_names_the_members_that_are_not_heard(bench: Bench) -> None:
    assert (await bench.source.report()).silences == []
    bench.mesh.links[VAULT] = GONE
    assert (await bench.source.report()).silences == [Silence(VAULT.digest, 12.0)]


async def test_who_is_up_and_does_not_hear_whom_is_named(bench: Bench) -> None:
    def tells(node: NodeId, *unheard: NodeId) -> NodeReport:
        silences = [Silence(other.digest, 5.0) for other in unheard]
        return NodeReport(node.digest, 2, "", 1.0, "full", "ready", 1, b"", 1, 0, 0, 0, 0, silences=silences)

    bench.facts.reports = {OTHER: tells(OTHER), VAULT: tells(VAULT)}
    assert (await bench.source.status()).gaps == []
    bench.facts.reports[VAULT] = tells(VAULT, OTHER)
    status = await bench.source.status()
    assert len(status.gaps) == 1 and "does not hear" in status.gaps[0]
    assert [peer.unheard_by for peer in status.peers] == [[], [str(VAULT)], []]
    bench.facts.reports[OTHER] = tells(OTHER, VAULT)
    assert [peer.unheard_by for peer in (await bench.source.status()).peers] == [[], [str(VAULT)], [str(OTHER)]]
    bench.mesh.links[VAULT] = GONE
    assert (await bench.source.status()).gaps == [], "it is down: that is said elsewhere"


async def test_a_node_is_as_far_as_its_member_list_whatever_it_has_applied(bench: Bench) -> None:
    """A vault follows no log: it must count as level with a full node that has applied a thousand stores since."""
    assert bench.source.applied == Bench(role="vault").source.applied == 12
    bench.log.applied_index = 1012
    assert bench.source.applied == 12
    assert (await bench.source.report()).applied == 1012


async def test_a_vault_has_no_log_to_show(bench: Bench) -> None:
    vault = Bench(role="vault")
    status, report = await vault.source.status(), await vault.source.report()
    assert (status.leader, status.term, status.voters, status.keys) == ("", 0, [], 0)
    assert (report.leader, report.term) == (b"", 0)
