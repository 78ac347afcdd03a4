"""The leader puts out who is lost and lets in who is back; nobody else does."""

from __future__ import annotations

import asyncio
import os

import pytest

from dfs_core.catalog.facts import ClusterFacts
from dfs_core.catalog.settings import SETTINGS
from dfs_core.encoding.commands import AnyCommand, Outcome, SetMember
from dfs_core.encoding.peer_messages import NodeReport, Silence
from dfs_core.errors import NoMajority
from dfs_core.model.absence import HELD_FACTOR
from dfs_core.model.ids import NodeId
from dfs_core.model.member import Member, State
from dfs_core.replication.memberlist import MemberList, known_members
from dfs_core.replication.workers.absence import LOOK_S, Absence
from dfs_core.testing.clock import ManualClock

from ..conftest import node_id

OUT_S = 60.0


class Bench:
    """Node 1's worker in a cluster of `count`; what everybody hears is set by hand, and the log decides at once."""

    def __init__(self, count: int = 4) -> None:
        self.clock = ManualClock()
        self.leads, self.failing = True, False
        self.applied_index = 10
        self.states: dict[int, State] = dict.fromkeys(range(1, count + 1), "joined")
        self.members = MemberList(known_members(0, 3, []))
        self.own: dict[NodeId, float] = {}
        self.reports: dict[NodeId, NodeReport] = {}
        self.proposed: list[SetMember] = []
        self.settings = {name: setting.default for name, setting in SETTINGS.items()} | {"out_ms": int(OUT_S * 1000)}
        self.decided()
        for number in range(2, count + 1):
            self.tells(number)
        self.absence = Absence(
            node=node_id(1),
            log=self,
            peers=self,
            members=self.members,
            reports=self.reports,
            cluster=self.cluster,
            clock=self.clock,
            token=os.urandom,
        )

    def cluster(self) -> ClusterFacts | None:
        return ClusterFacts(b"c" * 16, node_id(1).digest, 1, 3, 1 << 20, self.settings, 0)

    def decided(self) -> None:
        """The member list of this moment is what the catalog says, one entry later."""
        self.applied_index += 1
        listed = [
            Member(node_id(number), b"cert", "full", "", 1 << 40, state, (), number)
            for number, state in self.states.items()
        ]
        self.members.offer(known_members(self.applied_index, 3, listed))

    def tells(self, number: int, *, applied: int = 1 << 30, state: str = "ready", **silences: float) -> None:
        """Node `number` reports; `n4=12.0`: it has heard nothing of node 4 for so long."""
        told = [Silence(node_id(int(name[1:])).digest, length) for name, length in silences.items()]
        self.reports[node_id(number)] = NodeReport(
            node_id(number).digest, 1, "0", 1.0, "full", state, applied, b"", 0, 0, 0, 0, 0, silences=told
        )

    def all_tell(self, **silences: float) -> None:
        """Everybody, node 1 too, has heard nothing of these for so long; the silent ones do not tell."""
        self.own = {node_id(int(name[1:])): length for name, length in silences.items()}
        for number in self.states:
            if number != 1 and f"n{number}" not in silences:
                self.tells(number, **silences)

    # -- Hearing

    def alive(self) -> frozenset[NodeId]:
        return frozenset(node_id(number) for number in self.states if number != 1) - self.own.keys()

    def silences(self) -> dict[NodeId, float]:
        return self.own

    # -- Log

    async def propose(self, command: AnyCommand) -> Outcome:
        if self.failing:
            raise NoMajority([])
        assert isinstance(command, SetMember)
        self.proposed.append(command)
        number = command.node[0]
        if self.states[number] != command.expects:
            return Outcome("state", "somebody else was sooner")
        self.states[number] = command.state  # type: ignore[assignment]
        self.decided()
        return Outcome()

    def said(self) -> list[tuple[int, str, str]]:
        """What was proposed since the last look: (node, expected, wanted)."""
        proposed, self.proposed = self.proposed, []
        return [(command.node[0], command.expects, command.state) for command in proposed]


@pytest.fixture
def bench() -> Bench:
    return Bench()


async def test_who_was_silent_for_as_long_as_the_setting_says_is_put_out(bench: Bench) -> None:
    bench.all_tell(n4=OUT_S - 1)
    assert not await bench.absence.step()
    bench.all_tell(n4=OUT_S)
    assert await bench.absence.step()
    assert bench.said() == [(4, "joined", "out")]
    assert not await bench.absence.step(), "once is enough"


async def test_the_setting_counts_from_the_entry_that_changed_it(bench: Bench) -> None:
    bench.all_tell(n4=OUT_S)
    bench.settings["out_ms"] = 600_000
    assert not await bench.absence.step()


async def test_a_leader_that_is_out_itself_lets_itself_in(bench: Bench) -> None:
    """It was away, came back, and was elected before the one before had let it in: simulated seed 75."""
    bench.states[1] = "out"
    bench.decided()
    assert await bench.absence.step()
    assert bench.said() == [(1, "out", "joined")]


async def test_who_does_not_lead_decides_nothing(bench: Bench) -> None:
    bench.all_tell(n4=OUT_S)
    bench.leads = False
    assert not await bench.absence.step()
    bench.leads = True
    assert await bench.absence.step()


async def test_a_member_list_that_is_older_than_the_log_decides_nothing(bench: Bench) -> None:
    bench.all_tell(n4=OUT_S)
    bench.applied_index = 1
    assert not await bench.absence.step()


async def test_who_is_up_and_has_not_reported_hears_everybody(bench: Bench) -> None:
    bench.all_tell(n4=OUT_S)
    del bench.reports[node_id(2)], bench.reports[node_id(3)]
    assert not await bench.absence.step()


async def test_a_node_that_is_heard_again_is_let_in_once_it_has_read_that_it_was_out(bench: Bench) -> None:
    bench.all_tell(n4=OUT_S)
    await bench.absence.step()
    bench.said()
    bench.all_tell()
    bench.tells(4, applied=bench.members.revision - 1)
    assert not await bench.absence.step()
    bench.tells(4, applied=bench.members.revision, state="stopping")
    assert not await bench.absence.step()
    bench.tells(4, applied=bench.members.revision)
    assert await bench.absence.step()
    assert bench.said() == [(4, "out", "joined")]


async def test_held_nodes_go_one_by_one_and_a_new_leader_begins_to_wait_anew() -> None:
    bench = Bench(5)
    long = HELD_FACTOR * OUT_S
    bench.all_tell(n4=long + 1, n5=long)
    assert not await bench.absence.step()
    assert bench.absence.held == (node_id(4), node_id(5))
    assert (bench.absence.figures.waiting, str(node_id(4))[:12] in bench.absence.figures.detail) == (2, True)
    bench.clock.advance(OUT_S - 1)
    assert not await bench.absence.step()
    bench.leads = False
    await bench.absence.step()
    assert bench.absence.held == ()
    bench.leads = True
    await bench.absence.step()
    bench.clock.advance(OUT_S)
    assert await bench.absence.step()
    assert bench.said() == [(4, "joined", "out")]
    assert not await bench.absence.step()
    bench.clock.advance(OUT_S)
    assert await bench.absence.step()
    assert bench.said() == [(5, "joined", "out")]


async def test_what_cannot_be_decided_now_is_decided_at_a_later_look(bench: Bench) -> None:
    bench.all_tell(n4=OUT_S)
    bench.failing = True
    with pytest.raises(NoMajority):
        await bench.absence.step()
    bench.failing = False
    assert await bench.absence.step()
    assert bench.said() == [(4, "joined", "out")]
    assert bench.absence.figures.done == 1


async def test_it_looks_again_after_a_second(bench: Bench) -> None:
    waiting = asyncio.create_task(bench.absence.wait())
    await bench.clock.sleeping()
    bench.clock.advance(LOOK_S)
    await waiting


async def test_what_somebody_else_decided_meanwhile_stays(bench: Bench) -> None:
    bench.all_tell(n4=OUT_S)
    bench.states[4] = "draining"  # decided, and not yet in this node's list
    assert await bench.absence.step()
    assert bench.states[4] == "draining"
