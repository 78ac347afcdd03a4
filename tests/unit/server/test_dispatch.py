from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from dfs_core.encoding.control_messages import GetStatus, StoreFile
from dfs_core.encoding.inventory_messages import AskBucket, AskInventory, OweChunks, ReleaseChunks
from dfs_core.encoding.message import Done
from dfs_core.encoding.messages import ALL_MESSAGES
from dfs_core.encoding.peer_messages import (
    AskChunks,
    AskMembers,
    CheckChunk,
    FetchChunk,
    MemberRecord,
    MembersKnown,
    Propose,
    ReadIndex,
    Redeem,
    StoreChunk,
)
from dfs_core.errors import NotAllowed, StaleLayout
from dfs_core.model.ids import NodeId
from dfs_core.replication.memberlist import MemberList
from dfs_core.server.dispatch import ALLOWED_BEHIND, LEVEL_WAIT_S, Dispatcher, ask_elsewhere
from dfs_core.testing.clock import ManualClock
from dfs_core.transport.exchange import Exchange
from dfs_core.transport.hello import Hello

from .exchanges import FakeExchange, FakeLink

PEER = NodeId(b"p" * 32)


class Desk:
    """A dispatcher that answers everything, and how far its node has read."""

    def __init__(self) -> None:
        self.read_to = 10
        self.clock = ManualClock()
        self.dispatcher = Dispatcher(applied=lambda: self.read_to, clock=self.clock)
        self.dispatcher.add(dict.fromkeys((StoreChunk, *ALLOWED_BEHIND, StoreFile, Propose), self.answer))
        self.answered: list[msgspec.Struct] = []

    async def answer(self, exchange: Exchange) -> None:
        self.answered.append(exchange.request)
        await exchange.respond(Done())


@pytest.fixture
def desk() -> Desk:
    return Desk()


def from_peer(request: msgspec.Struct, read_to: int) -> FakeExchange:
    return FakeExchange(request, FakeLink(PEER, "full", Hello(read_to=read_to)))


async def test_a_request_reaches_its_handler(desk: Desk) -> None:
    exchange = FakeExchange(StoreFile("k", b"i" * 16, 0, 0, 0))
    await desk.dispatcher.handle(exchange.real)
    assert desk.answered == [exchange.request]
    assert exchange.replies == [Done()]


async def test_what_this_node_cannot_answer_is_not_allowed_and_says_who_can(desk: Desk) -> None:
    with pytest.raises(NotAllowed, match=r"GetStatus.*full node"):
        await desk.dispatcher.handle(FakeExchange(GetStatus()).real)


def test_a_request_has_one_handler(desk: Desk) -> None:
    with pytest.raises(ValueError, match="StoreChunk"):
        desk.dispatcher.add({StoreChunk: desk.answer})


async def test_a_peer_that_has_read_no_further_is_answered_at_once(desk: Desk) -> None:
    for read_to in (0, 9, 10):
        await desk.dispatcher.handle(from_peer(StoreChunk(b"a" * 32, 1), read_to).real)
    assert len(desk.answered) == 3


async def test_a_peer_that_has_read_further_waits_until_this_node_is_level(desk: Desk) -> None:
    waiting = asyncio.create_task(desk.dispatcher.handle(from_peer(StoreChunk(b"a" * 32, 1), 11).real))
    await desk.clock.sleeping()
    assert desk.answered == []
    desk.read_to = 11
    desk.clock.advance(1)
    await waiting
    assert len(desk.answered) == 1


async def test_it_is_refused_as_stale_when_that_takes_too_long(desk: Desk) -> None:
    waiting = asyncio.create_task(desk.dispatcher.handle(from_peer(Propose([b""]), 11).real))
    await desk.clock.sleeping()
    desk.clock.advance(LEVEL_WAIT_S)
    with pytest.raises(StaleLayout, match=r"10.*11"):
        await waiting
    assert desk.answered == []


@pytest.mark.parametrize(
    "request_now",
    [
        AskMembers(0),
        ReadIndex(),
        AskChunks(b""),
        FetchChunk(b"a" * 32),
        CheckChunk(b"a" * 32),
        AskInventory(),
        AskBucket(0),
    ],
    ids=lambda request: type(request).__name__,
)
async def test_reading_the_log_the_members_and_sealed_chunks_goes_on_meanwhile(
    desk: Desk, request_now: msgspec.Struct
) -> None:
    await desk.dispatcher.handle(from_peer(request_now, 10**9).real)
    assert desk.answered == [request_now]


def test_nothing_that_changes_anything_is_allowed_behind() -> None:
    changing = {StoreChunk, Propose, Redeem, StoreFile, OweChunks, ReleaseChunks}
    assert not changing & set(ALLOWED_BEHIND)
    assert set(ALLOWED_BEHIND) <= set(ALL_MESSAGES)


async def test_a_client_of_this_machine_never_waits(desk: Desk) -> None:
    link = FakeLink(None, "local", Hello(read_to=10**9))
    await desk.dispatcher.handle(FakeExchange(StoreFile("k", b"i" * 16, 0, 0, 0), link).real)
    assert len(desk.answered) == 1


def test_a_vault_points_to_full_nodes_in_the_askers_words() -> None:
    facts: Any = SimpleNamespace(role="vault", name="n4")
    records = [
        MemberRecord(letter * 32, b"", role, "", 1, "joined", [f"10.0.0.{place}:7420"], 1)
        for place, (letter, role) in enumerate(((b"a", "full"), (b"b", "full"), (b"v", "vault")))
    ]
    members = MemberList(MembersKnown(1, 3, records))
    assert ask_elsewhere(facts, members) == (
        "n4 is a vault: it holds chunks without names; ask a full node"
        f" ({'61' * 6} at 10.0.0.0:7420, {'62' * 6} at 10.0.0.1:7420)"
    )
    facts.role = "full"
    assert ask_elsewhere(facts, members) == ""


async def test_what_there_is_no_handler_for_is_answered_with_what_there_is_to_say_instead(desk: Desk) -> None:
    vault = Dispatcher(applied=lambda: 0, clock=desk.clock, instead=lambda: "it is a vault")
    with pytest.raises(NotAllowed, match=r"^it is a vault$"):
        await vault.handle(FakeExchange(GetStatus()).real)
