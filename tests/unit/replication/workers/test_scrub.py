"""Every chunk is re-read in its time; what is damaged is dealt with at once, what is gone is noticed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from dfs_core.errors import StoreError
from dfs_core.model.bucket import EMPTY, BucketSum
from dfs_core.model.ids import BUCKET_COUNT, Address
from dfs_core.replication.workers import scrub as scrub_module
from dfs_core.replication.workers.scrub import LATE, PAGE, SAVE_S, Scrub
from dfs_core.store.base import Usage
from dfs_core.store.memory import MemoryChunkStore
from dfs_core.testing.clock import ManualClock

PERIOD_S = 1000.0
CHUNKS = [b"chunk %d" % number for number in range(200)]


class Forgetful(MemoryChunkStore):
    """Believes for a while that it holds what somebody took away."""

    believed = 0

    async def usage(self) -> Usage:
        usage = await super().usage()
        return Usage(usage.chunks + self.believed, usage.stored_bytes, usage.capacity_bytes, usage.free_bytes)

    async def recount(self) -> None:
        self.believed = 0


class Bench:
    """The worker over a store in memory, its place in a dictionary; `restart` is the node's."""

    def __init__(self) -> None:
        self.store, self.clock = Forgetful(), ManualClock()
        self.kept: dict[str, bytes] = {}
        self.read: list[Address] = []
        self.damaged: list[Address] = []
        self.passed: dict[int, BucketSum] = {}
        self.notes: list[tuple[str, str]] = []
        for data in CHUNKS:
            self.store.chunks[Address.of(data)] = data
        get = self.store.get

        async def reading(address: Address, *, verify: bool = True) -> bytes:
            self.read.append(address)
            return await get(address, verify=verify)

        self.store.get = reading  # type: ignore[method-assign]
        self.restart()

    def restart(self) -> None:
        self.scrub = Scrub(
            store=self.store,
            kept=self,
            clock=self.clock,
            period_ms=lambda: int(PERIOD_S * 1000),
            damaged_here=self._damaged_here,
            passed=self._passed,
            note=lambda level, text: self.notes.append((level, text)),
        )

    def get(self, name: str) -> bytes | None:
        return self.kept.get(name)

    def put(self, name: str, value: bytes) -> None:
        self.kept[name] = value

    def _passed(self, bucket: int, met: BucketSum, end: int) -> None:
        self.passed.update({bucket: met, **dict.fromkeys(range(bucket + 1, end), EMPTY)})

    async def _damaged_here(self, address: Address, text: str) -> None:
        self.damaged.append(address)
        await self.store.quarantine(address)

    async def work(self) -> int:
        """All that is due; returns how many chunks were read."""
        before = len(self.read)
        while await self.scrub.step():
            pass
        return len(self.read) - before


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    yield Bench()


async def test_a_tour_is_spread_over_its_period_and_reads_every_chunk_once(bench: Bench) -> None:
    read = [await bench.work()]
    for _ in range(10):
        bench.clock.advance(PERIOD_S / 10)
        read.append(await bench.work())
    assert bench.read[: len(CHUNKS)] == sorted(bench.store.chunks)
    assert (await bench.scrub.status()).tours == 1
    assert max(read) < len(CHUNKS) / 10 * 2.5, "no tenth of the time has a quarter of the work"
    assert bench.notes == [("info", "scrub: 200 chunks are checked, 0 were damaged")]


async def test_what_was_checked_longest_ago_is_next_also_after_a_restart(bench: Bench) -> None:
    bench.clock.advance(PERIOD_S / 2)
    half = await bench.work()
    bench.clock.advance(SAVE_S)
    await bench.work()
    seen = len(bench.read)
    bench.restart()
    bench.clock.advance(PERIOD_S / 2)
    await bench.work()
    assert half > 0
    again = set(bench.read[:seen]) & set(bench.read[seen : len(CHUNKS)])
    assert len(again) <= PAGE, "at most what was not saved yet is read again"


async def test_a_restart_takes_the_time_that_has_passed_along(bench: Bench) -> None:
    bench.clock.advance(PERIOD_S / 2)
    await bench.work()
    before = await bench.scrub.status()
    bench.restart()
    after = await bench.scrub.status()
    assert (after.checked, after.elapsed_s) == (before.checked, before.elapsed_s)


async def test_all_at_once_waits_for_no_time_to_pass(bench: Bench) -> None:
    begun = await bench.scrub.start_now()
    assert (begun.hurried, begun.checked, begun.total) == (True, 0, 200)
    assert await bench.scrub.step()
    assert (bench.scrub.figures.waiting, (await bench.scrub.status()).checked) == (200 - PAGE, PAGE)
    await bench.work()
    status = await bench.scrub.status()
    assert (status.tours, status.hurried, status.last_checked, status.last_damaged) == (1, False, 200, 0)
    assert bench.read[:200] == sorted(bench.store.chunks)


async def test_one_that_is_begun_during_another_begins_at_the_first_chunk(bench: Bench) -> None:
    await bench.scrub.start_now()
    await bench.scrub.step()
    step = asyncio.create_task(bench.scrub.step())
    await asyncio.sleep(0)
    await bench.scrub.start_now()
    await step
    bench.read.clear()
    await bench.work()
    assert bench.read[:200] == sorted(bench.store.chunks)


async def test_every_damaged_copy_is_found_reported_and_set_aside_by_one_tour(bench: Bench) -> None:
    bad = sorted(bench.store.chunks)[7::40]
    for address in bad:
        bench.store.chunks[address] = b"rot"
    await bench.scrub.start_now()
    await bench.work()
    status = await bench.scrub.status()
    assert bench.damaged == bad
    assert (status.last_damaged, len(bench.store.quarantined)) == (len(bad), len(bad))
    assert bench.notes[-1] == ("warning", f"scrub: 200 chunks are checked, {len(bad)} were damaged")


async def test_what_the_tour_met_in_each_bucket_is_told_the_empty_ones_too(bench: Bench) -> None:
    await bench.scrub.start_now()
    await bench.work()
    assert sorted(bench.passed) == list(range(BUCKET_COUNT))
    for bucket, met in bench.passed.items():
        expected = EMPTY
        for address in sorted(bench.store.chunks):
            if address.bucket == bucket:
                expected = expected.plus(address.digest)
        assert met == expected


async def test_files_that_somebody_took_away_are_counted_and_told_at_the_end(bench: Bench) -> None:
    for address in sorted(bench.store.chunks)[:3]:
        del bench.store.chunks[address]
    bench.store.believed = 3
    await bench.scrub.start_now()
    await bench.work()
    status = await bench.scrub.status()
    assert (status.missing, status.total, status.last_checked) == (3, 197, 197)
    assert ("error", "scrub: 3 chunk files are gone; what is missing is fetched again") in bench.notes


async def test_a_tour_that_takes_far_too_long_is_an_alarm_also_while_it_is_paused(bench: Bench) -> None:
    await bench.work()
    bench.clock.advance(PERIOD_S * LATE - 1)
    assert bench.scrub.alarm() == []
    bench.clock.advance(2)
    (alarm,) = bench.scrub.alarm()
    assert "late" in alarm
    assert (await bench.scrub.status()).late
    await bench.work()
    assert bench.scrub.alarm() == [], "the next tour has its own time"


async def test_a_node_that_was_off_for_long_is_not_late_for_it(bench: Bench) -> None:
    await bench.work()
    bench.clock.set_wall(bench.clock.wall() + 60 * 86_400)
    bench.restart()
    await bench.work()
    assert bench.scrub.alarm() == []


async def test_a_disk_that_fails_stops_the_tour_where_it_is(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    async def failing(address: Address, *, verify: bool = True) -> bytes:
        raise StoreError("the disk fails")

    await bench.scrub.start_now()
    with monkeypatch.context() as patched:
        patched.setattr(bench.store, "get", failing)
        with pytest.raises(StoreError):
            await bench.scrub.step()
    await bench.work()
    assert bench.read[:200] == sorted(bench.store.chunks)


async def test_waiting_ends_when_somebody_wants_a_tour_and_by_itself(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with asyncio.timeout(10):
        waiting = asyncio.create_task(bench.scrub.wait())
        await bench.scrub.start_now()
        await waiting
        await bench.work()
        monkeypatch.setattr(scrub_module, "LOOK_S", 0.001)
        await bench.scrub.wait()


async def test_an_empty_store_is_no_work(bench: Bench) -> None:
    bench.store.chunks.clear()
    assert await bench.work() == 0
    await bench.scrub.start_now()
    await bench.work()
    assert (await bench.scrub.status()).tours == 1


async def test_a_catalog_that_is_not_what_was_applied_is_an_alarm_until_a_tour_finds_it_sound(bench: Bench) -> None:
    wrong = ["catalog.sqlite does not hold what its digest says"]

    def check() -> None:
        if wrong:
            raise StoreError(wrong[0])

    bench.scrub.follow(check)
    await bench.scrub.start_now()
    await bench.work()
    (alarm,) = bench.scrub.alarm()
    assert wrong[0] in alarm and "move its catalog.sqlite* away" in alarm
    assert [level for level, text in bench.notes if wrong[0] in text] == ["error"]
    wrong.clear()
    await bench.scrub.start_now()
    await bench.work()
    assert bench.scrub.alarm() == []
