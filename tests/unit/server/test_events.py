from __future__ import annotations

import asyncio
import logging

import pytest

from dfs_core.encoding.control_messages import EventRecorded, EventsDropped, PeerConnected
from dfs_core.limits import EVENTS_PENDING_MAX
from dfs_core.server.events import EventBus
from dfs_core.testing.clock import ManualClock


def event(number: int) -> PeerConnected:
    return PeerConnected(str(number), "")


@pytest.fixture
def bus() -> EventBus:
    return EventBus(ManualClock(wall=12.5))


async def test_everybody_who_watches_hears_everything_in_order(bus: EventBus) -> None:
    watchers = [bus.subscribe() for _ in range(3)]
    for number in range(5):
        bus.publish(event(number))
    for watcher in watchers:
        assert [await watcher.next() for _ in range(5)] == [event(number) for number in range(5)]


async def test_who_waits_is_woken(bus: EventBus) -> None:
    watcher = bus.subscribe()
    waiting = asyncio.create_task(watcher.next())
    await asyncio.sleep(0)
    assert not waiting.done()
    bus.publish(event(1))
    assert await waiting == event(1)


async def test_a_watcher_hears_nothing_from_before_it_came_or_after_it_left(bus: EventBus) -> None:
    bus.publish(event(1))
    watcher = bus.subscribe()
    bus.publish(event(2))
    bus.unsubscribe(watcher)
    bus.unsubscribe(watcher)
    bus.publish(event(3))
    assert await watcher.next() == event(2)
    waiting = asyncio.create_task(watcher.next())
    await asyncio.sleep(0)
    assert not waiting.done()
    waiting.cancel()


async def test_a_slow_watcher_loses_the_oldest_is_told_how_many_and_nobody_else_notices(bus: EventBus) -> None:
    slow, quick = bus.subscribe(), bus.subscribe()
    heard = []
    for number in range(EVENTS_PENDING_MAX + 7):
        bus.publish(event(number))
        heard.append(await quick.next())
    assert heard == [event(number) for number in range(EVENTS_PENDING_MAX + 7)]
    assert await slow.next() == EventsDropped(7)
    kept = [await slow.next() for _ in range(EVENTS_PENDING_MAX)]
    assert (kept[0], kept[-1]) == (event(7), event(EVENTS_PENDING_MAX + 6))


async def test_a_watcher_that_catches_up_is_told_of_each_loss_once(bus: EventBus) -> None:
    watcher = bus.subscribe()
    for number in range(EVENTS_PENDING_MAX + 2):
        bus.publish(event(number))
    assert await watcher.next() == EventsDropped(2)
    assert await watcher.next() == event(2)
    bus.publish(event(-1))
    bus.publish(event(-2))
    assert await watcher.next() == EventsDropped(1)
    assert await watcher.next() == event(4)


@pytest.mark.parametrize(
    ("level", "number"), [("info", logging.INFO), ("warning", logging.WARNING), ("error", logging.ERROR)]
)
async def test_a_line_for_people_goes_to_the_log_and_to_whoever_watches(
    bus: EventBus, caplog: pytest.LogCaptureFixture, level: str, number: int
) -> None:
    watcher = bus.subscribe()
    with caplog.at_level(logging.INFO):
        bus.record(level, "100 % is no format")
    assert await watcher.next() == EventRecorded(12_500, level, "100 % is no format")
    assert caplog.record_tuples == [("dfs_core.server.events", number, "100 % is no format")]
