from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from dfs_core.catalog.change import Applied
from dfs_core.encoding.commands import Outcome, Remove, decode_command
from dfs_core.encoding.message import Message
from dfs_core.encoding.peer_messages import Propose, Proposed
from dfs_core.errors import DfsError, NoMajority, NotLeader, OutcomeUnknown, PeerTimeout, StaleLayout
from dfs_core.limits import ENTRY_BYTES_MAX, ENTRY_COMMANDS_MAX
from dfs_core.model.ids import NodeId
from dfs_core.replication import proposals as proposals_module
from dfs_core.replication.proposals import COMMAND_OVERHEAD_BYTES, RESUBMIT_S, Proposals
from dfs_core.testing.clock import ManualClock

ME, LEADER = NodeId(b"m" * 32), NodeId(b"l" * 32)


def command(number: int, size: int = 1) -> Remove:
    return Remove(number.to_bytes(16, "big"), "k" * size, 0)


class World:
    """A log whose leader takes proposals as it is told to, and a node that hands over to it."""

    def __init__(self) -> None:
        self.leads = False
        self.leader: NodeId | None = LEADER
        self.majority = True
        self.answer: DfsError | None = None
        self.handed: list[list[bytes]] = []  # each time, which commands
        self.taken = asyncio.Event()
        self.clock = ManualClock()
        self.proposals = Proposals(self, self, self.clock)  # type: ignore[arg-type]

    def majority_alive(self) -> bool:
        return self.majority

    def missing_voters(self) -> list[str]:
        return ["ab" * 32]

    def append(self, commands: list[bytes]) -> Proposed:
        self._take(commands)
        return Proposed(1, 1)

    async def call(self, node: NodeId, request: Message, *, timeout_s: float) -> Message:
        assert node == LEADER and isinstance(request, Propose)
        await asyncio.sleep(0)
        self._take(request.commands)
        return Proposed(1, 1)

    def _take(self, commands: list[bytes]) -> None:
        self.handed.append([decode_command(data).id for data in commands])
        self.taken.set()
        if self.answer is not None:
            raise self.answer

    def propose(self, number: int, *, timeout_s: float = 10.0, size: int = 1) -> asyncio.Task[Outcome]:
        return asyncio.create_task(self.proposals.propose(command(number, size), timeout_s=timeout_s))

    async def handed_over(self, count: int) -> None:
        """Return once proposals were handed over so often."""
        async with asyncio.timeout(10):
            while len(self.handed) < count:
                self.taken.clear()
                await self.taken.wait()

    def apply(self, *numbers: int) -> None:
        """The log has decided these."""
        self.proposals.applied([Applied(1, command(number).id, Outcome(version=number)) for number in numbers])


@pytest.fixture
async def world() -> AsyncIterator[World]:
    made = World()
    running = asyncio.create_task(made.proposals.run())
    yield made
    running.cancel()
    await asyncio.wait({running})
    assert running.cancelled(), "the submitter goes on whatever it is answered"


async def test_a_proposer_waits_until_its_command_is_applied_here(world: World) -> None:
    waiting = world.propose(1)
    await world.handed_over(1)
    assert not waiting.done()
    world.apply(1)
    assert (await waiting).version == 1


@pytest.mark.parametrize("leads", [True, False])
async def test_all_that_wait_travel_together(world: World, leads: bool) -> None:
    world.leads = leads
    waiting = [world.propose(number) for number in range(50)]
    await world.handed_over(1)
    world.apply(*range(50))
    assert [outcome.version for outcome in await asyncio.gather(*waiting)] == list(range(50))
    assert world.handed == [[command(number).id for number in range(50)]]


async def test_more_than_an_entry_holds_travels_in_several(world: World) -> None:
    waiting = [world.propose(number) for number in range(ENTRY_COMMANDS_MAX + 1)]
    await world.handed_over(2)
    assert [len(commands) for commands in world.handed] == [ENTRY_COMMANDS_MAX, 1]
    world.apply(*range(ENTRY_COMMANDS_MAX + 1))
    await asyncio.gather(*waiting)


async def test_large_commands_share_an_entry_only_as_far_as_it_goes(world: World) -> None:
    third = ENTRY_BYTES_MAX // 3 + COMMAND_OVERHEAD_BYTES
    waiting = [world.propose(number, size=third) for number in range(5)]
    await world.handed_over(3)
    assert [len(commands) for commands in world.handed] == [2, 2, 1]
    world.apply(*range(5))
    await asyncio.gather(*waiting)


@pytest.mark.parametrize("refusal", [NotLeader(), StaleLayout("read further first")])
async def test_what_a_leader_did_not_take_is_offered_again_and_counts_as_not_handed_over(
    world: World, refusal: DfsError
) -> None:
    world.answer = refusal
    with pytest.raises(NoMajority) as caught:
        await world.propose(1, timeout_s=0.15)
    assert caught.value.missing == ["ab" * 32]
    assert len(world.handed) >= 2
    world.answer = None
    waiting = world.propose(2)
    await world.handed_over(len(world.handed) + 1)
    world.apply(2)
    assert (await waiting).version == 2


async def test_after_a_lost_link_the_fate_is_open(world: World) -> None:
    world.answer = PeerTimeout(str(LEADER), "late")
    with pytest.raises(OutcomeUnknown) as caught:
        await world.propose(1, timeout_s=0.15)
    assert caught.value.command == command(1).id.hex()


async def test_what_was_once_perhaps_taken_stays_open_although_the_next_leader_says_no(world: World) -> None:
    world.answer = PeerTimeout(str(LEADER), "late")
    waiting = world.propose(1, timeout_s=0.3)
    await world.handed_over(1)
    world.answer = NotLeader()
    await world.handed_over(2)
    with pytest.raises(OutcomeUnknown):
        await waiting


@pytest.mark.parametrize("lacks", ["a leader", "a majority"])
async def test_without_a_leader_or_a_majority_nothing_is_handed_over(world: World, lacks: str) -> None:
    world.leader, world.majority = (None, True) if lacks == "a leader" else (LEADER, False)
    with pytest.raises(NoMajority):
        await world.propose(1, timeout_s=0.1)
    assert world.handed == []


async def test_a_new_leader_gets_what_waited_for_one(world: World) -> None:
    world.leader = None
    waiting = world.propose(1)
    await asyncio.sleep(0)
    world.leader = LEADER
    world.proposals.leadership_moved()
    await world.handed_over(1)
    world.apply(1)
    await waiting


async def test_what_is_not_applied_in_time_is_handed_over_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proposals_module, "RESUBMIT_S", 0.02)
    waiting = world.propose(1)
    await world.handed_over(1)
    world.clock.advance(RESUBMIT_S)
    world.propose(2).add_done_callback(lambda done: done.exception())  # wakes the submitter
    await world.handed_over(2)
    assert command(1).id in world.handed[1]
    world.apply(1, 2)
    assert (await waiting).version == 1


async def test_who_stopped_waiting_is_not_handed_over(world: World) -> None:
    world.leader = None
    gone, stays = world.propose(1), world.propose(2)
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.wait({gone})
    world.leader = LEADER
    world.proposals.leadership_moved()
    await world.handed_over(1)
    assert world.handed == [[command(2).id]]
    world.apply(2)
    await stays


async def test_one_command_of_two_callers_is_handed_over_once_and_answers_both(world: World) -> None:
    first, second = world.propose(1), world.propose(1)
    await world.handed_over(1)
    world.apply(1)
    assert [outcome.version for outcome in await asyncio.gather(first, second)] == [1, 1]
    assert world.handed == [[command(1).id]]


async def test_the_outcome_of_a_stranger_wakes_nobody(world: World) -> None:
    waiting = world.propose(1)
    await world.handed_over(1)
    world.apply(7)
    await asyncio.sleep(0)
    assert not waiting.done()
    world.apply(1)
    world.apply(1)
    await waiting


async def test_too_many_proposals_wait_for_room_and_then_for_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proposals_module, "PROPOSALS_PENDING_MAX", 1)
    first = world.propose(1)
    await world.handed_over(1)
    late, patient = world.propose(2, timeout_s=1.0), world.propose(3, timeout_s=100.0)
    await world.clock.sleeping(2)
    world.clock.advance(1.0)
    with pytest.raises(NoMajority, match="too many"):
        await late
    world.apply(1)
    await first
    await world.clock.sleeping()
    world.clock.advance(1.0)
    await world.handed_over(2)
    world.apply(3)
    assert (await patient).version == 3
