from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import cast

import pytest

from dfs_core.encoding.peer_messages import (
    PEER_MESSAGES,
    AskChunks,
    AskMembers,
    CheckChunk,
    ChunkChecked,
    ChunkFollows,
    ChunksHeld,
    CommitIndex,
    FetchChunk,
    MembersKnown,
    Propose,
    Proposed,
    ReadIndex,
    Redeem,
    StoreChunk,
    Stored,
)
from dfs_core.errors import (
    ChunkCorrupt,
    ChunkNotFound,
    FenceBehind,
    InvalidInput,
    NotAllowed,
    PeerError,
    RemoteProtocolError,
)
from dfs_core.limits import ASK_CHUNKS_MAX, SEALED_BYTES_MAX
from dfs_core.model.ids import Address, NodeId
from dfs_core.model.raft_messages import Configuration
from dfs_core.replication import fence as fence_module
from dfs_core.replication.admission import Admission
from dfs_core.replication.budget import Windows
from dfs_core.replication.consensus import Consensus
from dfs_core.replication.memberlist import MemberList
from dfs_core.server.peer_api import PeerApi
from dfs_core.store.memory import MemoryChunkStore

from ..replication.chunk_world import make_fence
from ..replication.conftest import record
from .exchanges import FakeExchange, FakeLink

TEA = Address.of(b"tea")
VOTER = b"v" * 32


class Log:
    """A leader that takes whatever it is given."""

    def __init__(self) -> None:
        self.taken: list[Propose] = []

    def accept(self, request: Propose) -> Proposed:
        self.taken.append(request)
        return Proposed(3, 41)

    async def answer_read_index(self) -> CommitIndex:
        return CommitIndex(40)

    @property
    def configuration(self) -> Configuration:
        return Configuration.of([VOTER])


class Desk:
    """A node's handlers for its peers."""

    def __init__(self, *, vault: bool = False, admission: Admission | None = None) -> None:
        self.store, self.log = MemoryChunkStore(), Log()
        self.fence, self.source = make_fence(self.store)
        self.damaged: list[Address] = []
        self.stored = self.served = 0
        self.api = PeerApi(
            store=self.store,
            members=MemberList(MembersKnown(7, 3, [record(1), record(2)])),
            fence=self.fence,
            consensus=None if vault else cast(Consensus, self.log),
            admission=admission,
            damaged_here=self.note_damage,
            count=self.count,
            windows=Windows(peer=SEALED_BYTES_MAX, peers=4 * SEALED_BYTES_MAX),
        )

    async def note_damage(self, address: Address, text: str) -> None:
        self.damaged.append(address)
        await self.store.quarantine(address)

    def count(self, stored: int, served: int) -> None:
        self.stored, self.served = self.stored + stored, self.served + served

    async def ask(self, exchange: FakeExchange) -> FakeExchange:
        await self.api.handlers[type(exchange.request)](exchange.real)
        return exchange

    def window_is_free(self) -> bool:
        return self.api.window.used == 0


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_every_request_of_a_peer_has_a_handler(desk: Desk) -> None:
    assert set(desk.api.handlers) == {message for message in PEER_MESSAGES if message.reply is not None}


# -- the fence


async def test_nothing_is_stored_or_said_to_be_held_before_what_was_condemned_is_carried_out(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fence_module, "REACH_S", 0.01)
    await desk.store.put(TEA, b"tea")
    desk.source.condemn(5, TEA)
    for request in (StoreChunk(TEA.digest, 3, as_of=5), AskChunks(TEA.digest, as_of=5)):
        exchange = FakeExchange(request, upload=b"tea")
        with pytest.raises(FenceBehind):
            await desk.ask(exchange)
        assert exchange.replies == []
        assert (await desk.ask(FakeExchange(AskChunks(TEA.digest)))).replies == [ChunksHeld(b"\x01")]
    await desk.fence.step()
    assert (await desk.ask(FakeExchange(AskChunks(TEA.digest, as_of=5)))).replies == [ChunksHeld(b"\x00")]
    exchange = await desk.ask(FakeExchange(StoreChunk(TEA.digest, 3, as_of=5), upload=b"tea"))
    assert exchange.replies == [Stored(had=False)]


# -- storing


async def test_a_chunk_is_on_disk_when_the_holder_answers(desk: Desk) -> None:
    exchange = await desk.ask(FakeExchange(StoreChunk(TEA.digest, 3), upload=b"tea"))
    assert exchange.replies == [Stored(had=False)]
    assert desk.store.chunks == {TEA: b"tea"}
    assert (desk.stored, desk.served) == (3, 0)


async def test_a_chunk_that_was_there_is_said_to_have_been(desk: Desk) -> None:
    await desk.store.put(TEA, b"tea")
    assert (await desk.ask(FakeExchange(StoreChunk(TEA.digest, 3), upload=b"tea"))).replies == [Stored(had=True)]


async def test_bytes_that_are_not_the_chunk_are_not_kept(desk: Desk) -> None:
    with pytest.raises(ChunkCorrupt):
        await desk.ask(FakeExchange(StoreChunk(TEA.digest, 3), upload=b"rot"))
    assert desk.store.chunks == {}
    assert desk.window_is_free()


async def test_a_chunk_that_ends_early_or_whose_sender_is_lost_is_not_kept(desk: Desk) -> None:
    with pytest.raises(RemoteProtocolError, match="shorter"):
        await desk.ask(FakeExchange(StoreChunk(TEA.digest, 4), upload=b"tea"))
    with pytest.raises(PeerError):
        await desk.ask(FakeExchange(StoreChunk(TEA.digest, 3), upload=b"tea", lose_after=1))
    assert desk.store.chunks == {}
    assert desk.window_is_free()


@dataclass
class Stalled(FakeExchange):
    """A chunk was announced and does not come."""

    began: asyncio.Event = field(default_factory=asyncio.Event)

    async def read_into(self, buffer: memoryview) -> int:
        self.began.set()
        await asyncio.Event().wait()
        return 0


async def test_a_peer_that_stalls_holds_up_nobody_else_and_never_all_the_memory(desk: Desk) -> None:
    slow, quick = FakeLink(NodeId(b"s" * 32)), FakeLink(NodeId(b"q" * 32))
    stalled = [Stalled(StoreChunk(TEA.digest, SEALED_BYTES_MAX), link=slow) for _ in range(5)]
    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        waiting = [group.create_task(desk.ask(each)) for each in stalled]
        await stalled[0].began.wait()
        await desk.ask(FakeExchange(StoreChunk(TEA.digest, 3), link=quick, upload=b"tea"))
        assert desk.store.chunks == {TEA: b"tea"}
        assert desk.api.window.used == SEALED_BYTES_MAX
        for task in waiting:
            task.cancel()
    assert desk.window_is_free()


@pytest.mark.parametrize("size", [0, -1, SEALED_BYTES_MAX + 1, 2**62])
async def test_a_senseless_size_is_refused_before_anything_is_allocated(desk: Desk, size: int) -> None:
    with pytest.raises(RemoteProtocolError):
        await desk.ask(FakeExchange(StoreChunk(TEA.digest, size)))


@pytest.mark.parametrize("request_now", [StoreChunk(b"short", 3), FetchChunk(b"short"), CheckChunk(b"")])
async def test_what_is_no_address_is_refused(desk: Desk, request_now: StoreChunk | FetchChunk | CheckChunk) -> None:
    with pytest.raises(InvalidInput):
        await desk.ask(FakeExchange(request_now, upload=b"tea"))


# -- fetching


async def test_a_chunk_is_handed_out_whole(desk: Desk) -> None:
    await desk.store.put(TEA, b"tea")
    exchange = await desk.ask(FakeExchange(FetchChunk(TEA.digest)))
    assert (exchange.replies, bytes(exchange.sent), exchange.finished) == ([ChunkFollows(3)], b"tea", True)
    assert (desk.stored, desk.served) == (0, 3)


async def test_a_damaged_copy_is_set_aside_and_never_handed_out(desk: Desk) -> None:
    desk.store.chunks[TEA] = b"rot"
    with pytest.raises(ChunkCorrupt):
        await desk.ask(exchange := FakeExchange(FetchChunk(TEA.digest)))
    assert (desk.damaged, exchange.replies, bytes(exchange.sent)) == ([TEA], [], b"")
    assert desk.store.quarantined == [(TEA, b"rot")]
    with pytest.raises(ChunkNotFound):
        await desk.ask(FakeExchange(FetchChunk(TEA.digest)))
    assert desk.window_is_free()


async def test_a_reader_that_is_lost_leaves_nothing_taken(desk: Desk) -> None:
    await desk.store.put(TEA, b"tea")
    with pytest.raises(PeerError):
        await desk.ask(FakeExchange(FetchChunk(TEA.digest), lose_after=0))
    assert desk.window_is_free()
    assert desk.served == 0


# -- asking


async def test_what_is_held_is_told_one_byte_an_address_in_order(desk: Desk) -> None:
    await desk.store.put(TEA, b"tea")
    other = Address.of(b"other").digest
    exchange = await desk.ask(FakeExchange(AskChunks(other + TEA.digest + other)))
    assert exchange.replies == [ChunksHeld(b"\x00\x01\x00")]
    assert (await desk.ask(FakeExchange(AskChunks(b"")))).replies == [ChunksHeld(b"")]


@pytest.mark.parametrize("addresses", [b"x" * 31, b"x" * 33, b"x" * 32 * (ASK_CHUNKS_MAX + 1)])
async def test_a_senseless_list_of_addresses_is_refused(desk: Desk, addresses: bytes) -> None:
    with pytest.raises(RemoteProtocolError):
        await desk.ask(FakeExchange(AskChunks(addresses)))


@pytest.mark.parametrize(
    ("copy", "answer"),
    [
        (b"tea", ChunkChecked(held=True, damaged=False)),
        (b"rot", ChunkChecked(held=False, damaged=True)),
        (None, ChunkChecked(held=False, damaged=False)),
    ],
)
async def test_a_holder_that_is_told_to_look_again_does(desk: Desk, copy: bytes | None, answer: ChunkChecked) -> None:
    if copy is not None:
        desk.store.chunks[TEA] = copy
    assert (await desk.ask(FakeExchange(CheckChunk(TEA.digest)))).replies == [answer]
    assert desk.damaged == ([TEA] if answer.damaged else [])


# -- log and members


async def test_the_log_is_asked_on_a_full_node_and_a_vault_has_none(desk: Desk) -> None:
    assert (await desk.ask(FakeExchange(Propose([b"c"])))).replies == [Proposed(3, 41)]
    assert (await desk.ask(FakeExchange(ReadIndex()))).replies == [CommitIndex(40)]
    for request in (Propose([b"c"]), ReadIndex(), Redeem(b"", b"", b"", "", 0, [])):
        with pytest.raises(NotAllowed, match="vault"):
            await Desk(vault=True).ask(FakeExchange(request))


async def test_the_member_list_is_sent_to_who_has_an_older_one(desk: Desk) -> None:
    assert (await desk.ask(FakeExchange(AskMembers(6)))).replies == [
        MembersKnown(7, 3, [record(1), record(2)], [VOTER])
    ]
    for revision in (7, 8):
        assert (await desk.ask(FakeExchange(AskMembers(revision)))).replies == [MembersKnown(7, 3, [], [VOTER])]


async def test_a_joiner_is_checked_admitted_and_welcomed_in_this_order() -> None:
    said: list[str] = []

    class Door:
        def tick(self) -> None:
            said.append("tick")

        def check(self, request: Redeem) -> tuple[object, bytes]:
            said.append("check")
            return record(9), b"hash"

        async def admit(self, member: object, spent: bytes) -> None:
            assert (member, spent) == (record(9), b"hash")
            said.append("admit")

        def welcome(self, member: object) -> MembersKnown:
            said.append("welcome")
            return MembersKnown(8, 3, [])

    desk = Desk(admission=cast(Admission, Door()))
    exchange = await desk.ask(FakeExchange(Redeem(b"s", b"c", b"p", "", 0, [])))
    assert said == ["tick", "check", "admit", "welcome"]
    assert exchange.replies == [MembersKnown(8, 3, [])]
