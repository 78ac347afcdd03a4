"""When a snapshot is due, who signs it, and when an old one may go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from dfs_core.catalog.facts import ClusterFacts, GenerationFacts, KeptSnapshot
from dfs_core.catalog.query import CatalogReader
from dfs_core.crypto.identity import Identity
from dfs_core.crypto.snapshot import SnapshotPointer
from dfs_core.encoding.commands import AnyCommand, DropSnapshot, Outcome
from dfs_core.encoding.peer_messages import MemberRecord, MembersKnown
from dfs_core.limits import SNAPSHOTS_KEPT
from dfs_core.model.ids import ClusterId, NodeId
from dfs_core.replication.memberlist import MemberList
from dfs_core.replication.workers.snapshots import FIRST_AFTER_MS, SnapshotUpkeep
from dfs_core.testing.clock import ManualClock

DAY_MS = 86_400_000
ME = Identity.from_seed(b"m" * 32)
CLUSTER = ClusterId(b"c" * 16)
FULL, VAULT, AWAY, OPERATOR = (NodeId(bytes([number]) * 32) for number in range(1, 5))


def record(node: NodeId, role: str, state: str = "joined") -> MemberRecord:
    return MemberRecord(node.digest, b"certificate", role, "", 10**9, state, [])


def snapshot(number: int, log_ms: int = 0) -> KeptSnapshot:
    return KeptSnapshot(number, 10 * number, 1, bytes(16), bytes([number]) * 32, 300, 70_000, 10 * number + 1, log_ms)


@dataclass
class Bench:
    """A catalog, a log and peers of a few attributes."""

    leads: bool = True
    kept: list[KeptSnapshot] = field(default_factory=list)
    log_ms: int = 0
    settings: Mapping[str, int] = field(default_factory=lambda: {"snapshot_ms": DAY_MS})
    epochs: list[object] = field(default_factory=lambda: [object()])
    proposed: list[AnyCommand] = field(default_factory=list)
    signed: dict[tuple[int, int, int], SnapshotPointer] = field(default_factory=dict)
    newest_of: dict[NodeId, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        records = [record(FULL, "full"), record(VAULT, "vault"), record(AWAY, "vault"), record(OPERATOR, "operator")]
        self.members = MemberList(MembersKnown(1, 3, records))
        self.upkeep = SnapshotUpkeep(
            identity=ME,
            cluster=CLUSTER,
            log=self,
            catalog=cast(CatalogReader, self),
            maker=self,
            book=self,
            members=self.members,
            known=lambda node: self.newest_of.get(node, 0),
            clock=ManualClock(),
            token=bytes,
        )

    def cluster(self) -> ClusterFacts:
        return ClusterFacts(CLUSTER.digest, FULL.digest, 1, 3, 1 << 20, self.settings, self.log_ms)

    def generation(self) -> GenerationFacts:
        return GenerationFacts()

    def secret_epochs(self) -> list[object]:
        return self.epochs

    def snapshots(self) -> list[KeptSnapshot]:
        return self.kept

    async def take(self) -> KeptSnapshot:
        self.kept.append(snapshot(len(self.kept) + 1, self.log_ms))
        return self.kept[-1]

    async def propose(self, command: AnyCommand) -> Outcome:
        self.proposed.append(command)
        return Outcome()

    def lacks(self, rank: tuple[int, int, int]) -> bool:
        return rank not in self.signed

    def add(self, pointer: SnapshotPointer) -> None:
        self.signed[pointer.rank] = SnapshotPointer.decode(pointer.encode())


async def test_a_young_cluster_has_its_first_snapshot_soon_and_then_one_a_day() -> None:
    bench = Bench()
    assert not await bench.upkeep.step()
    bench.log_ms = FIRST_AFTER_MS
    assert await bench.upkeep.step()
    assert not await bench.upkeep.step()
    bench.log_ms += DAY_MS - 1
    assert not await bench.upkeep.step()
    bench.log_ms += 1
    assert await bench.upkeep.step()
    assert [each.number for each in bench.kept] == [1, 2]
    assert bench.upkeep.figures.done == 2


async def test_the_period_is_a_setting() -> None:
    bench = Bench(settings={"snapshot_ms": 5_000}, log_ms=5_000)
    assert await bench.upkeep.step()
    bench.log_ms = 10_000
    assert await bench.upkeep.step()


async def test_who_does_not_lead_does_nothing() -> None:
    bench = Bench(leads=False, log_ms=DAY_MS, kept=[snapshot(number) for number in range(1, 20)])
    assert not await bench.upkeep.step()
    assert (len(bench.kept), bench.signed, bench.proposed) == (19, {}, [])


async def test_without_a_secret_epoch_in_the_log_there_is_nothing_to_seal_under() -> None:
    bench = Bench(log_ms=DAY_MS, epochs=[])
    assert not await bench.upkeep.step()
    assert bench.kept == []


async def test_each_kept_snapshot_has_a_pointer_signed_by_whoever_leads() -> None:
    bench = Bench(kept=[snapshot(1), snapshot(2)])
    await bench.upkeep.step()
    assert [pointer.number for pointer in bench.signed.values()] == [1, 2]
    assert {pointer.node for pointer in bench.signed.values()} == {ME.node_id}
    assert {pointer.cluster for pointer in bench.signed.values()} == {CLUSTER}
    await bench.upkeep.take()
    assert max(bench.signed) == (0, 1, 3)


@pytest.fixture
def many() -> Bench:
    """One snapshot more than is kept, known to all."""
    newest = SNAPSHOTS_KEPT + 1
    bench = Bench(kept=[snapshot(number) for number in range(1, newest + 1)])
    bench.newest_of = {FULL: newest, VAULT: newest, AWAY: newest}
    return bench


async def test_the_oldest_goes_once_every_node_leads_to_a_newer_one(many: Bench) -> None:
    assert await many.upkeep.step()
    (command,) = many.proposed
    assert isinstance(command, DropSnapshot)
    assert command.number == 1


@pytest.mark.parametrize("newest", [0, 1])
async def test_it_stays_while_a_node_is_away_or_leads_to_nothing_newer(many: Bench, newest: int) -> None:
    many.newest_of[AWAY] = newest
    assert not await many.upkeep.step()
    assert many.proposed == []


async def test_a_node_that_is_out_holds_nothing_up(many: Bench) -> None:
    many.newest_of[AWAY] = 0
    out = [replace_state(each, "out") if each.node == AWAY.digest else each for each in many.members.known.members]
    many.members.offer(MembersKnown(2, 3, out))
    assert await many.upkeep.step()


def replace_state(record: Any, state: str) -> MemberRecord:
    return MemberRecord(**{**{name: getattr(record, name) for name in record.__struct_fields__}, "state": state})


async def test_no_more_than_the_kept_few_are_signed(many: Bench) -> None:
    await many.upkeep.step()
    assert [pointer.number for pointer in many.signed.values()] == list(range(2, SNAPSHOTS_KEPT + 2))
