from __future__ import annotations

import asyncio

import pytest

from dfs_core.encoding.control_messages import EventsDropped, Transfer, TransferReported
from dfs_core.limits import MIB
from dfs_core.model.ids import NodeId
from dfs_core.server.events import EventBus, Subscription
from dfs_core.server.transfers import ENDED_KEPT, RATE_HORIZON_S, REPORT_INTERVAL_S, Transfers
from dfs_core.testing.clock import ManualClock

ONE, TWO = NodeId(b"\x01" * 32), NodeId(b"\x02" * 32)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(now=100.0)


@pytest.fixture
def bus(clock: ManualClock) -> EventBus:
    return EventBus(clock)


@pytest.fixture
def transfers(clock: ManualClock, bus: EventBus) -> Transfers:
    return Transfers(clock, bus)


async def told(bus: EventBus, watcher: Subscription) -> list[Transfer]:
    """All that the watcher was told of and has not read yet."""
    last = EventsDropped(0)
    bus.publish(last)
    found = []
    while (event := await watcher.next()) is not last:
        assert isinstance(event, TransferReported)
        found.append(event.transfer)
    return found


async def test_a_transfer_is_told_when_it_begins_and_when_it_ends(bus: EventBus, transfers: Transfers) -> None:
    watcher = bus.subscribe()
    transfer = transfers.begin("store", "key", 10)
    transfer.moved(10)
    transfer.end("done")
    began, ended = await told(bus, watcher)
    assert (began.state, began.bytes_done, began.bytes_total) == ("active", 0, 10)
    assert (ended.state, ended.bytes_done, ended.bytes_total) == ("done", 10, 10)
    assert began.id == ended.id


async def test_copies_that_come_when_a_store_is_over_are_told_too(
    bus: EventBus, transfers: Transfers, clock: ManualClock
) -> None:
    watcher = bus.subscribe()
    transfer = transfers.begin("store", "key", 10)
    transfer.moved(10, frozenset((ONE,)))
    transfer.end("done")
    clock.advance(2 * REPORT_INTERVAL_S)
    transfer.moved(0, frozenset((TWO,)), 10)
    *_, ended, later = await told(bus, watcher)
    assert (ended.bytes_done, ended.bytes_copied, ended.copies) == (10, 0, {str(ONE): 1})
    assert (later.state, later.bytes_done, later.bytes_copied) == ("done", 10, 10)
    assert later.copies == {str(ONE): 1, str(TWO): 1}
    assert transfers.listing() == [later], "who asks is told the same"


async def test_the_last_copy_is_told_however_soon_it_comes_after_the_end(bus: EventBus, transfers: Transfers) -> None:
    watcher = bus.subscribe()
    transfer = transfers.begin("store", "key", 10)
    transfer.moved(10, frozenset((ONE,)))
    transfer.end("done")
    transfer.moved(0, frozenset((TWO,)), 10)
    assert (await told(bus, watcher))[-1].bytes_copied == 10


async def test_progress_is_told_at_most_four_times_a_second(
    bus: EventBus, transfers: Transfers, clock: ManualClock
) -> None:
    watcher = bus.subscribe()
    transfer = transfers.begin("store", "key", 1000)
    for _ in range(100):
        clock.advance(REPORT_INTERVAL_S / 10)
        transfer.moved(10)
    told_of = await told(bus, watcher)
    assert 8 <= len(told_of) <= 11
    assert [one.bytes_done for one in told_of] == sorted(one.bytes_done for one in told_of)


async def test_each_acknowledged_chunk_counts_for_its_holders(transfers: Transfers) -> None:
    transfer = transfers.begin("store", "key", 10)
    transfer.moved(5, frozenset({ONE, TWO}))
    transfer.moved(5, frozenset({ONE}))
    assert transfer.facts().copies == {str(ONE): 2, str(TWO): 1}


async def test_a_steady_rate_is_shown_as_it_is(transfers: Transfers, clock: ManualClock) -> None:
    transfer = transfers.begin("retrieve", "key", 100 * MIB)
    for _ in range(20):
        clock.advance(0.5)
        transfer.moved(MIB)
    assert transfer.facts().rate == pytest.approx(2 * MIB)


async def test_the_rate_follows_a_change_within_its_horizon(transfers: Transfers, clock: ManualClock) -> None:
    transfer = transfers.begin("retrieve", "key", 100 * MIB)
    for _ in range(20):
        clock.advance(0.5)
        transfer.moved(MIB)
    for _ in range(int(3 * RATE_HORIZON_S / 0.5)):
        clock.advance(0.5)
        transfer.moved(4 * MIB)
    assert transfer.facts().rate == pytest.approx(8 * MIB, rel=0.1)


async def test_a_transfer_that_stands_still_shows_it(transfers: Transfers, clock: ManualClock) -> None:
    transfer = transfers.begin("retrieve", "key", 100 * MIB)
    for _ in range(4):
        clock.advance(0.5)
        transfer.moved(MIB)
    clock.advance(2)
    assert transfer.facts().rate == pytest.approx(2 * MIB * (1 - 2 / RATE_HORIZON_S))
    clock.advance(RATE_HORIZON_S)
    assert transfer.facts().rate == 0
    transfer.moved(MIB)
    clock.advance(0.5)
    transfer.moved(MIB)
    assert transfer.facts().rate > 0, "and goes on when it does"


async def test_asking_often_does_not_change_the_answer(transfers: Transfers, clock: ManualClock) -> None:
    often, seldom = transfers.begin("store", "a", -1), transfers.begin("store", "b", -1)
    for _ in range(100):
        clock.advance(0.05)
        for transfer in (often, seldom):
            transfer.moved(MIB // 10)
        often.facts()
    assert often.facts().rate == pytest.approx(seldom.facts().rate, rel=0.05)


async def test_what_has_ended_shows_its_mean_rate_and_its_time_stands_still(
    transfers: Transfers, clock: ManualClock
) -> None:
    transfer = transfers.begin("store", "key", 8)
    clock.advance(2)
    transfer.moved(8)
    transfer.end("done")
    clock.advance(100)
    (listed,) = transfers.listing()
    assert (listed.rate, listed.elapsed_s) == (4.0, 2.0)
    assert transfer.facts().elapsed_s == 2.0


async def test_a_stream_of_unknown_length_is_as_long_as_it_was_when_it_has_ended(transfers: Transfers) -> None:
    transfer = transfers.begin("store", "key", -1)
    transfer.moved(7)
    assert transfer.facts().bytes_total == -1
    transfer.end("done")
    assert transfer.facts().bytes_total == 7


async def test_a_failed_transfer_says_why(transfers: Transfers) -> None:
    transfers.begin("store", "key", 1).end("failed", "no majority")
    assert [(one.state, one.error) for one in transfers.listing()] == [("failed", "no majority")]


async def test_those_under_way_come_first_and_the_last_that_ended_are_kept(transfers: Transfers) -> None:
    first, second = transfers.begin("store", "first", 1), transfers.begin("store", "second", 1)
    for number in range(ENDED_KEPT + 5):
        transfers.begin("retrieve", f"ended {number}", 1).end("done")
    keys = [one.key for one in transfers.listing()]
    assert keys[:3] == ["first", "second", f"ended {ENDED_KEPT + 4}"]
    assert len(keys) == 2 + ENDED_KEPT
    first.end("done")
    second.end("done")


async def test_cancelling_by_id_cancels_the_task_that_runs_it(transfers: Transfers) -> None:
    began = asyncio.Event()

    async def work() -> None:
        transfers.begin("store", "key", 1)
        began.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await began.wait()
    (listed,) = transfers.listing()
    assert transfers.cancel(listed.id)
    await asyncio.wait({task})
    assert task.cancelled()


async def test_what_is_not_under_way_cannot_be_cancelled(transfers: Transfers) -> None:
    transfer = transfers.begin("store", "key", 1)
    transfer.end("done")
    assert not transfers.cancel(transfer.id)
    assert not transfers.cancel("nonsense")
