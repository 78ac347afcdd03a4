from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import pytest

from dfs_core.catalog.apply import Applier
from dfs_core.catalog.facts import ChunkedVersion
from dfs_core.catalog.query import CatalogReader
from dfs_core.encoding.commands import ManifestPage
from dfs_core.encoding.health_messages import AskItems, HealthItem, ItemsListed, ListItems
from dfs_core.encoding.message import Message
from dfs_core.errors import InvalidInput, NoMajority, NotLeader
from dfs_core.limits import LIST_PAGE_MAX
from dfs_core.model.finding import Finding
from dfs_core.model.ids import NodeId
from dfs_core.model.member import Member
from dfs_core.replication.consensus import Consensus
from dfs_core.replication.inventory import Inventory
from dfs_core.replication.memberlist import MemberList, known_members
from dfs_core.server.auditing import Auditing
from dfs_core.server.events import EventBus
from dfs_core.server.healing import Healing
from dfs_core.server.health import HealthBoard
from dfs_core.store.memory import MemoryChunkStore
from dfs_core.testing.clock import ManualClock

from .exchanges import FakeExchange

ME, OTHER = (NodeId(bytes([number]) * 32) for number in (1, 2))
SHORT = b"s" * 32


class FakeHealing:
    """The part of a node's healing that auditing stands on."""

    def __init__(self, clock: ManualClock) -> None:
        self.inventory, self.store = Inventory(b"n" * 16), MemoryChunkStore()
        self.board = HealthBoard(clock=clock, events=EventBus(clock))

    def full_nodes(self) -> list[NodeId]:
        return []

    async def take(self, notice: object) -> None:
        raise AssertionError("nothing is told here")


class Desk:
    """Auditing on node 1; the other one answers what it is asked."""

    def __init__(self) -> None:
        clock = ManualClock()
        self.leader: NodeId | None = ME
        self.term, self.majority = 3, True
        self.asked: list[tuple[NodeId, Message]] = []
        self.healing = FakeHealing(clock)
        members = [Member(node, b"", "full", "", 1 << 40, "joined", (), 0) for node in (ME, OTHER)]
        self.auditing = Auditing(
            node=ME,
            healing=cast(Healing, self.healing),
            consensus=cast(Consensus, self),
            applier=cast(Applier, self),
            catalog=cast(CatalogReader, self),
            members=MemberList(known_members(1, 3, members)),
            peers=self,  # type: ignore[arg-type]
            clock=clock,
        )

    # -- consensus, applier, catalog and peers

    @property
    def leads(self) -> bool:
        return self.leader == ME

    def majority_alive(self) -> bool:
        return self.majority

    def missing_voters(self) -> list[str]:
        return [str(OTHER)]

    def take_touched(self) -> set[int]:
        return set()

    def chunked(self, key: str, number: int, limit: int) -> Sequence[ChunkedVersion]:
        return [ChunkedVersion("key", 5, b"v" * 16, 100, 1)] if not key else []

    def pages(self, version_id: bytes) -> list[ManifestPage]:
        return [ManifestPage(1, SHORT, 100, 100, b"")]

    def alive(self) -> frozenset[NodeId]:
        return frozenset({OTHER})

    async def call(self, node: NodeId, request: Message, *, timeout_s: float) -> Message:
        self.asked.append((node, request))
        return ItemsListed([], "from the leader", 1, 3)

    async def ask(self, request: Message) -> Message:
        exchange = FakeExchange(request)
        await self.auditing.handlers[type(request)](exchange.real)
        (reply,) = exchange.replies
        return reply


@pytest.fixture
def desk() -> Desk:
    desk = Desk()
    desk.auditing.audit._findings[7] = Finding(chunks=1, short={SHORT: 1})
    return desk


@pytest.mark.parametrize("question", [AskItems, ListItems])
async def test_the_leader_names_the_files_behind_the_numbers(desk: Desk, question: type[AskItems | ListItems]) -> None:
    assert await desk.ask(question()) == ItemsListed([HealthItem("key", 5, 100, 1, 1, 1)], "", 0, 2)


async def test_another_node_asks_the_leader_for_its_clients(desk: Desk) -> None:
    desk.leader = OTHER
    assert await desk.ask(ListItems("behind", 4, 10)) == ItemsListed([], "from the leader", 1, 3)
    assert desk.asked == [(OTHER, AskItems("behind", 4, 10))]
    with pytest.raises(NotLeader, match=str(OTHER)[:12]):
        await desk.ask(AskItems())


async def test_without_a_leader_nobody_knows(desk: Desk) -> None:
    desk.leader = None
    with pytest.raises(NoMajority):
        await desk.ask(ListItems())


@pytest.mark.parametrize("limit", [0, LIST_PAGE_MAX + 1])
async def test_a_page_has_bounds(desk: Desk, limit: int) -> None:
    with pytest.raises(InvalidInput):
        await desk.ask(ListItems(limit=limit))


async def test_the_board_hears_from_the_log_whether_somebody_leads(desk: Desk) -> None:
    assert desk.healing.board.seen().state == "DEGRADED"
    desk.leader = None
    assert "no leader is known" in desk.healing.board.seen().reasons[0]
    desk.majority = False
    assert "no majority" in desk.healing.board.seen().reasons[0]
    assert desk.healing.board.seen().state == "AT RISK"
