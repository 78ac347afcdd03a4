"""Scrub and repair as clients ask for them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dfs_core.encoding.control_messages import EventRecorded
from dfs_core.encoding.message import Message
from dfs_core.encoding.upkeep_messages import GetScrub, RepairStarted, ScrubStatus, StartRepair, StartScrub
from dfs_core.model.ids import Address
from dfs_core.replication.workers.crew import Crew
from dfs_core.replication.workers.scrub import Scrub
from dfs_core.server.events import EventBus
from dfs_core.server.upkeep_api import UpkeepApi

from ..replication.workers.repairing import Cluster, Neighbours
from .exchanges import FakeExchange


class Desk:
    """The handlers on one of three nodes."""

    def __init__(self, folder: Path) -> None:
        self.cluster = Cluster(folder, nodes=3, copies=3)
        self.here, *self.others = self.cluster.nodes.values()
        self.bus = EventBus(self.cluster.clock)
        self.watcher = self.bus.subscribe()
        self.scrub = Scrub(
            store=self.here.store,
            kept=self.here.state,
            clock=self.cluster.clock,
            period_ms=lambda: 1000,
            damaged_here=self.here.damaged_here,
            passed=lambda bucket, met, end: None,
            note=self.bus.record,
        )
        self.crew = Crew(kept=self.here.state, clock=self.cluster.clock, reported=lambda event: None)
        for worker in (self.here.resync, self.here.rebalance, self.scrub):
            self.crew.add(worker)
        self.api = UpkeepApi(
            node=self.here.node,
            scrub=self.scrub,
            crew=self.crew,
            peers=Neighbours(self.cluster, self.here.node),
            members=self.here.members,
            hurry=self.here.hurry,
            events=self.bus,
        )

    async def ask(self, request: Message) -> Message:
        exchange = FakeExchange(request)
        await self.api.handlers[type(request)](exchange.real)
        (reply,) = exchange.replies
        return reply


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    made = Desk(tmp_path)
    yield made
    await made.cluster.close()


async def test_a_scrub_is_shown_and_started(desk: Desk) -> None:
    await desk.here.store.put(Address.of(b"tea"), b"tea")
    shown = await desk.ask(GetScrub())
    assert isinstance(shown, ScrubStatus)
    assert (shown.hurried, shown.tours, shown.total) == (False, 0, 1)
    begun = await desk.ask(StartScrub())
    assert isinstance(begun, ScrubStatus) and begun.hurried
    event = await desk.watcher.next()
    assert isinstance(event, EventRecorded) and "1 chunks" in event.text
    while await desk.scrub.step():
        pass
    ended = await desk.ask(GetScrub())
    assert isinstance(ended, ScrubStatus) and (ended.tours, ended.last_checked) == (1, 1)


async def test_repair_hurries_every_node_and_shows_the_workers_here(desk: Desk) -> None:
    started = await desk.ask(StartRepair())
    assert isinstance(started, RepairStarted)
    assert [node.hurried for node in desk.cluster.nodes.values()] == [1, 1, 1]
    assert started.hurried == [str(node) for node in desk.cluster.nodes]
    assert started.silent == []
    assert [worker.name for worker in started.workers] == ["resync", "rebalance"]


async def test_a_node_that_does_not_answer_is_named_and_holds_nothing_up(desk: Desk) -> None:
    desk.cluster.down.add(desk.others[0].node)
    started = await desk.ask(StartRepair())
    assert isinstance(started, RepairStarted)
    assert started.silent == [str(desk.others[0].node)]
    assert desk.others[1].hurried == 1


async def test_a_removed_node_is_not_asked(desk: Desk) -> None:
    desk.cluster.set_state(desk.others[0], "removed")
    started = await desk.ask(StartRepair())
    assert isinstance(started, RepairStarted)
    assert (len(started.hurried), started.silent) == (2, [])
