"""What clients may ask of collecting, and how far all nodes are that count."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest

from dfs_core.encoding.collect_messages import CollectNow, CollectReported, PendingFree
from dfs_core.encoding.commands import AnyCommand, Outcome, SetSetting
from dfs_core.encoding.peer_messages import NodeReport
from dfs_core.limits import CHUNK_BYTES_MIN
from dfs_core.model.ids import Address, NodeId
from dfs_core.replication.consensus import Consensus
from dfs_core.replication.memberlist import MemberList, known_members
from dfs_core.server.collecting import Collecting
from dfs_core.server.events import EventBus
from dfs_core.server.status import NodeFacts
from dfs_core.testing.clock import ManualClock
from dfs_core.transport.exchange import Exchange

from ..replication.chunk_world import node_id
from ..replication.file_world import Files
from .exchanges import FakeExchange

SEALED = CHUNK_BYTES_MIN + 16


class Facts:
    """What collecting needs of a node's facts."""

    def __init__(self) -> None:
        self.node = node_id(1)
        self.reports: dict[NodeId, NodeReport] = {}


class Bench:
    """A full node's collecting over a log of one voice."""

    leads = True

    def __init__(self, folder: Path) -> None:
        self.files = Files(folder)
        world = self.files.world
        self.facts, self.why_not = Facts(), ""
        self.members = MemberList(known_members(1, 3, world.layout.members))
        self.collecting = Collecting(
            consensus=cast(Consensus, self),
            catalog=self.files.catalog,
            fence=world.fence,
            members=self.members,
            facts=cast(NodeFacts, self.facts),
            events=EventBus(ManualClock()),
            forbidden=lambda: self.why_not,
            clock=ManualClock(),
            token=os.urandom,
        )

    async def propose(self, command: AnyCommand) -> Outcome:
        return await self.files.log.propose(command)

    async def catch_up(self) -> bool:
        return True

    async def ask(self, *, dry_run: bool = False) -> CollectReported:
        exchange = FakeExchange(CollectNow(dry_run))
        await self.collecting.handlers[CollectNow](cast(Exchange, exchange))
        (reply,) = exchange.replies
        assert isinstance(reply, CollectReported)
        return reply

    def report(self, number: int, fence: int) -> None:
        values: dict[str, Any] = dict.fromkeys(NodeReport.__struct_fields__, 0)
        self.facts.reports[node_id(number)] = NodeReport(**{**values, "fence": fence})

    async def grace(self, value: int) -> None:
        await self.files.log.propose(SetSetting(os.urandom(16), "grace_ms", value))


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    made = Bench(tmp_path)
    await made.files.found()
    await made.files.store("key", os.urandom(600 * CHUNK_BYTES_MIN))
    await made.files.remover.remove(["key"], purge=True)
    yield made
    await made.files.close()


async def test_a_dry_run_tells_and_condemns_nothing(bench: Bench) -> None:
    assert await bench.ask(dry_run=True) == CollectReported(0, 0, PendingFree(600, 600 * SEALED, 0, 0, next_s=86_400.0))
    await bench.grace(0)
    assert await bench.ask(dry_run=True) == CollectReported(600, 600 * SEALED, PendingFree(600, 600 * SEALED, next_s=0))
    assert bench.files.applier.condemned_at == 0


async def test_all_that_is_due_is_condemned_at_one_request_and_pending_until_every_node_has_deleted_it(
    bench: Bench,
) -> None:
    await bench.grace(0)
    pending = PendingFree(600, 600 * SEALED, 600, 600 * SEALED)
    assert await bench.ask() == CollectReported(600, 600 * SEALED, pending)
    newest = bench.files.applier.condemned_at
    bench.files.world.source.condemn(newest)
    await bench.files.world.fence.step()
    for number in (2, 3):
        assert bench.collecting.pending() == pending
        bench.report(number, newest)
    assert bench.collecting.pending() == PendingFree()


async def test_nothing_is_condemned_while_that_is_forbidden(bench: Bench) -> None:
    await bench.grace(0)
    bench.why_not = "somebody forced a majority"
    reported = await bench.ask()
    assert (reported.off, reported.chunks, reported.pending.condemned_chunks) == (bench.why_not, 600, 0)


async def test_only_nodes_that_are_in_hold_forgetting_up(bench: Bench) -> None:
    bench.files.world.source.condemn(9)
    await bench.files.world.fence.step()
    bench.report(2, 7)
    assert bench.collecting.slowest() == 0, "the third has not said how far it is"
    members = [
        msgspec.structs.replace(record, state="out") if record.node == node_id(3).digest else record
        for record in bench.members.known.members
    ]
    bench.members.offer(msgspec.structs.replace(bench.members.known, revision=2, members=members))
    assert bench.collecting.slowest() == 7


async def test_strays_are_asked_of_whoever_audits(bench: Bench) -> None:
    assert bench.collecting.unknown(9) == ()

    class Audit:
        def unknown(self, limit: int) -> list[tuple[Address, int]]:
            return [(Address(b"s" * 32), 7)][:limit]

    bench.collecting.strays = Audit()
    await bench.grace(0)
    reported = await bench.ask()
    assert reported.chunks == 600
    assert bench.files.catalog.condemned([b"s" * 32])
