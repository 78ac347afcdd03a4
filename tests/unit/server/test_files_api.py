from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast

import pytest
from blake3 import blake3

from dfs_core.encoding.commands import Outcome
from dfs_core.encoding.control_messages import (
    FileFollows,
    FileStored,
    RetrieveFile,
    SettleStore,
    StoreFile,
    StoreSettled,
)
from dfs_core.encoding.message import Message
from dfs_core.errors import Cancelled, FileChanged, InvalidInput, KeyNotFound, NoMajority, PeerError
from dfs_core.limits import CHUNK_BYTES_MIN, COPIES_MAX, FILE_BYTES_MAX
from dfs_core.replication.consensus import Consensus
from dfs_core.replication.memberlist import MemberList, known_members
from dfs_core.server.events import EventBus
from dfs_core.server.files_api import FilesApi
from dfs_core.server.keys import KeyFacts
from dfs_core.server.lookup import Lookup
from dfs_core.server.transfers import Transfers
from dfs_core.testing.clock import ManualClock

from ..replication.file_world import Files
from .exchanges import FakeExchange

CHUNK = CHUNK_BYTES_MIN
ID = b"i" * 16


class Desk:
    """A full node's handlers for files, over chunks in memory."""

    def __init__(self, folder: Path) -> None:
        self.files = Files(folder)
        self.led = True
        self.settled: list[bytes] = []
        self.outcome = Outcome(version=4)
        self.moved = [0, 0]
        clock = ManualClock()
        self.transfers = Transfers(clock, EventBus(clock))
        self.api = FilesApi(
            consensus=cast(Consensus, self),
            writer=self.files.writer,
            reader=self.files.reader,
            lookup=Lookup(cast(Consensus, self), self.files.reader),
            facts=KeyFacts(
                catalog=self.files.catalog,
                chunks=self.files.world.chunks,
                members=MemberList(known_members(1, 3, self.files.world.layout.members)),
                full_nodes_up=lambda: 3,
            ),
            transfers=self.transfers,
            moved=self.count,
            token=os.urandom,
        )

    async def catch_up(self) -> bool:
        return self.led

    async def settle(self, target: bytes, command_id: bytes) -> Outcome:
        assert len(command_id) == 16
        self.settled.append(target)
        return self.outcome

    def count(self, stored: int, retrieved: int) -> None:
        self.moved[0] += stored
        self.moved[1] += retrieved

    async def ask(self, exchange: FakeExchange) -> Message:
        await self.api.handlers[type(exchange.request)](exchange.real)
        return exchange.replies[0]

    async def store(self, data: bytes, key: str = "key", *, size: int | None = None, min_copies: int = 0) -> FileStored:
        request = StoreFile(key, os.urandom(16), len(data) if size is None else size, 5, 0o100644, min_copies)
        stored = await self.ask(FakeExchange(request, upload=data))
        assert isinstance(stored, FileStored)
        return stored

    def state(self) -> tuple[str, str]:
        """Of the newest transfer: its state and error."""
        newest = self.transfers.listing()[0]
        return newest.state, newest.error


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    made = Desk(tmp_path)
    await made.files.found()
    yield made
    await made.files.close()


@pytest.mark.parametrize("size", [0, 10, CHUNK, 3 * CHUNK + 1])
async def test_what_was_stored_is_retrieved(desk: Desk, size: int) -> None:
    data = os.urandom(size)
    stored = await desk.store(data)
    assert (stored.size, stored.hash) == (size, blake3(data).hexdigest())
    exchange = FakeExchange(RetrieveFile("key"))
    follows = await desk.ask(exchange)
    assert isinstance(follows, FileFollows)
    assert (follows.start, follows.length, follows.stale) == (0, size, False)
    assert (follows.entry.hash, follows.entry.mtime_ns) == (stored.hash, 5)
    assert bytes(exchange.sent) == data
    assert exchange.finished
    assert desk.moved == [size, size]


async def test_a_stream_of_unknown_length_is_stored_as_long_as_it_is(desk: Desk) -> None:
    assert (await desk.store(b"x" * (CHUNK + 1), size=-1)).size == CHUNK + 1


async def test_only_the_permissions_of_a_mode_are_kept(desk: Desk) -> None:
    await desk.store(b"x")
    version = desk.files.catalog.current("key")
    assert version is not None and version.mode == 0o644


@pytest.mark.parametrize(
    ("start", "end", "wanted"),
    [
        (0, -1, slice(0, None)),
        (5, 10, slice(5, 10)),
        (CHUNK - 1, CHUNK + 1, slice(CHUNK - 1, CHUNK + 1)),
        (7, 7, slice(7, 7)),
    ],
)
async def test_a_range_is_what_was_asked_for(desk: Desk, start: int, end: int, wanted: slice) -> None:
    data = os.urandom(2 * CHUNK)
    await desk.store(data)
    exchange = FakeExchange(RetrieveFile("key", start=start, end=end))
    follows = await desk.ask(exchange)
    assert isinstance(follows, FileFollows)
    assert bytes(exchange.sent) == data[wanted]
    assert (follows.start, follows.length) == (start, len(data[wanted]))


async def test_a_file_is_retrieved_by_the_hash_of_its_content(desk: Desk) -> None:
    stored = await desk.store(b"tea")
    exchange = FakeExchange(RetrieveFile(hash=stored.hash))
    await desk.ask(exchange)
    assert bytes(exchange.sent) == b"tea"


async def test_without_a_leader_a_retrieve_says_that_it_may_be_stale(desk: Desk) -> None:
    await desk.store(b"tea")
    desk.led = False
    follows = await desk.ask(FakeExchange(RetrieveFile("key")))
    assert isinstance(follows, FileFollows) and follows.stale


@pytest.mark.parametrize(
    "request_now",
    [
        StoreFile("../key", ID, 1, 0, 0),
        StoreFile("key", b"short", 1, 0, 0),
        StoreFile("key", ID, -2, 0, 0),
        StoreFile("key", ID, FILE_BYTES_MAX + 1, 0, 0),
        StoreFile("key", ID, 1, 0, 0, min_copies=-1),
        StoreFile("key", ID, 1, 0, 0, min_copies=COPIES_MAX + 1),
        SettleStore(b"short"),
    ],
)
async def test_a_senseless_request_is_refused_before_anything_begins(desk: Desk, request_now: Message) -> None:
    with pytest.raises(InvalidInput):
        await desk.ask(FakeExchange(request_now, upload=b"x"))
    assert desk.transfers.listing() == []
    assert desk.files.log.commands == []


@pytest.mark.parametrize(
    ("size", "announced"), [(3, 2), (3, 4), (3, 5 * CHUNK), (3 * CHUNK, 2 * CHUNK), (3 * CHUNK, 3 * CHUNK + 1)]
)
async def test_a_file_that_is_not_as_long_as_announced_stores_nothing(desk: Desk, size: int, announced: int) -> None:
    with pytest.raises(FileChanged):
        await desk.store(os.urandom(size), size=announced)
    assert desk.files.catalog.list() == []
    assert desk.state()[0] == "failed"


@pytest.mark.parametrize("size", [100, 3 * CHUNK])
async def test_a_client_that_is_lost_while_it_sends_stores_nothing(desk: Desk, size: int) -> None:
    exchange = FakeExchange(StoreFile("key", ID, size, 0, 0), upload=os.urandom(size), lose_after=0)
    with pytest.raises(PeerError):
        await desk.ask(exchange)
    assert desk.files.catalog.list() == []
    assert desk.state() == ("failed", "client: the link is lost")


async def test_a_client_that_is_lost_while_it_reads_ends_the_transfer(desk: Desk) -> None:
    await desk.store(os.urandom(3 * CHUNK))
    with pytest.raises(PeerError):
        await desk.ask(FakeExchange(RetrieveFile("key"), lose_after=CHUNK))
    assert desk.state() == ("failed", "client: the link is lost")
    assert desk.moved[1] == 0


async def test_a_log_that_cannot_decide_fails_the_store(desk: Desk) -> None:
    desk.files.log.failure = NoMajority(["ab" * 32])
    with pytest.raises(NoMajority):
        await desk.store(b"x" * CHUNK)
    assert desk.state()[0] == "failed"
    assert "ab" * 6 in desk.state()[1]


@pytest.mark.parametrize("client_gone", [True, False])
async def test_a_cancelled_transfer_tells_its_client_why_unless_it_has_gone(desk: Desk, client_gone: bool) -> None:
    class Endless(FakeExchange):
        async def read_into(self, buffer: memoryview) -> int:
            await asyncio.Event().wait()
            raise AssertionError

    exchange = Endless(StoreFile("key", ID, -1, 0, 0))
    storing = asyncio.create_task(desk.ask(exchange))
    async with asyncio.timeout(10):
        while not any(transfer.state == "active" for transfer in desk.transfers.listing()):
            await asyncio.sleep(0)
    if client_gone:
        exchange.cancelled.set()
        storing.cancel()
    else:
        assert desk.transfers.cancel(desk.transfers.listing()[0].id)
    await asyncio.wait({storing})
    assert storing.cancelled()
    assert desk.state() == ("cancelled", "")
    assert isinstance(exchange.was_reset, Cancelled) is not client_gone
    assert desk.files.catalog.list() == []


@pytest.mark.parametrize("client_gone", [True, False])
async def test_a_cancelled_retrieve_tells_its_client_why_unless_it_has_gone(desk: Desk, client_gone: bool) -> None:
    class Stuck(FakeExchange):
        async def send(self, data: bytes | memoryview, *, last: bool = False) -> None:
            await asyncio.Event().wait()

    await desk.store(os.urandom(3 * CHUNK))
    exchange = Stuck(RetrieveFile("key"))
    retrieving = asyncio.create_task(desk.ask(exchange))
    async with asyncio.timeout(10):
        while not any(transfer.state == "active" for transfer in desk.transfers.listing()):
            await asyncio.sleep(0.001)
    if client_gone:
        exchange.cancelled.set()
    assert desk.transfers.cancel(desk.transfers.listing()[0].id)
    await asyncio.wait({retrieving})
    assert retrieving.cancelled()
    assert desk.state() == ("cancelled", "")
    assert isinstance(exchange.was_reset, Cancelled) is not client_gone


async def test_progress_counts_each_byte_once_and_who_has_it(desk: Desk) -> None:
    await desk.store(b"x" * 3 * CHUNK)
    (transfer,) = desk.transfers.listing()
    assert (transfer.state, transfer.bytes_done, transfer.bytes_total) == ("done", 3 * CHUNK, 3 * CHUNK)
    assert sum(transfer.copies.values()) >= 2 * 3


async def test_a_retrieve_of_nothing_begins_no_transfer(desk: Desk) -> None:
    with pytest.raises(KeyNotFound):
        await desk.ask(FakeExchange(RetrieveFile("nothing")))
    await desk.store(b"tea")
    with pytest.raises(InvalidInput):
        await desk.ask(FakeExchange(RetrieveFile("key", start=4)))
    assert [transfer.direction for transfer in desk.transfers.listing()] == ["store"]


@pytest.mark.parametrize(("data", "told"), [(b"tea", ["store"]), (b"", ["retrieve", "store"])])
async def test_who_only_asks_what_a_file_is_transfers_nothing(desk: Desk, data: bytes, told: list[str]) -> None:
    stored = await desk.store(data)
    exchange = FakeExchange(RetrieveFile("key", start=0, end=0))
    follows = await desk.ask(exchange)
    assert isinstance(follows, FileFollows)
    assert (follows.length, follows.entry.hash) == (0, stored.hash)
    assert exchange.finished
    assert sorted(transfer.direction for transfer in desk.transfers.listing()) == told


async def test_what_became_of_a_store_is_asked_of_the_log(desk: Desk) -> None:
    assert await desk.ask(FakeExchange(SettleStore(ID))) == StoreSettled(True, 4)
    desk.outcome = Outcome("void", "it never will be")
    assert await desk.ask(FakeExchange(SettleStore(ID))) == StoreSettled(False, 0)
    assert desk.settled == [ID, ID]
