"""The contract can fail: for each promise, a store that breaks it and the test that finds it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from dfs_core.errors import DfsError
from dfs_core.model.ids import Address
from dfs_core.store.base import Buffer
from dfs_core.store.memory import MemoryChunkStore
from dfs_core.testing.store_contract import ChunkStoreContract


class ForgetsToVerifyReads(MemoryChunkStore):
    async def get(self, address: Address, *, verify: bool = True) -> bytes:
        return await super().get(address, verify=False)


class ForgetsToVerifyWrites(MemoryChunkStore):
    async def put(self, address: Address, data: Buffer, *, verify: bool = True) -> bool:
        return await super().put(address, data, verify=False)


class TrustsWhatIsThere(MemoryChunkStore):
    async def quarantine(self, address: Address) -> bool:
        return False


class QuarantinesSoundCopies(MemoryChunkStore):
    async def quarantine(self, address: Address) -> bool:
        return self.chunks.pop(address, None) is not None


class KeepsTheBuffer(MemoryChunkStore):
    async def put(self, address: Address, data: Buffer, *, verify: bool = True) -> bool:
        new = await super().put(address, data, verify=verify)
        self.chunks[address] = data  # type: ignore[assignment]
        return new


class WritesInParts(MemoryChunkStore):
    async def put(self, address: Address, data: Buffer, *, verify: bool = True) -> bool:
        if address not in self.chunks:
            self.chunks[address] = bytes(data[: len(data) // 2])
            await asyncio.sleep(0)
            del self.chunks[address]
        return await super().put(address, data, verify=verify)


class GoesOnAfterACancel(MemoryChunkStore):
    async def put(self, address: Address, data: Buffer, *, verify: bool = True) -> bool:
        async def later() -> bool:
            for _ in range(5):
                await asyncio.sleep(0)
            return await MemoryChunkStore.put(self, address, data, verify=False)

        return await asyncio.shield(asyncio.ensure_future(later()))


class CountsTwice(MemoryChunkStore):
    async def put(self, address: Address, data: Buffer, *, verify: bool = True) -> bool:
        await asyncio.sleep(0)
        await super().put(address, data, verify=verify)
        return True


class ListsInAnyOrder(MemoryChunkStore):
    async def list(self, after: Address | None, limit: int) -> list[tuple[Address, int]]:
        return list(reversed(await super().list(after, limit)))


class ListsItsStartAgain(MemoryChunkStore):
    async def list(self, after: Address | None, limit: int) -> list[tuple[Address, int]]:
        page = await super().list(after, limit)
        if after in self.chunks and page:
            page = [(after, len(self.chunks[after])), *page[:-1]]
        return page


class AnswersInSetOrder(MemoryChunkStore):
    async def which(self, addresses: Sequence[Address]) -> list[bool]:
        return [address in self.chunks for address in sorted(addresses)]


class DeletesNeighbours(MemoryChunkStore):
    async def delete(self, address: Address) -> bool:
        found = address in self.chunks
        for near in [held for held in self.chunks if held.bucket == address.bucket]:
            del self.chunks[near]
        return found


class TakesAnySize(MemoryChunkStore):
    async def put(self, address: Address, data: Buffer, *, verify: bool = True) -> bool:
        self.chunks[address] = bytes(data)
        return True


BREACHES = [
    (ForgetsToVerifyReads, "test_wrong_bytes_are_never_read_and_are_replaced_by_right_ones"),
    (ForgetsToVerifyWrites, "test_bytes_under_a_wrong_address_are_refused"),
    (TrustsWhatIsThere, "test_wrong_bytes_are_never_read_and_are_replaced_by_right_ones"),
    (TrustsWhatIsThere, "test_quarantine_takes_a_damaged_copy_out_of_sight"),
    (QuarantinesSoundCopies, "test_quarantine_leaves_a_sound_copy_alone"),
    (KeepsTheBuffer, "test_a_borrowed_buffer_may_be_used_again_afterwards"),
    (WritesInParts, "test_a_reader_never_sees_a_part"),
    (GoesOnAfterACancel, "test_a_cancelled_put_has_let_go_of_its_buffer_and_left_all_or_nothing"),
    (CountsTwice, "test_of_many_puts_at_once_exactly_one_is_new"),
    (CountsTwice, "test_putting_twice_is_putting_once"),
    (ListsInAnyOrder, "test_the_list_is_in_address_order_and_pages_meet"),
    (ListsItsStartAgain, "test_the_list_is_in_address_order_and_pages_meet"),
    (AnswersInSetOrder, "test_which_answers_in_the_order_asked"),
    (DeletesNeighbours, "test_deleting_one_leaves_its_neighbours"),
    (TakesAnySize, "test_the_largest_chunk_is_kept_and_a_larger_one_refused"),
]


@pytest.mark.parametrize(("store", "promise"), BREACHES, ids=[f"{store.__name__}-{name}" for store, name in BREACHES])
async def test_a_broken_promise_is_found(store: type[MemoryChunkStore], promise: str) -> None:
    with pytest.raises((AssertionError, pytest.fail.Exception, DfsError, ExceptionGroup)):
        await getattr(ChunkStoreContract(), promise)(store())
