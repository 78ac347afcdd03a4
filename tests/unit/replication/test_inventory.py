from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from dfs_core.clock import SystemClock
from dfs_core.encoding.inventory_messages import BUCKET_SUM
from dfs_core.errors import ChunkNotFound, StoreError
from dfs_core.model.bucket import DIGEST_BYTES, EMPTY, BucketSum, sum_of
from dfs_core.model.ids import BUCKET_COUNT, Address
from dfs_core.replication import inventory
from dfs_core.replication.inventory import InventoriedStore, Inventory
from dfs_core.store.base import Buffer
from dfs_core.store.memory import MemoryChunkStore
from dfs_core.testing.store_contract import ChunkStoreContract

CHUNKS = dict(sorted((Address.of(data), data) for data in (b"chunk %d" % number for number in range(300))))
ALL = list(CHUNKS)
NONCE = b"n" * 16


class SlowStore(MemoryChunkStore):
    """A store that takes a turn of the loop over everything, and on which changes can be held up."""

    def __init__(self) -> None:
        super().__init__()
        self.may_list = asyncio.Event()
        self.may_list.set()
        self.listing = asyncio.Event()
        self.broken = False

    async def list(self, after: Address | None, limit: int) -> list[tuple[Address, int]]:
        self.listing.set()
        await self.may_list.wait()
        if self.broken:
            raise StoreError("the disk fails")
        return await super().list(after, limit)

    async def put(self, address: Address, data: Buffer, *, verify: bool = True) -> bool:
        await asyncio.sleep(0)
        return await super().put(address, data, verify=verify)


class Shelf:
    """A store with its inventory, counted or not."""

    def __init__(self) -> None:
        self.bare, self.inventory = SlowStore(), Inventory(NONCE)
        self.store = InventoriedStore(self.bare, self.inventory)

    async def counted(self) -> None:
        while not self.inventory.counted:
            await asyncio.sleep(0)

    @contextmanager
    def running(self) -> Iterator[None]:
        task = asyncio.create_task(self.inventory.run(self.bare, SystemClock()))
        try:
            yield
        finally:
            task.cancel()

    def is_right(self) -> bool:
        """Every sum is the one of what is in the store."""
        return all(
            self.inventory.sum_of(bucket) == sum_of(held.digest for held in self.bare.chunks if held.bucket == bucket)
            for bucket in range(BUCKET_COUNT)
        )


@pytest.fixture
def shelf(monkeypatch: pytest.MonkeyPatch) -> Shelf:
    monkeypatch.setattr(inventory, "PAGE", 7)
    monkeypatch.setattr(inventory, "DOUBT_S", 0.0)
    return Shelf()


def told(packed: bytes) -> dict[int, BucketSum]:
    return {
        bucket: BucketSum(int.from_bytes(digest, "big"), chunks)
        for bucket, digest, chunks in BUCKET_SUM.iter_unpack(packed)
    }


class TestInventoriedStore(ChunkStoreContract):
    """The store behind an inventory keeps every promise of a store."""

    @pytest.fixture
    def store(self) -> InventoriedStore:
        return InventoriedStore(MemoryChunkStore(), Inventory(NONCE))


async def test_what_was_there_at_the_start_is_counted(shelf: Shelf) -> None:
    shelf.bare.chunks.update(CHUNKS)
    assert not shelf.inventory.counted
    with shelf.running():
        await shelf.counted()
    assert shelf.is_right()


async def test_every_change_is_kept_up_with(shelf: Shelf) -> None:
    with shelf.running():
        await shelf.counted()
        for address, data in CHUNKS.items():
            await shelf.store.put(address, data)
            await shelf.store.put(address, data)
        for address in ALL[:100]:
            await shelf.store.delete(address)
            await shelf.store.delete(address)
        shelf.bare.chunks[ALL[200]] = b"damaged"
        await shelf.store.quarantine(ALL[200])
        await shelf.store.quarantine(ALL[201])  # sound: it stays
        shelf.bare.chunks[ALL[202]] = b"damaged"
        await shelf.store.put(ALL[202], CHUNKS[ALL[202]])  # in place of the damaged one
        assert len(shelf.bare.chunks) == 199
        assert shelf.is_right()


async def test_what_changes_while_the_store_is_walked_through_is_counted_once(shelf: Shelf) -> None:
    shelf.bare.chunks.update(list(CHUNKS.items())[::2])
    shelf.bare.may_list.clear()
    with shelf.running():
        await shelf.bare.listing.wait()
        changes = [shelf.store.put(address, CHUNKS[address]) for address in ALL[1::2]]
        changes += [shelf.store.delete(address) for address in ALL[::4]]
        begun = [asyncio.create_task(change) for change in changes[::2]]
        await asyncio.sleep(0)
        shelf.bare.may_list.set()
        await asyncio.gather(*begun, *changes[1::2])
        await shelf.counted()
    assert shelf.is_right()


async def test_a_bucket_that_is_told_of_is_told_as_it_is_before_all_are_counted(shelf: Shelf) -> None:
    """An asker may compare what it hears of at once: the others it must not take for empty."""
    shelf.bare.chunks.update(CHUNKS)
    shelf.bare.broken = True
    with shelf.running():
        await shelf.bare.listing.wait()
        known = shelf.inventory.known(b"", 0)
    assert (known.counted, known.buckets) == (False, b"")


async def test_a_change_that_failed_or_was_cancelled_has_its_bucket_counted_again(shelf: Shelf) -> None:
    with shelf.running():
        await shelf.counted()
        put = asyncio.create_task(shelf.store.put(ALL[0], CHUNKS[ALL[0]]))
        await asyncio.sleep(0)
        shelf.bare.chunks[ALL[0]] = CHUNKS[ALL[0]]  # a disk may have come that far
        put.cancel()
        await asyncio.gather(put, return_exceptions=True)
        async with asyncio.timeout(10):
            while not shelf.is_right():
                await asyncio.sleep(0)


async def test_changes_of_one_chunk_that_overlap_come_out_right(shelf: Shelf) -> None:
    with shelf.running():
        await shelf.counted()
        shelf.bare.chunks[ALL[0]] = b"damaged"
        await asyncio.gather(
            shelf.store.put(ALL[0], CHUNKS[ALL[0]]), shelf.store.quarantine(ALL[0]), shelf.store.delete(ALL[0])
        )
        async with asyncio.timeout(10):
            while not shelf.is_right():
                await asyncio.sleep(0)


async def test_a_chunk_taken_away_behind_the_nodes_back_is_missed_when_somebody_asks_for_it(shelf: Shelf) -> None:
    with shelf.running():
        await shelf.counted()
        await shelf.store.put(ALL[0], CHUNKS[ALL[0]])
        shelf.bare.chunks.clear()
        with pytest.raises(ChunkNotFound):
            await shelf.store.get(ALL[0])
        async with asyncio.timeout(10):
            while not shelf.is_right():
                await asyncio.sleep(0)


async def test_all_buckets_are_counted_again_in_time(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inventory, "TOUR_S", 0.0)
    with shelf.running():
        await shelf.counted()
        shelf.bare.chunks.update(list(CHUNKS.items())[:1])
        async with asyncio.timeout(30):
            while not shelf.is_right():
                await asyncio.sleep(0)


async def test_only_what_changed_since_is_told(shelf: Shelf) -> None:
    shelf.bare.chunks.update(CHUNKS)
    with shelf.running():
        await shelf.counted()
        first = shelf.inventory.known(b"", 0)
        assert first.counted
        assert told(first.buckets) == {address.bucket: shelf.inventory.sum_of(address.bucket) for address in ALL}
        assert shelf.inventory.known(NONCE, first.sequence).buckets == b""
        await shelf.store.delete(ALL[0])
        second = shelf.inventory.known(NONCE, first.sequence)
        assert told(second.buckets) == {ALL[0].bucket: shelf.inventory.sum_of(ALL[0].bucket)}
        assert shelf.inventory.known(b"of another start", second.sequence).buckets != second.buckets


async def test_an_emptied_bucket_is_told_of_as_empty(shelf: Shelf) -> None:
    with shelf.running():
        await shelf.counted()
        await shelf.store.put(ALL[0], CHUNKS[ALL[0]])
        since = shelf.inventory.known(NONCE, 0).sequence
        await shelf.store.delete(ALL[0])
        known = shelf.inventory.known(NONCE, since)
    ((bucket, digest, chunks),) = BUCKET_SUM.iter_unpack(known.buckets)
    assert (bucket, int.from_bytes(digest, "big"), chunks) == (ALL[0].bucket, *EMPTY)
    assert len(digest) == DIGEST_BYTES


async def test_the_last_bucket_that_is_counted_is_news_even_if_it_is_empty(shelf: Shelf) -> None:
    before = shelf.inventory.known(NONCE, 0).sequence
    with shelf.running():
        await shelf.counted()
    assert shelf.inventory.known(NONCE, before).sequence > before


@pytest.mark.parametrize("end", [3, BUCKET_COUNT])  # fewer buckets, and more, than hold something
async def test_a_walk_that_met_nothing_where_something_should_be_is_a_doubt(shelf: Shelf, end: int) -> None:
    inside, behind = (Address(bytes([0, 0x10 * bucket]) + bytes(30)) for bucket in (2, 3))
    others = {Address(bytes([bucket, 0]) + bytes(30)): b"" for bucket in range(1, 9)}
    shelf.bare.chunks.update({inside: b"", behind: b"", **others})
    with shelf.running():
        await shelf.counted()
        shelf.bare.chunks.clear()
        shelf.inventory.compare(0, EMPTY, end)
        async with asyncio.timeout(30):
            while shelf.inventory.sum_of(inside.bucket) != EMPTY:
                await asyncio.sleep(0)
            while end == BUCKET_COUNT and not shelf.is_right():
                await asyncio.sleep(0)
        assert (shelf.inventory.sum_of(behind.bucket) == EMPTY) == (end == BUCKET_COUNT)


async def test_a_walk_that_met_something_else_is_a_doubt(shelf: Shelf) -> None:
    shelf.bare.chunks.update(CHUNKS)
    bucket = ALL[0].bucket
    shelf.inventory.compare(bucket, BucketSum(0, 0), bucket + 1)  # not counted yet: that comes anyway
    with shelf.running():
        await shelf.counted()
        gone = [address for address in ALL if address.bucket == bucket]
        for address in gone:
            del shelf.bare.chunks[address]
        assert not shelf.is_right()
        shelf.inventory.compare(bucket, EMPTY, bucket + 1)
        async with asyncio.timeout(10):
            while not shelf.is_right():
                await asyncio.sleep(0)
