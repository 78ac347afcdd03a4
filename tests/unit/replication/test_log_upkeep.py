"""A log is cut off when it is long, only below what the catalog holds durably, and a tail stays."""

from __future__ import annotations

import asyncio

from dfs_core.clock import SystemClock
from dfs_core.replication.log_upkeep import LogUpkeep

from .conftest import Seat
from .test_consensus import commit, leader_of

KEPT_BYTES = 4000


def upkeep_of(seat: Seat) -> LogUpkeep:
    return LogUpkeep(
        consensus=seat.consensus,
        log=seat.log,
        applier=seat.applier,
        source=seat.source,
        clock=SystemClock(),
        bytes_kept=KEPT_BYTES,
    )


async def store(seat: Seat, first: int, count: int) -> None:
    for number in range(first, first + count):
        await seat.consensus.propose(commit(number, f"key{number % 10}"))


async def test_a_short_log_is_left_alone(seats: list[Seat]) -> None:
    await store(seats[0], 1, 3)
    assert not await upkeep_of(seats[0]).step()
    assert seats[0].log.first_index == 1


async def test_a_log_does_not_grow_beyond_twice_what_is_kept(seats: list[Seat]) -> None:
    seat = await leader_of(seats)
    upkeep, largest = upkeep_of(seat), 0
    for first in range(1, 200, 20):
        await store(seat, first, 20)
        largest = max(largest, seat.log.size_bytes)
        await upkeep.step()
        assert seat.log.size_bytes <= 2 * KEPT_BYTES
    assert seat.log.first_index > 50
    assert largest < 4 * KEPT_BYTES
    tail = seat.log.read(seat.log.first_index, seat.consensus.last_index, 10**9)
    assert sum(entry.size_bytes for entry in tail) > KEPT_BYTES // 2, "a tail stays"


async def test_who_was_away_for_less_than_the_tail_needs_no_snapshot(seats: list[Seat]) -> None:
    leader = await leader_of(seats)
    away = next(seat for seat in seats if seat is not leader)
    await store(leader, 1, 60)
    rest = [seat for seat in seats if seat is not away]
    away.peers.cut = {seat.peers.me for seat in rest}
    await store(leader, 100, 3)
    for seat in rest:
        assert await upkeep_of(seat).step() or seat.log.size_bytes <= 2 * KEPT_BYTES
    away.peers.cut = set()
    async with asyncio.timeout(10):
        while away.consensus.applied_index < leader.consensus.applied_index:
            await asyncio.sleep(0.01)
    assert not away.peers.pages


async def test_nothing_goes_that_the_catalog_could_lose(seats: list[Seat]) -> None:
    seat = await leader_of(seats)
    with seat.catalog._borrowed() as connection:  # a question that holds the checkpoint back
        connection.execute("SELECT count(*) FROM current").fetchone()
        await store(seat, 1, 100)
        assert not await upkeep_of(seat).step()
        assert seat.log.first_index == 1
    assert await upkeep_of(seat).step()
    assert seat.log.first_index > 1
