from __future__ import annotations

import asyncio

import msgspec
import pytest

from dfs_core.encoding.control_messages import (
    CancelTransfer,
    EventsDropped,
    GetStatus,
    ListPeers,
    NodeStatus,
    PeerLost,
    PeersListed,
    StatusReported,
    Watch,
    WatchStarted,
)
from dfs_core.encoding.message import Done
from dfs_core.errors import NotFound
from dfs_core.limits import EVENTS_PENDING_MAX
from dfs_core.server.events import EventBus
from dfs_core.server.status_api import WATCH_INTERVAL_S_MIN, StatusApi, settled
from dfs_core.server.transfers import Transfers
from dfs_core.testing.clock import ManualClock

from .exchanges import FakeExchange
from .test_status import Bench


class Desk:
    """The handlers over a node whose status can be asked for."""

    def __init__(self) -> None:
        self.bench = Bench()
        self.bus = EventBus(ManualClock())
        self.transfers = Transfers(ManualClock(), self.bus)
        self.asked = 0
        self.api = StatusApi(status=self.status, events=self.bus, transfers=self.transfers)

    async def status(self) -> NodeStatus:
        self.asked += 1
        return await self.bench.source.status()

    async def ask(self, exchange: FakeExchange) -> FakeExchange:
        await self.api.handlers[type(exchange.request)](exchange.real)
        return exchange

    async def watch(
        self, interval_s: float = 60.0, quiet_s: float = 0.0
    ) -> tuple[FakeExchange, asyncio.Task[FakeExchange]]:
        exchange = FakeExchange(Watch(interval_s, quiet_s))
        task = asyncio.create_task(self.ask(exchange))
        await exchange.until(2)
        return exchange, task


@pytest.fixture
def desk() -> Desk:
    return Desk()


async def looked(desk: Desk, times: int) -> None:
    """The node has looked at its state so many more times."""
    wanted = desk.asked + times
    async with asyncio.timeout(60):
        while desk.asked < wanted:
            await asyncio.sleep(0.01)


async def stop(task: asyncio.Task[FakeExchange]) -> None:
    task.cancel()
    await asyncio.wait({task})


async def test_status_and_peers_are_told(desk: Desk) -> None:
    (status,) = (await desk.ask(FakeExchange(GetStatus()))).replies
    (peers,) = (await desk.ask(FakeExchange(ListPeers()))).replies
    assert isinstance(status, NodeStatus)
    assert peers == PeersListed(status.peers)


async def test_a_transfer_is_cancelled_by_its_id(desk: Desk) -> None:
    working = asyncio.create_task(asyncio.Event().wait())
    transfer = desk.transfers.begin("store", "key", 1)
    transfer.task = working  # type: ignore[assignment]
    assert (await desk.ask(FakeExchange(CancelTransfer(transfer.id)))).replies == [Done()]
    await asyncio.wait({working})
    assert working.cancelled()


async def test_a_transfer_that_is_not_under_way_is_not_found(desk: Desk) -> None:
    with pytest.raises(NotFound, match="nonsense"):
        await desk.ask(FakeExchange(CancelTransfer("nonsense")))


async def test_who_watches_is_told_the_state_first_and_then_what_happens(desk: Desk) -> None:
    exchange, task = await desk.watch()
    assert isinstance(exchange.events[0], WatchStarted)
    assert isinstance(exchange.events[1], StatusReported)
    desk.bus.publish(PeerLost("ab", "gone"))
    await exchange.until(3)
    assert exchange.events[2] == PeerLost("ab", "gone")
    assert exchange.replies == []
    await stop(task)


async def test_nothing_that_happens_between_state_and_watching_is_missed(desk: Desk) -> None:
    """It is subscribed before the state is read."""
    exchange = FakeExchange(Watch(60.0))
    inner = desk.bench.source.status

    async def meanwhile() -> NodeStatus:
        status = await inner()
        desk.bus.publish(PeerLost("ab", "gone"))
        return status

    desk.api = StatusApi(status=meanwhile, events=desk.bus, transfers=desk.transfers)
    task = asyncio.create_task(desk.ask(exchange))
    await exchange.until(3)
    assert exchange.events[2] == PeerLost("ab", "gone")
    await stop(task)


@pytest.mark.parametrize("interval_s", [0.0, -1.0, WATCH_INTERVAL_S_MIN])
async def test_a_quiet_node_reports_its_state_again_and_again(desk: Desk, interval_s: float) -> None:
    exchange, task = await desk.watch(interval_s)
    await exchange.until(4)
    assert {type(event) for event in exchange.events[1:]} == {StatusReported}
    await stop(task)


@pytest.mark.parametrize("interval_s", [float("nan"), 0.0, -5.0, float("-inf")])
async def test_no_interval_makes_a_node_do_nothing_but_report(desk: Desk, interval_s: float) -> None:
    _, task = await desk.watch(interval_s)
    asked = desk.asked
    for _ in range(50):
        await asyncio.sleep(0)
    assert desk.asked <= asked + 2
    await stop(task)


async def test_a_state_that_says_nothing_new_is_left_out_until_the_quiet_is_over(desk: Desk) -> None:
    exchange, task = await desk.watch(WATCH_INTERVAL_S_MIN, quiet_s=60.0)
    await looked(desk, 3)
    assert len(exchange.events) == 2
    desk.bench.facts.stored_bytes += 1
    await exchange.until(3)
    told = exchange.events[2]
    assert isinstance(told, StatusReported)
    assert told.status.stored_bytes == 1
    await stop(task)


async def test_the_quiet_is_over_after_its_time_although_nothing_happened(desk: Desk) -> None:
    exchange, task = await desk.watch(WATCH_INTERVAL_S_MIN, quiet_s=3 * WATCH_INTERVAL_S_MIN)
    await exchange.until(3)
    assert isinstance(exchange.events[2], StatusReported)
    await stop(task)


async def test_what_only_grows_older_says_nothing_new() -> None:
    status = await Bench().source.status()
    older = msgspec.structs.replace(status, up_s=status.up_s + 5, health_age_s=5.0, free=status.free + 1)
    assert settled(older) == settled(status)
    assert settled(msgspec.structs.replace(status, keys=status.keys + 1)) != settled(status)


@pytest.mark.parametrize(("liveness", "news"), [("up", False), ("self", False), ("suspect", True), ("down", True)])
async def test_how_long_ago_a_peer_was_heard_is_news_of_one_that_is_not_up(liveness: str, news: bool) -> None:
    status = await Bench().source.status()

    def heard(seen_s: float) -> NodeStatus:
        peer = msgspec.structs.replace(status.peers[0], liveness=liveness, seen_s=seen_s)
        return settled(msgspec.structs.replace(status, peers=[peer]))

    assert (heard(1.0) != heard(2.0)) is news


async def test_a_flood_of_events_does_not_keep_the_state_from_being_told(desk: Desk) -> None:
    exchange, task = await desk.watch(WATCH_INTERVAL_S_MIN)
    async with asyncio.timeout(10):
        while sum(isinstance(event, StatusReported) for event in exchange.events) < 3:
            desk.bus.publish(PeerLost("ab", "gone"))
            await asyncio.sleep(0.001)
    await stop(task)


async def test_a_watcher_that_was_too_slow_is_told_how_much_it_lost(desk: Desk) -> None:
    exchange, task = await desk.watch()
    for _ in range(EVENTS_PENDING_MAX + 3):
        desk.bus.publish(PeerLost("ab", "gone"))
    await exchange.until(3)
    assert exchange.events[2] == EventsDropped(3)
    await stop(task)


async def test_who_goes_away_is_not_queued_for_any_more(desk: Desk) -> None:
    _, task = await desk.watch()
    await stop(task)
    assert not desk.bus._subscriptions
