from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from dfs_core.encoding.commands import Commit, Remove, encode_command
from dfs_core.encoding.peer_messages import Propose
from dfs_core.errors import NoMajority, NotLeader, OutcomeUnknown, RemoteProtocolError, StaleLayout, StoreFull
from dfs_core.replication import consensus

from .conftest import Seat, node_id, open_seats


def commit(number: int, key: str) -> Commit:
    """A small store: its file is in the sealed head."""
    version_id = number.to_bytes(16, "big")
    return Commit(version_id, version_id, key, 3, 0, 0o644, b"t" * 32, b"head", [], 0, 0, node_id(1).digest, 0)


async def leader_of(seats: list[Seat]) -> Seat:
    async with asyncio.timeout(10):
        while True:
            for seat in seats:
                if seat.consensus.leads and seat.peers.alive():
                    return seat
            await asyncio.sleep(0.01)


async def test_a_proposal_on_any_seat_is_applied_there_when_it_returns(seats: list[Seat]) -> None:
    for number, seat in enumerate(seats, 1):
        outcome = await seat.consensus.propose(commit(number, f"key{number}"))
        assert outcome.version == number
        assert seat.catalog.current(f"key{number}") is not None


async def test_many_proposals_at_once_share_entries(seats: list[Seat]) -> None:
    seat = seats[1]
    await seat.consensus.propose(commit(1, "first"))
    before = seat.consensus.commit_index
    await asyncio.gather(*(seat.consensus.propose(commit(number, f"k{number}")) for number in range(2, 302)))
    assert seat.catalog.counts().keys == 301
    assert seat.consensus.commit_index - before < 100


async def test_a_command_proposed_twice_is_applied_once(seats: list[Seat]) -> None:
    first = await seats[0].consensus.propose(commit(7, "once"))
    again = await seats[2].consensus.propose(commit(7, "once"))
    assert first.version == again.version
    assert seats[2].catalog.counts().versions == 1


async def test_a_lost_leader_is_replaced_and_proposals_go_on(seats: list[Seat]) -> None:
    await seats[0].consensus.propose(commit(1, "before"))
    lost = await leader_of(seats)
    rest = [seat for seat in seats if seat is not lost]
    lost.peers.cut = {seat.peers.me for seat in rest}
    outcome = await rest[0].consensus.propose(commit(2, "after"))
    assert outcome.version == 2
    with pytest.raises(NoMajority) as caught:
        await lost.consensus.propose(commit(3, "never"), timeout_s=0.5)
    assert caught.value.missing == [str(seat.peers.me) for seat in rest]
    lost.peers.cut = set()
    assert await lost.consensus.catch_up(leader_wait_s=5)
    assert lost.catalog.current("after") is not None
    assert lost.catalog.current("never") is None


async def test_without_a_leader_a_read_is_stale_and_says_so(seats: list[Seat]) -> None:
    await seats[0].consensus.propose(commit(1, "key"))
    for seat in seats[1:]:
        seat.peers.cut = {other.peers.me for other in seats}
    async with asyncio.timeout(10):
        while await seats[0].consensus.catch_up(leader_wait_s=0.05):
            await asyncio.sleep(0.01)
    assert seats[0].catalog.current("key") is not None


async def test_a_read_sees_what_another_seat_was_told_is_stored(seats: list[Seat]) -> None:
    for number in range(1, 30):
        writer, reader = seats[number % 3], seats[(number + 1) % 3]
        await writer.consensus.propose(commit(number, f"key{number}"))
        assert await reader.consensus.catch_up(leader_wait_s=5)
        assert reader.catalog.current(f"key{number}") is not None


async def test_settling_an_unknown_command_makes_it_void_for_ever(seats: list[Seat]) -> None:
    late = commit(9, "late")
    settled = await seats[0].consensus.settle(late.id, b"s" * 16)
    assert settled.reason == "void"
    assert (await seats[1].consensus.propose(late)).reason == "void"
    assert seats[1].catalog.current("late") is None


async def test_settling_an_applied_command_tells_its_version(seats: list[Seat]) -> None:
    stored = await seats[0].consensus.propose(commit(4, "kept"))
    settled = await seats[2].consensus.settle((4).to_bytes(16, "big"), b"s" * 16)
    assert (settled.reason, settled.version) == ("", stored.version)


async def test_a_leader_that_says_no_for_now_is_asked_again_and_ends_no_node(seats: list[Seat]) -> None:
    """A lagging leader refuses whoever has read further; that is neither a lost link nor a lost leadership."""
    await seats[0].consensus.propose(commit(1, "before"))
    leader = await leader_of(seats)
    follower = next(seat for seat in seats if seat is not leader)
    follower.peers.answer = StaleLayout("this node has read less than you")
    with pytest.raises(NoMajority):
        await follower.consensus.propose(commit(2, "refused"), timeout_s=0.3)
    assert not await follower.consensus.catch_up(leader_wait_s=0.05)
    follower.peers.answer = None
    assert (await follower.consensus.propose(commit(3, "taken"))).version == 2
    assert follower.catalog.current("refused") is None


async def test_one_caller_giving_up_does_not_end_anothers_wait_for_the_same_command(seats: list[Seat]) -> None:
    await leader_of(seats)
    seat = seats[0]
    seat.peers.cut = {other.peers.me for other in seats[1:]}
    waits = asyncio.create_task(seat.consensus.propose(commit(5, "twice"), timeout_s=10))
    with pytest.raises(OutcomeUnknown):
        await seat.consensus.propose(commit(5, "twice"), timeout_s=0.2)
    cancelled = asyncio.create_task(seat.consensus.propose(commit(5, "twice"), timeout_s=10))
    await asyncio.sleep(0)
    cancelled.cancel()
    await asyncio.wait({cancelled})
    seat.peers.cut = set()
    assert (await waits).version == 1


async def test_only_the_leader_takes_proposals_and_only_commands(seats: list[Seat]) -> None:
    leader = await leader_of(seats)
    follower = next(seat for seat in seats if seat is not leader)
    with pytest.raises(NotLeader):
        follower.consensus.accept(Propose([_encoded()]))
    with pytest.raises(RemoteProtocolError):
        leader.consensus.accept(Propose([b"\xff\xff"]))
    with pytest.raises(RemoteProtocolError):
        leader.consensus.accept(Propose([]))


def _encoded() -> bytes:
    return encode_command(Remove(b"r" * 16, "key", 0))


async def test_everything_acknowledged_is_there_after_all_stop_and_start(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        seats = await open_seats(tmp_path, 3, stack)
        for number in range(1, 20):
            await seats[number % 3].consensus.propose(commit(number, f"key{number}"))
    async with AsyncExitStack() as stack:
        seats = await open_seats(tmp_path, 3, stack)
        for seat in seats:
            assert await seat.consensus.catch_up(leader_wait_s=5)
            assert seat.catalog.counts().keys == 19


async def test_a_leader_whose_disk_is_full_lets_another_lead_and_follows_when_it_has_room(
    seats: list[Seat], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consensus, "FULL_WAIT_S", 0.01)
    await seats[0].consensus.propose(commit(1, "before"))
    full = await leader_of(seats)
    others = [seat for seat in seats if seat is not full]
    save, room = full.consensus._log.save, asyncio.Event()

    def save_if_there_is_room(*what: Any) -> None:
        if not room.is_set():
            raise StoreFull("the disk is full")
        save(*what)

    monkeypatch.setattr(full.consensus._log, "save", save_if_there_is_room)
    assert (await others[0].consensus.propose(commit(2, "meanwhile"))).version == 2
    async with asyncio.timeout(10):
        while not any(seat.consensus.leads for seat in others):
            await asyncio.sleep(0.01)
    assert (await others[1].consensus.propose(commit(3, "led by another"))).version == 3
    assert full.catalog.current("led by another") is None
    room.set()
    async with asyncio.timeout(10):
        while full.catalog.current("led by another") is None:
            await asyncio.sleep(0.01)


async def test_a_catalog_that_has_no_room_is_written_when_there_is_some(
    seats: list[Seat], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consensus, "FULL_WAIT_S", 0.01)
    await seats[0].consensus.propose(commit(1, "before"))
    seat = next(seat for seat in seats if not seat.consensus.leads)
    apply, tries = seat.consensus._applier.apply, iter((True, True))

    def apply_at_the_third_try(entries: Any) -> Any:
        if next(tries, False):
            raise StoreFull("the disk is full")
        return apply(entries)

    monkeypatch.setattr(seat.consensus._applier, "apply", apply_at_the_third_try)
    assert (await seat.consensus.propose(commit(2, "after"))).version == 2
    assert seat.catalog.current("after") is not None
