"""A seat that was away while the log was cut off gets the catalog in pages, while the others go on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from dfs_core.catalog.apply import Applier
from dfs_core.catalog.log import LogStore
from dfs_core.catalog.snapshot import write_snapshot
from dfs_core.errors import PeerUnreachable, StoreError
from dfs_core.model.raft_ready import SnapshotWanted
from dfs_core.replication import snapshot_fetcher, snapshot_source
from dfs_core.replication.snapshot_fetcher import INCOMING_NAME, PART_NAME, finish_incoming

from .conftest import DirectPeers, Seat, open_seats
from .test_consensus import commit, leader_of


async def until(reached: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not reached():
            await asyncio.sleep(0.01)


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (snapshot_source, snapshot_fetcher):
        monkeypatch.setattr(module, "SNAPSHOT_PAGE_BYTES", 4096)
    monkeypatch.setattr(snapshot_fetcher, "RETRY_S", 0.05)


async def follower_of(seats: list[Seat]) -> Seat:
    leader = await leader_of(seats)
    return next(seat for seat in seats if seat is not leader)


async def cut_off_behind(seats: list[Seat], away: Seat) -> None:
    """Store while `away` hears nothing, and cut off every other seat's log."""
    rest = [seat for seat in seats if seat is not away]
    away.peers.cut = {seat.peers.me for seat in rest}
    for number in range(1, 60):
        await rest[0].consensus.propose(commit(number, f"key{number}"))
    for seat in rest:
        await until(lambda seat=seat: seat.consensus.applied_index >= rest[0].consensus.applied_index)  # type: ignore[misc]
        index = seat.applier.checkpoint()
        seat.consensus.compact(index)
        seat.log.cut(index)


async def test_who_was_away_while_the_log_was_cut_off_gets_the_catalog_and_goes_on(seats: list[Seat]) -> None:
    away = await follower_of(seats)
    await cut_off_behind(seats, away)
    away.peers.cut = set()
    rest = next(seat for seat in seats if seat is not away)
    for number in range(100, 120):  # stores go on meanwhile
        await rest.consensus.propose(commit(number, f"key{number}"))
    assert await away.consensus.catch_up(leader_wait_s=10)
    await until(lambda: away.consensus.applied_index >= rest.consensus.applied_index)
    assert away.catalog.counts().keys == 79
    assert away.applier.digest == rest.applier.digest
    assert len(away.peers.pages) > 3
    assert away.log.first_index > 50
    assert (await away.consensus.propose(commit(200, "from here"))).reason == ""


async def test_a_fetch_that_was_interrupted_goes_on_where_it_was(seats: list[Seat], tmp_path: Path) -> None:
    away = await follower_of(seats)
    await cut_off_behind(seats, away)
    fetch_bytes, count = DirectPeers.fetch_bytes, 0

    async def breaking(self: DirectPeers, *arguments: object, **values: object) -> object:
        nonlocal count
        count += 1
        if count % 3 == 0:
            raise PeerUnreachable("x", "the link is lost")
        return await fetch_bytes(self, *arguments, **values)  # type: ignore[arg-type]

    away.peers.fetch_bytes = breaking.__get__(away.peers)  # type: ignore[method-assign]
    away.peers.cut = set()
    await until(lambda: away.catalog.counts().keys == 59)
    offsets = [page.offset for page in away.peers.pages]
    assert offsets == sorted(set(offsets)), "no page came twice"
    home = tmp_path / str(away.peers.me.digest[0])
    await until(lambda: not (home / INCOMING_NAME).exists() and not (home / PART_NAME).exists())


async def test_a_page_that_is_damaged_on_the_way_is_noticed_and_all_is_fetched_again(seats: list[Seat]) -> None:
    away = await follower_of(seats)
    await cut_off_behind(seats, away)
    fetch_bytes, damaged = DirectPeers.fetch_bytes, []

    async def damaging(self: DirectPeers, *arguments: object, **values: object) -> object:
        page, data = await fetch_bytes(self, *arguments, **values)  # type: ignore[arg-type]
        if not damaged:
            damaged.append(page)
            data[100] ^= 1
        return page, data

    away.peers.fetch_bytes = damaging.__get__(away.peers)  # type: ignore[method-assign]
    away.peers.cut = set()
    await until(lambda: away.catalog.counts().keys == 59)
    assert [page.offset for page in away.peers.pages].count(0) == 2


async def test_a_restart_between_catalog_and_log_finishes_what_was_begun(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        seats = await open_seats(tmp_path, 3, stack)
        away = await follower_of(seats)
        await cut_off_behind(seats, away)
        number = away.peers.me.digest[0]
        source = next(seat for seat in seats if seat is not away)
        write_snapshot(tmp_path / str(source.peers.me.digest[0]) / "catalog.sqlite", tmp_path / "snapshot")
    home = tmp_path / str(number)
    for crash in range(3):
        (home / INCOMING_NAME).write_bytes((tmp_path / "snapshot").read_bytes())
        log, applier = LogStore(home / "log.sqlite"), Applier(home / "catalog.sqlite")
        if crash == 0:
            applier.install(home / INCOMING_NAME)  # and then the power goes
            with pytest.raises(StoreError, match="not as it was left"):
                log.load(applier.applied_index)
        finish_incoming(home, log, applier)
        assert log.load(applier.applied_index).first_index == applier.applied_index + 1
        assert not (home / INCOMING_NAME).exists()
        log.close()
        applier.close()
    async with AsyncExitStack() as stack:
        seats = await open_seats(tmp_path, 3, stack)
        assert (await seats[number - 1].consensus.propose(commit(300, "after"))).reason == ""


def test_an_incoming_file_that_is_damaged_is_dropped(tmp_path: Path) -> None:
    (tmp_path / INCOMING_NAME).write_bytes(b"half")
    log, applier = LogStore(tmp_path / "log.sqlite"), Applier(tmp_path / "catalog.sqlite")
    finish_incoming(tmp_path, log, applier)
    assert not (tmp_path / INCOMING_NAME).exists()
    assert (applier.applied_index, log.first_index) == (0, 1)
    log.close()
    applier.close()


async def test_a_snapshot_that_the_core_has_no_use_for_is_dropped(seats: list[Seat], tmp_path: Path) -> None:
    await seats[0].consensus.propose(commit(1, "key"))
    leader = await leader_of(seats)
    seat = await follower_of(seats)
    seat.fetcher.want(SnapshotWanted(leader.peers.me.digest, 1))
    await until(lambda: len(seat.peers.pages) > 1 and seat.peers.pages[-1].offset > 0)
    home = tmp_path / str(seat.peers.me.digest[0])
    await until(lambda: not (home / PART_NAME).exists() and not (home / INCOMING_NAME).exists())
    assert seat.consensus.applied_index >= 2
    assert seat.log.first_index == 1
