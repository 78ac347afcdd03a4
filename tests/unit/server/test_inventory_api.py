from __future__ import annotations

import asyncio

import pytest

from dfs_core.clock import SystemClock
from dfs_core.encoding.inventory_messages import (
    CHUNK_HELD,
    AskBucket,
    AskInventory,
    BucketListed,
    InventoryKnown,
)
from dfs_core.encoding.message import Message
from dfs_core.errors import InvalidInput, RemoteProtocolError
from dfs_core.model.ids import BUCKET_COUNT, Address
from dfs_core.replication import inventory
from dfs_core.replication.inventory import InventoriedStore, Inventory
from dfs_core.server.inventory_api import InventoryApi
from dfs_core.store.memory import MemoryChunkStore

from .exchanges import FakeExchange

SAME_BUCKET = [Address(b"\xab\xc0" + bytes([number]) * 30) for number in range(1, 6)]
NEXT_BUCKET = Address(b"\xab\xd0" + bytes(30))


class Desk:
    """A node that holds chunks."""

    def __init__(self) -> None:
        self.bare, self.inventory = MemoryChunkStore(), Inventory(b"n" * 16)
        for number, address in enumerate([*SAME_BUCKET, NEXT_BUCKET], 1):
            self.bare.chunks[address] = b"x" * number
        self.store = InventoriedStore(self.bare, self.inventory)
        self.api = InventoryApi(inventory=self.inventory, store=self.store)

    async def ask(self, request: Message) -> Message:
        exchange = FakeExchange(request)
        await self.api.handlers[type(request)](exchange.real)
        (reply,) = exchange.replies
        return reply

    async def count(self) -> None:
        counting = asyncio.create_task(self.inventory.run(self.bare, SystemClock()))
        while not self.inventory.counted:
            await asyncio.sleep(0)
        counting.cancel()


@pytest.fixture
async def desk() -> Desk:
    desk = Desk()
    await desk.count()
    return desk


async def test_the_inventory_is_told_as_far_as_it_is_news(desk: Desk) -> None:
    known = await desk.ask(AskInventory())
    assert isinstance(known, InventoryKnown) and known.counted and known.buckets
    again = await desk.ask(AskInventory(known.nonce, known.sequence))
    assert isinstance(again, InventoryKnown) and again.buckets == b""


async def listed(desk: Desk, bucket: int) -> list[tuple[bytes, int]]:
    found: list[tuple[bytes, int]] = []
    after = b""
    while True:
        page = await desk.ask(AskBucket(bucket, after))
        assert isinstance(page, BucketListed)
        found += CHUNK_HELD.iter_unpack(page.chunks)
        if not page.more:
            return found
        after = found[-1][0]


@pytest.mark.parametrize("page", [2, 5, 6, 4096])
async def test_a_bucket_is_listed_in_pages_and_without_its_neighbours(
    desk: Desk, page: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inventory, "BUCKET_PAGE_MAX", page)
    assert await listed(desk, 0xABC) == [(address.digest, size) for size, address in enumerate(SAME_BUCKET, 1)]
    assert await listed(desk, 0xABD) == [(NEXT_BUCKET.digest, 6)]
    assert await listed(desk, 0) == []


async def test_a_chunk_that_no_sum_knows_of_yet_is_listed(desk: Desk) -> None:
    desk.bare.chunks[Address(b"\xab\xc0" + b"\xff" * 30)] = b"late"
    assert len(await listed(desk, 0xABC)) == 6


@pytest.mark.parametrize("request_", [AskBucket(-1), AskBucket(BUCKET_COUNT)])
async def test_what_makes_no_sense_is_refused(desk: Desk, request_: Message) -> None:
    with pytest.raises(RemoteProtocolError):
        await desk.ask(request_)


async def test_an_address_of_another_size_is_refused(desk: Desk) -> None:
    with pytest.raises(InvalidInput):
        await desk.ask(AskBucket(1, b"short"))
