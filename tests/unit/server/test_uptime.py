from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from dfs_core.errors import StoreFull
from dfs_core.limits import UPTIME_SAVE_PERIOD_S
from dfs_core.server.uptime import TimedInvitations
from dfs_core.store.state import NodeState
from dfs_core.testing.clock import ManualClock

HASH = b"h" * 32


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(now=1000.0)


@pytest.fixture
def state(tmp_path: Path) -> Iterator[NodeState]:
    made = NodeState(tmp_path / "state.sqlite")
    yield made
    made.close()


@pytest.fixture
def invitations(state: NodeState, clock: ManualClock) -> TimedInvitations:
    return TimedInvitations(state, clock)


def test_an_invitation_lasts_as_long_as_promised_to_the_second(
    invitations: TimedInvitations, clock: ManualClock
) -> None:
    clock.advance(5)
    invitations.tick()
    invitations.issue_invitation(HASH, "vault", 3.0)
    clock.advance(2.9)
    invitations.tick()
    assert invitations.invitation_role(HASH) == "vault"
    clock.advance(0.2)
    invitations.tick()
    assert invitations.invitation_role(HASH) is None


def test_the_wall_clock_opens_and_closes_nothing(invitations: TimedInvitations, clock: ManualClock) -> None:
    invitations.issue_invitation(HASH, "full", 60.0)
    for wall in (0.0, 4e9):
        clock.set_wall(wall)
        invitations.tick()
        assert invitations.invitation_role(HASH) == "full"


async def test_time_that_was_saved_is_not_counted_twice_nor_lost(
    invitations: TimedInvitations, clock: ManualClock
) -> None:
    invitations.issue_invitation(HASH, "full", 2 * UPTIME_SAVE_PERIOD_S + 1)
    running = asyncio.create_task(invitations.run())
    for _ in range(2):
        await clock.sleeping()
        clock.advance(UPTIME_SAVE_PERIOD_S)
        await asyncio.sleep(0)
        invitations.tick()
    await clock.sleeping()
    assert invitations.invitation_role(HASH) == "full"
    clock.advance(1.5)
    invitations.tick()
    assert invitations.invitation_role(HASH) is None
    running.cancel()
    await asyncio.wait({running})


async def test_a_tick_while_time_is_saved_is_not_lost(
    state: NodeState, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    invitations = TimedInvitations(state, clock)
    invitations.issue_invitation(HASH, "full", UPTIME_SAVE_PERIOD_S + 5)
    saving, saved, release = asyncio.Event(), state.pass_time, asyncio.Event()

    async def slowly(function: object, elapsed_s: float) -> None:
        saving.set()
        await release.wait()
        saved(elapsed_s)

    monkeypatch.setattr(asyncio, "to_thread", slowly)
    running = asyncio.create_task(invitations.run())
    await clock.sleeping()
    clock.advance(UPTIME_SAVE_PERIOD_S)
    await saving.wait()
    clock.advance(6)
    invitations.tick()
    release.set()
    await clock.sleeping()
    assert invitations.invitation_role(HASH) is None
    running.cancel()
    await asyncio.wait({running})


async def test_a_full_disk_ends_nobody_and_the_time_is_saved_when_it_has_room(
    state: NodeState, invitations: TimedInvitations, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    invitations.issue_invitation(HASH, "full", 2 * UPTIME_SAVE_PERIOD_S + 1)
    saved: list[float] = []
    full = iter((True,))

    def pass_time(elapsed_s: float) -> None:
        if next(full, False):
            raise StoreFull("the disk is full")
        saved.append(elapsed_s)

    monkeypatch.setattr(state, "pass_time", pass_time)
    running = asyncio.create_task(invitations.run())
    for _ in range(2):
        await clock.sleeping()
        clock.advance(UPTIME_SAVE_PERIOD_S)
    await clock.sleeping()
    assert saved == [2 * UPTIME_SAVE_PERIOD_S]
    running.cancel()
    await asyncio.wait({running})
