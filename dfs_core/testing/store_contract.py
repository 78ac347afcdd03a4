"""What every chunk store promises, as tests. A backend's test module subclasses `ChunkStoreContract` and gives `store`.

```python
class TestMyStore(ChunkStoreContract):
    @pytest.fixture
    async def store(self, tmp_path): ...
```

Durability is not here: a crash cannot be had through the contract (see the crash points of the file store's tests).
"""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from dfs_core.errors import ChunkCorrupt, ChunkNotFound, StoreFull
from dfs_core.limits import MIB, SEALED_BYTES_MAX
from dfs_core.model.ids import Address
from dfs_core.store.base import ChunkStore

TEA = Address.of(b"tea")
MILK = Address.of(b"milk")


def numbered(count: int) -> dict[Address, bytes]:
    """As many different chunks, of different sizes, in address order."""
    chunks = (b"chunk %d" % number * (1 + number % 7) for number in range(count))
    return dict(sorted((Address.of(chunk), chunk) for chunk in chunks))


class ChunkStoreContract:
    # -- put and get

    async def test_what_was_put_comes_back(self, store: ChunkStore) -> None:
        assert await store.put(TEA, b"tea") is True
        assert await store.get(TEA) == b"tea"
        assert await store.has(TEA)

    async def test_putting_twice_is_putting_once(self, store: ChunkStore) -> None:
        assert await store.put(TEA, b"tea") is True
        assert await store.put(TEA, b"tea") is False
        usage = await store.usage()
        assert (usage.chunks, usage.stored_bytes) == (1, 3)
        assert await store.get(TEA) == b"tea"

    async def test_of_many_puts_at_once_exactly_one_is_new(self, store: ChunkStore) -> None:
        answers = await asyncio.gather(*(store.put(TEA, b"tea") for _ in range(20)))
        assert sorted(answers) == [False] * 19 + [True]
        assert (await store.usage()).chunks == 1

    async def test_a_missing_chunk_is_named_in_the_error(self, store: ChunkStore) -> None:
        for read in (store.get(TEA), store.get_range(TEA, 0, 1)):
            with pytest.raises(ChunkNotFound, match=str(TEA)):
                await read
        assert not await store.has(TEA)

    async def test_an_empty_chunk_is_a_chunk(self, store: ChunkStore) -> None:
        nothing = Address.of(b"")
        await store.put(nothing, b"")
        assert await store.get(nothing) == b""
        assert await store.list(None, 10) == [(nothing, 0)]

    async def test_the_largest_chunk_is_kept_and_a_larger_one_refused(self, store: ChunkStore) -> None:
        largest = bytes(SEALED_BYTES_MAX)
        await store.put(Address.of(largest), largest)
        assert await store.get(Address.of(largest)) == largest
        larger = bytes(SEALED_BYTES_MAX + 1)
        with pytest.raises(ValueError, match="at most"):
            await store.put(Address.of(larger), larger)
        assert not await store.has(Address.of(larger))

    # -- wrong bytes

    async def test_bytes_under_a_wrong_address_are_refused(self, store: ChunkStore) -> None:
        with pytest.raises(ChunkCorrupt, match=str(TEA)):
            await store.put(TEA, b"milk")
        assert not await store.has(TEA)
        assert (await store.usage()).chunks == 0

    async def test_wrong_bytes_are_never_read_and_are_replaced_by_right_ones(self, store: ChunkStore) -> None:
        await store.put(TEA, b"mud", verify=False)
        with pytest.raises(ChunkCorrupt, match=str(TEA)):
            await store.get(TEA)
        assert await store.get(TEA, verify=False) == b"mud"
        assert await store.put(TEA, b"tea") is True
        assert await store.get(TEA) == b"tea"
        usage = await store.usage()
        assert (usage.chunks, usage.stored_bytes) == (1, 3)

    async def test_quarantine_takes_a_damaged_copy_out_of_sight(self, store: ChunkStore) -> None:
        await store.put(TEA, b"mud", verify=False)
        assert await store.quarantine(TEA) is True
        assert not await store.has(TEA)
        assert await store.list(None, 10) == []
        assert (await store.usage()).chunks == 0
        assert await store.quarantine(TEA) is False

    async def test_quarantine_leaves_a_sound_copy_alone(self, store: ChunkStore) -> None:
        await store.put(TEA, b"tea")
        assert await store.quarantine(TEA) is False
        assert await store.get(TEA) == b"tea"

    # -- ranges

    async def test_a_range_is_cut_at_the_end(self, store: ChunkStore) -> None:
        await store.put(MILK, b"milk")
        assert await store.get_range(MILK, 1, 2) == b"il"
        assert await store.get_range(MILK, 2, 100) == b"lk"
        assert await store.get_range(MILK, 4, 1) == b""
        assert await store.get_range(MILK, 400, 1) == b""
        assert await store.get_range(MILK, 0, 0) == b""

    async def test_a_range_below_zero_is_refused(self, store: ChunkStore) -> None:
        await store.put(MILK, b"milk")
        for start, length in ((-1, 2), (0, -1)):
            with pytest.raises(ValueError, match="above 0"):
                await store.get_range(MILK, start, length)

    # -- buffers

    async def test_a_borrowed_buffer_may_be_used_again_afterwards(self, store: ChunkStore) -> None:
        for chunk in (b"tea", bytearray(b"tea"), memoryview(b"xxtea")[2:], memoryview(bytearray(b"tea"))):
            await store.delete(TEA)
            await store.put(TEA, chunk)
            if not isinstance(chunk, bytes) and not memoryview(chunk).readonly:
                chunk[:] = b"mud"
            assert await store.get(TEA) == b"tea"

    async def test_a_cancelled_put_has_let_go_of_its_buffer_and_left_all_or_nothing(self, store: ChunkStore) -> None:
        whole = bytes(range(256)) * (MIB // 256)
        address = Address.of(whole)
        for steps in range(4):
            buffer = bytearray(whole)
            put = asyncio.ensure_future(store.put(address, buffer))
            for _ in range(steps):
                await asyncio.sleep(0)
            put.cancel()
            await asyncio.wait([put])
            buffer[:] = bytes(len(buffer))
            for _ in range(10):  # what goes on behind the caller's back gets its chance to
                await asyncio.sleep(0)
            if await store.has(address):
                assert await store.get(address, verify=False) == whole
            else:
                assert (await store.usage()).chunks == 0
            await store.delete(address)

    async def test_a_reader_never_sees_a_part(self, store: ChunkStore) -> None:
        chunks = {Address.of(chunk): chunk for chunk in (bytes([number]) * (MIB // 2) for number in range(8))}
        done = asyncio.Event()

        async def read(address: Address) -> None:
            while not done.is_set():
                await asyncio.sleep(0)  # a store in memory never waits by itself
                with contextlib.suppress(ChunkNotFound):
                    assert await store.get(address, verify=False) == chunks[address]

        async with asyncio.TaskGroup() as readers:
            for address in chunks:
                readers.create_task(read(address))
            for _ in range(3):
                await asyncio.gather(*(store.put(address, chunk) for address, chunk in chunks.items()))
                await asyncio.gather(*(store.delete(address) for address in chunks))
            done.set()

    # -- several

    async def test_which_answers_in_the_order_asked(self, store: ChunkStore) -> None:
        await store.put(TEA, b"tea")
        assert await store.which([MILK, TEA, MILK, TEA]) == [False, True, False, True]
        assert await store.which([]) == []

    async def test_the_list_is_in_address_order_and_pages_meet(self, store: ChunkStore) -> None:
        chunks = numbered(57)
        await asyncio.gather(*(store.put(address, chunk) for address, chunk in chunks.items()))
        expected = [(address, len(chunk)) for address, chunk in chunks.items()]
        for limit in (1, 10, 57, 1000):
            walked: list[tuple[Address, int]] = []
            while page := await store.list(walked[-1][0] if walked else None, limit):
                assert len(page) <= limit
                walked += page
                assert len(walked) <= len(expected), "the walk goes round"
            assert walked == expected

    async def test_a_list_may_start_after_a_chunk_that_is_not_there(self, store: ChunkStore) -> None:
        chunks = list(numbered(9))
        await asyncio.gather(*(store.put(address, chunk) for address, chunk in numbered(9).items()))
        await store.delete(chunks[4])
        assert [address for address, _ in await store.list(chunks[4], 2)] == chunks[5:7]

    async def test_a_list_goes_on_while_chunks_come_and_go(self, store: ChunkStore) -> None:
        staying = numbered(20)
        moving = [b"moving %d" % number for number in range(20)]
        await asyncio.gather(*(store.put(address, chunk) for address, chunk in staying.items()))

        async def disturb() -> None:
            for chunk in moving:
                await store.put(Address.of(chunk), chunk)
                await store.delete(Address.of(chunk))

        async with asyncio.TaskGroup() as group:
            disturbing = group.create_task(disturb())
            while not disturbing.done():
                listed = [address for address, _ in await store.list(None, 1000)]
                assert [address for address in listed if address in staying] == list(staying)
                await asyncio.sleep(0)

    async def test_a_page_of_nothing_is_refused(self, store: ChunkStore) -> None:
        with pytest.raises(ValueError, match="at least one"):
            await store.list(None, 0)

    # -- delete and usage

    async def test_a_deleted_chunk_is_gone_and_deleting_it_again_is_fine(self, store: ChunkStore) -> None:
        await store.put(TEA, b"tea")
        await store.put(MILK, b"milk")
        assert await store.delete(TEA) is True
        assert await store.delete(TEA) is False
        with pytest.raises(ChunkNotFound):
            await store.get(TEA)
        assert await store.list(None, 10) == [(MILK, 4)]
        assert await store.put(TEA, b"tea") is True

    async def test_deleting_one_leaves_its_neighbours(self, store: ChunkStore) -> None:
        near = [Address(b"\xab\xcd" + bytes([number]) * 30) for number in range(4)]
        for address in near:
            await store.put(address, b"x", verify=False)
        await store.delete(near[1])
        assert await store.which(near) == [True, False, True, True]

    async def test_a_capacity_counts_from_when_it_is_set_and_takes_nothing_away(self, store: ChunkStore) -> None:
        await store.put(TEA, b"tea")
        store.set_capacity(2)
        assert (await store.usage()).capacity_bytes == 2
        assert await store.get(TEA) == b"tea"
        with pytest.raises(StoreFull):
            await store.put(MILK, b"milk")
        store.set_capacity(1 << 30)
        assert await store.put(MILK, b"milk")

    async def test_counting_again_changes_nothing_where_nothing_is_wrong(self, store: ChunkStore) -> None:
        await store.put(TEA, b"tea")
        await store.put(MILK, b"milk")
        before = await store.usage()
        await store.recount()
        after = await store.usage()
        assert (after.chunks, after.stored_bytes) == (before.chunks, before.stored_bytes) == (2, 7)

    async def test_usage_follows_puts_and_deletes(self, store: ChunkStore) -> None:
        before = await store.usage()
        assert (before.chunks, before.stored_bytes) == (0, 0)
        assert 0 < before.free_bytes <= before.capacity_bytes
        await asyncio.gather(*(store.put(address, chunk) for address, chunk in numbered(30).items()))
        full = await store.usage()
        assert (full.chunks, full.stored_bytes) == (30, sum(map(len, numbered(30).values())))
        await asyncio.gather(*(store.delete(address) for address in numbered(30)))
        after = await store.usage()
        assert (after.chunks, after.stored_bytes) == (0, 0)
