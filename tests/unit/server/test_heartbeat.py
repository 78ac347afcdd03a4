from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
import pytest

from dfs_core.crypto.identity import Identity
from dfs_core.encoding.message import Message
from dfs_core.encoding.peer_messages import AskMembers, MembersKnown, NodeReport, ReportNode, ShareAddresses, Silence
from dfs_core.errors import DfsError, PeerTimeout
from dfs_core.limits import PING_INTERVAL_S
from dfs_core.model.ids import NodeId
from dfs_core.model.member import Member, Role
from dfs_core.replication.memberlist import MemberList, known_members
from dfs_core.server.addresses import AddressBook
from dfs_core.server.heartbeat import TOLD_AT_ONCE, Heartbeat
from dfs_core.testing.clock import ManualClock

ONE, TWO, THREE = (NodeId(bytes([number]) * 32) for number in (1, 2, 3))


def member(node: NodeId, role: Role = "full") -> Member:
    return Member(node, b"cert", role, "", 1 << 40, "joined", (), 0)


class World:
    """One node's peers: what each was told and asked, and what it answers."""

    def __init__(self, *roles: Role) -> None:
        self.clock = ManualClock()
        self.told: list[tuple[NodeId, msgspec.Struct]] = []
        self.asked: list[tuple[NodeId, Message]] = []
        self.answers: dict[NodeId, MembersKnown | DfsError] = {}
        nodes = [ONE, TWO, THREE][: len(roles)]
        self.up = frozenset(nodes)
        self.members = MemberList(
            known_members(4, 3, [member(node, role) for node, role in zip(nodes, roles, strict=True)])
        )
        self.book = AddressBook([], lambda node, addresses: None)
        self.reports = 0

    def alive(self) -> frozenset[NodeId]:
        return self.up

    def notify(self, node: NodeId, message: msgspec.Struct) -> bool:
        self.told.append((node, message))
        return True

    async def call(self, node: NodeId, request: Message, *, timeout_s: float) -> Message:
        self.asked.append((node, request))
        answer = self.answers.get(node) or MembersKnown(self.members.revision, 3, [])
        if isinstance(answer, DfsError):
            raise answer
        return answer

    async def report(self) -> NodeReport:
        self.reports += 1
        return NodeReport(ONE.digest, 1, "0", float(self.reports), "full", "ready", 0, b"", 0, 0, 0, 0, 0)

    @asynccontextmanager
    async def beating(self, *, follows_log: bool) -> AsyncIterator[Heartbeat]:
        self.follows_log = follows_log
        heartbeat = Heartbeat(
            peers=self,  # type: ignore[arg-type]
            members=self.members,
            book=self.book,
            report=self.report,
            clock=self.clock,
            follows_log=lambda: self.follows_log,
        )
        running = asyncio.create_task(heartbeat.run())
        await self.clock.sleeping()
        try:
            yield heartbeat
        finally:
            running.cancel()
            await asyncio.wait({running})

    async def beat(self) -> None:
        self.clock.advance(PING_INTERVAL_S)
        await asyncio.sleep(0)
        await self.clock.sleeping()


async def test_every_peer_that_is_up_hears_the_newest_report_each_second() -> None:
    world = World("full", "vault")
    async with world.beating(follows_log=True):
        assert [node for node, _ in world.told] == [ONE, TWO]
        world.told.clear()
        world.up = frozenset({TWO})
        await world.beat()
        ((node, message),) = world.told
        assert node == TWO
        assert isinstance(message, ReportNode) and message.report.started_s == 2.0


class Crowd(World):
    """A node with 25 peers, and what it reports of itself."""

    def __init__(self) -> None:
        super().__init__("full")
        self.up = frozenset(NodeId(bytes([number]) * 32) for number in range(1, 26))
        self.news: dict[str, object] = {}

    async def report(self) -> NodeReport:
        return msgspec.structs.replace(await super().report(), **self.news)

    async def told_by_a_beat(self) -> list[NodeId]:
        self.told.clear()
        await self.beat()
        return [node for node, message in self.told if isinstance(message, ReportNode)]


async def test_in_a_crowd_a_few_hear_each_report_and_everybody_in_turn() -> None:
    crowd = Crowd()
    async with crowd.beating(follows_log=True):
        assert len(crowd.told) == 25, "the first one is news"
        rounds = [await crowd.told_by_a_beat() for _ in range(5)]
    assert [len(told) for told in rounds] == [TOLD_AT_ONCE] * 5
    heard = [node for told in rounds for node in told]
    assert {heard.count(node) for node in crowd.up} == {2}


@pytest.mark.parametrize(
    ("news", "urgent"),
    [
        ({"fence": 7}, True),
        ({"state": "stopping"}, True),
        ({"free": 1}, True),
        ({"resync_length": 3}, True),
        ({"silences": [Silence(TWO.digest, 3.0)]}, True),
        ({"stored_bytes": 7, "applied": 9, "chunks": 3, "bytes": 5}, False),
    ],
)
async def test_in_a_crowd_what_others_act_on_is_told_to_all_of_them(news: dict[str, object], urgent: bool) -> None:
    crowd = Crowd()
    async with crowd.beating(follows_log=True):
        crowd.news = news
        assert len(await crowd.told_by_a_beat()) == (25 if urgent else TOLD_AT_ONCE)
        assert len(await crowd.told_by_a_beat()) == TOLD_AT_ONCE, "it is no news any more"


async def test_in_a_crowd_a_silence_is_told_to_all_when_it_begins_and_when_the_peer_counts_as_down() -> None:
    crowd = Crowd()
    async with crowd.beating(follows_log=True):
        told = []
        for silent_s in (3.0, 4.0, 9.0, 10.0, 11.0):
            crowd.news = {"silences": [Silence(TWO.digest, silent_s)]}
            told.append(len(await crowd.told_by_a_beat()))
    assert told == [25, 10, 10, 25, 10]


async def test_in_a_crowd_whoever_comes_up_need_not_wait_for_its_turn() -> None:
    crowd = Crowd()
    async with crowd.beating(follows_log=True) as heartbeat:
        crowd.told.clear()
        heartbeat.greet(TWO)
    assert [type(message) for node, message in crowd.told if node == TWO] == [ShareAddresses, ReportNode]


async def test_who_comes_up_is_told_where_everybody_is() -> None:
    world = World("full")
    world.book.sign_own(Identity.generate(), ("10.0.0.1:7420",), boot=1)
    async with world.beating(follows_log=True) as heartbeat:
        world.told.clear()
        heartbeat.greet(TWO)
    assert world.told == [(TWO, ShareAddresses([world.book.own]))]


async def test_a_full_node_asks_nobody_for_members() -> None:
    world = World("full", "full")
    async with world.beating(follows_log=True):
        await world.beat()
    assert world.asked == []


async def test_a_full_node_without_a_leader_asks_one_after_another_for_who_joined_meanwhile() -> None:
    """The first may have been away as well; a stranger may lead by now: simulated seeds 115 and 120."""
    world = World("full", "full")
    async with world.beating(follows_log=False):
        world.answers[TWO] = known_members(9, 3, [member(ONE), member(TWO), member(THREE)])
        await world.beat()
        assert [node for node, _ in world.asked] == [ONE, TWO]
        assert world.members.member(THREE) is not None
        world.follows_log = True
        await world.beat()
    assert len(world.asked) == 2


async def test_a_vault_takes_over_a_newer_member_list_from_a_full_node() -> None:
    world = World("vault", "full")
    world.answers[TWO] = known_members(9, 3, [member(ONE, "vault"), member(TWO), member(THREE)])
    async with world.beating(follows_log=False):
        assert world.asked == [(TWO, AskMembers(4))]
        assert world.members.revision == 9
        del world.answers[TWO]
        await world.beat()
    assert world.asked[1:] == [(TWO, AskMembers(9))]
    assert world.members.revision == 9


@pytest.mark.parametrize("damaged", [True, False])
async def test_a_full_node_that_does_not_answer_or_tells_nonsense_is_passed_over(damaged: bool) -> None:
    world = World("full", "full")
    nonsense = MembersKnown(8, 3, [msgspec.structs.replace(known_members(1, 3, [member(ONE)]).members[0], role="king")])
    world.answers[ONE] = nonsense if damaged else PeerTimeout(str(ONE), "late")
    world.answers[TWO] = known_members(9, 3, [member(ONE), member(TWO)])
    async with world.beating(follows_log=False):
        assert [node for node, _ in world.asked] == [ONE, TWO]
        assert world.members.revision == 9


async def test_with_nobody_to_ask_the_heart_goes_on_beating() -> None:
    world = World("vault", "operator")
    async with world.beating(follows_log=False):
        await world.beat()
        world.up = frozenset()
        await world.beat()
    assert world.asked == []
    assert world.reports == 3
