from __future__ import annotations

import asyncio
from collections.abc import Iterable
from random import Random
from typing import cast

import msgspec
import pytest

from dfs_core.encoding.peer_messages import MembersKnown
from dfs_core.errors import NotLeader, Refused
from dfs_core.limits import VOTERS_MAX
from dfs_core.model.ids import NodeId
from dfs_core.model.member import Member, Role, State
from dfs_core.model.raft_messages import Configuration
from dfs_core.model.raft_ready import FollowerProgress
from dfs_core.replication.consensus import Consensus
from dfs_core.replication.memberlist import MemberList, known_members
from dfs_core.replication.voters import (
    CAUGHT_UP_ENTRIES,
    HEARD_S,
    VoterUpkeep,
    next_configuration,
    voters_due,
    voters_wanted,
)
from dfs_core.testing.clock import ManualClock

from .conftest import Seat, node_id, record


def raw(number: int) -> bytes:
    return node_id(number).digest


def raws(*numbers: int) -> frozenset[bytes]:
    return frozenset(map(raw, numbers))


def member(number: int, *, zone: str = "", role: Role = "full", state: State = "joined") -> Member:
    return Member(node_id(number), b"cert", role, zone, 1 << 40, state, (), number)


def step(
    voters: Iterable[int],
    members: Iterable[Member],
    ready: Iterable[int],
    *,
    learners: Iterable[int] = (),
    leader: int = 1,
) -> tuple[set[int], set[int]] | None:
    """`next_configuration` in numbers: (voters, learners), or None."""
    now = Configuration.of([raw(number) for number in voters], [raw(number) for number in learners])
    found = next_configuration(now, list(members), raws(*ready), raw(leader))
    if found is None:
        return None
    return {voter[0] for voter in found.voters}, {learner[0] for learner in found.learners}


def test_an_odd_number_votes_but_both_of_two() -> None:
    assert [voters_wanted(count) for count in range(9)] == [0, 1, 2, 3, 3, 5, 5, 5, 5]
    assert voters_wanted(1000) == VOTERS_MAX


def test_a_new_full_node_follows_at_once() -> None:
    assert step([1], [member(1), member(2)], []) == ({1}, {2})


def test_it_votes_once_it_has_caught_up() -> None:
    assert step([1], [member(1), member(2)], [2], learners=[2]) == ({1, 2}, set())


def test_one_voter_is_added_at_a_time() -> None:
    three = [member(1), member(2), member(3)]
    assert step([1], three, [2, 3], learners=[2, 3]) == ({1, 2}, {3})
    assert step([1, 2], three, [2, 3], learners=[3]) == ({1, 2, 3}, set())
    assert step([1, 2, 3], three, [2, 3]) is None


def test_a_fourth_follows_and_with_a_fifth_both_vote() -> None:
    four = [member(number) for number in range(1, 5)]
    assert step([1, 2, 3], four, [2, 3, 4], learners=[4]) is None
    five = [*four, member(5)]
    assert step([1, 2, 3], five, [2, 3, 4, 5], learners=[4, 5]) == ({1, 2, 3, 4}, {5})
    assert step([1, 2, 3, 4], five, [2, 3, 4, 5], learners=[5]) == ({1, 2, 3, 4, 5}, set())


def test_a_zone_without_a_voter_comes_first_then_who_joined_first() -> None:
    members = [member(1, zone="attic"), member(2, zone="attic"), member(3, zone="cellar"), member(4, zone="cellar")]
    assert step([1], members, [2, 3, 4], learners=[2, 3, 4]) == ({1, 3}, {2, 4})
    assert step([1, 3], members, [2, 3, 4], learners=[2, 4]) == ({1, 2, 3}, {4})


def test_vaults_operators_and_the_removed_never_vote_nor_follow() -> None:
    others = [member(2, role="vault"), member(3, role="operator"), member(4, state="removed")]
    assert step([1], [member(1), *others], [2, 3, 4]) is None


def test_a_removed_voter_loses_its_seat_before_anything_else() -> None:
    members = [member(1), member(2, state="removed"), member(3), member(4)]
    assert step([1, 2, 3], members, [2, 3, 4], learners=[4]) == ({1, 3}, {4})
    assert step([1, 3], members, [3, 4], learners=[4]) == ({1, 3, 4}, set())


def test_removed_voters_leave_one_by_one() -> None:
    members = [member(1), member(2, state="removed"), member(3, state="removed")]
    first = step([1, 2, 3], members, [])
    assert first is not None and len(first[0]) == 2
    assert step(first[0], members, []) == ({1}, set())


def test_the_last_voter_keeps_its_seat_whatever_the_list_says() -> None:
    assert step([1], [member(1, state="removed")], []) is None


def test_a_removed_learner_is_let_go() -> None:
    assert step([1], [member(1), member(2, state="removed")], [], learners=[2]) == ({1}, set())


def test_four_voters_become_three_and_never_without_the_leader() -> None:
    members = [member(1), member(2), member(3), member(4)]
    assert step([1, 2, 3, 4], members, [1, 2, 3, 4], leader=4) == ({1, 2, 4}, {3})
    assert step([1, 2, 3, 4], members, [1, 2, 3, 4], leader=1) == ({1, 2, 3}, {4})


def test_of_four_voters_one_that_lags_gives_way_then_one_of_a_crowded_zone() -> None:
    crowded = [member(1, zone="a"), member(2, zone="a"), member(3, zone="b"), member(4, zone="c")]
    assert step([1, 2, 3, 4], crowded, [1, 2, 3, 4]) == ({1, 3, 4}, {2})
    assert step([1, 2, 3, 4], crowded, [1, 2, 4]) == ({1, 2, 4}, {3})


@pytest.mark.parametrize("seed", range(30))
def test_every_walk_comes_to_rest_at_the_wanted_number_by_single_steps(seed: int) -> None:
    random = Random(seed)
    count = random.randint(1, 9)
    states: list[State] = [random.choice(["joined", "joined", "draining", "removed"]) for _ in range(count)]
    members = [
        member(number, zone=random.choice("abc"), state="joined" if number == 1 else state)
        for number, state in enumerate(states, 1)
    ]
    full = {one.node.digest for one in members if one.holds_secrets}
    seats = random.sample(range(1, count + 1), random.randint(1, min(count, VOTERS_MAX)))
    now = Configuration.of([raw(number) for number in sorted({1, *seats})])
    for _ in range(4 * count + 4):
        wanted = next_configuration(now, members, frozenset(full), raw(1))
        if wanted is None:
            break
        assert len(set(now.voters) ^ set(wanted.voters)) <= 1
        assert raw(1) in wanted.voters
        now = wanted
    else:
        pytest.fail("the voters never come to rest")
    assert set(now.voters) | set(now.learners) == full
    assert len(now.voters) == voters_wanted(len(full))


def test_a_voter_that_is_out_gives_its_seat_to_a_learner_that_has_caught_up() -> None:
    members = [member(1), member(2), member(3, state="out"), member(4)]
    assert step([1, 2, 3], members, [2], learners=[4]) is None
    assert step([1, 2, 3], members, [2, 4], learners=[4]) == ({1, 2}, {3, 4})
    assert step([1, 2], members, [2, 4], learners=[3, 4]) == ({1, 2, 4}, {3})
    assert step([1, 2, 4], members, [2, 4], learners=[3]) is None


def test_a_voter_that_is_out_keeps_its_seat_when_nobody_could_take_it() -> None:
    assert step([1, 2, 3], [member(1), member(2), member(3, state="out")], [2]) is None
    assert step([1, 2, 3, 4, 5], [*map(member, range(1, 5)), member(5, state="out")], [2, 3, 4]) is None


def test_of_five_voters_two_that_are_out_leave_three_that_live() -> None:
    members = [*map(member, range(1, 4)), member(4, state="out"), member(5, state="out")]
    first = step([1, 2, 3, 4, 5], members, [2, 3])
    assert first is not None and len(first[0]) == 4 and {1, 2, 3} <= first[0]
    assert step(first[0], members, [2, 3], learners=first[1]) == ({1, 2, 3}, {4, 5})
    assert step([1, 2, 3], members, [2, 3], learners=[4, 5]) is None


def test_an_out_voter_stays_while_the_others_alone_would_be_no_majority() -> None:
    members = [member(1), member(2), member(3, state="out"), member(4)]
    assert step([1, 2, 3], members, [3, 4], learners=[4]) is None, "2 does not answer: 1 and 3 decide"


def test_who_is_out_is_not_promoted_and_votes_again_once_it_is_in() -> None:
    members = [member(1), member(2), member(3, state="out")]
    assert step([1, 2], members, [2, 3], learners=[3]) is None
    members[2] = member(3)
    assert step([1, 2], members, [2, 3], learners=[3]) == ({1, 2, 3}, set())


def test_so_many_are_due_as_bear_the_most_losses() -> None:
    def due(present: int, out: int) -> int:
        listed = [member(number, state="joined" if number < present else "out") for number in range(present + out)]
        return voters_due(listed)

    assert [due(5, 0), due(4, 1), due(3, 2), due(2, 3), due(3, 1), due(2, 1), due(2, 0)] == [5, 5, 3, 3, 3, 3, 2]


async def nothing() -> None:
    """There is nothing to be read anew."""


class Leader:
    """What `VoterUpkeep` sees of consensus, set by hand."""

    def __init__(self) -> None:
        self.leads = True
        self.applied_index = 100
        self.removal_index = 0
        self.read_at: list[int] = []
        self.last_index = 1000
        self.configuration = Configuration.of([raw(1)], [raw(2), raw(3)])
        self.progress: list[FollowerProgress] = []
        self.asked: list[Configuration] = []
        self.refusal: NotLeader | Refused | None = None

    async def reload(self) -> None:
        self.read_at.append(self.applied_index)

    def followers(self) -> list[FollowerProgress]:
        return self.progress

    def change_configuration(self, configuration: Configuration) -> None:
        if self.refusal is not None:
            raise self.refusal
        self.asked.append(configuration)

    def hears(self, number: int, *, lacks: int = 0, at: float = 50.0) -> None:
        self.progress.append(FollowerProgress(raw(number), self.last_index - lacks, at, False))


@pytest.fixture
def leader() -> Leader:
    return Leader()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(now=50.0)


@pytest.fixture
def upkeep(leader: Leader, clock: ManualClock) -> VoterUpkeep:
    members = MemberList(known_members(100, 3, [member(1), member(2), member(3)]))
    return VoterUpkeep(node_id(1), cast(Consensus, leader), members, clock, leader.reload)


def test_who_lacks_a_little_and_was_heard_lately_is_promoted(upkeep: VoterUpkeep, leader: Leader) -> None:
    leader.hears(2, lacks=CAUGHT_UP_ENTRIES + 1)
    leader.hears(3, lacks=CAUGHT_UP_ENTRIES)
    upkeep.step()
    assert leader.asked == [Configuration.of([raw(1), raw(3)], [raw(2)])]


def test_who_joined_and_was_never_started_is_not_promoted(upkeep: VoterUpkeep, leader: Leader) -> None:
    leader.last_index = CAUGHT_UP_ENTRIES  # a young log: to have nothing of it is to lack a little
    leader.hears(2, lacks=leader.last_index)
    upkeep.step()
    assert leader.asked == []


def test_who_was_not_heard_lately_is_not_promoted(upkeep: VoterUpkeep, leader: Leader, clock: ManualClock) -> None:
    leader.hears(2)
    leader.hears(3)
    clock.advance(HEARD_S + 0.1)
    upkeep.step()
    assert leader.asked == []


@pytest.mark.parametrize("refusal", [NotLeader(), Refused("not_settled", "one at a time")])
def test_a_refused_step_is_tried_again_later(upkeep: VoterUpkeep, leader: Leader, refusal: NotLeader | Refused) -> None:
    leader.hears(2)
    leader.refusal = refusal
    upkeep.step()
    leader.refusal = None
    upkeep.step()
    assert len(leader.asked) == 1


def test_nothing_is_decided_by_a_member_list_that_the_log_has_not_reached(upkeep: VoterUpkeep, leader: Leader) -> None:
    leader.hears(2)
    leader.applied_index = 99
    upkeep.step()
    assert leader.asked == []


async def test_nobody_gets_a_vote_until_it_is_read_who_was_removed(upkeep: VoterUpkeep, leader: Leader) -> None:
    leader.hears(2)
    leader.removal_index = 101
    await upkeep.look()
    assert (leader.asked, leader.read_at) == ([], [])
    leader.applied_index = 101
    upkeep.step()
    assert leader.asked == [], "the list may be the one from before"
    await upkeep.look()
    assert len(leader.asked) == 1
    await upkeep.look()
    assert leader.read_at == [101], "it is read once"


def test_nothing_is_decided_without_a_member_list(leader: Leader, clock: ManualClock) -> None:
    leader.hears(2)
    VoterUpkeep(node_id(1), cast(Consensus, leader), MemberList(MembersKnown(0, 3, [])), clock, leader.reload).step()
    assert leader.asked == []


async def test_only_the_leader_steps(upkeep: VoterUpkeep, leader: Leader, clock: ManualClock) -> None:
    leader.hears(2)
    leader.leads = False
    running = asyncio.create_task(upkeep.run())
    await clock.sleeping()
    assert leader.asked == []
    leader.leads = True
    clock.advance(1)
    leader.progress.clear()
    leader.hears(2, at=clock.now())
    await asyncio.sleep(0)
    await clock.sleeping()
    assert len(leader.asked) == 1
    running.cancel()
    await asyncio.wait({running})


async def test_a_removed_node_stops_voting_in_a_real_log(seats: list[Seat]) -> None:
    gone: NodeId | None = None

    def voters_of_those_that_stay() -> list[set[bytes]]:  # who is removed need not hear of it
        return [set(seat.consensus.configuration.voters) for seat in seats if seat.peers.me != gone]

    async with asyncio.timeout(60):
        while gone is None or any(gone.digest in voters for voters in voters_of_those_that_stay()):
            leads = next((seat for seat in seats if seat.consensus.leads), None)
            if leads is not None:
                gone = gone or next(seat.peers.me for seat in seats if seat is not leads)
                records = [
                    msgspec.structs.replace(record(number), state="removed" if node_id(number) == gone else "joined")
                    for number in (1, 2, 3)
                ]
                members = MemberList(MembersKnown(1, 3, records))
                await VoterUpkeep(leads.peers.me, leads.consensus, members, ManualClock(), nothing).look()
            await asyncio.sleep(0.01)
    assert [len(voters) for voters in voters_of_those_that_stay()] == [2, 2]
