"""The fence: nothing is answered before it is carried out, and nothing is carried out again after it was answered."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest

from dfs_core.errors import FenceBehind, StoreError
from dfs_core.model.ids import Address
from dfs_core.replication import fence as fence_module
from dfs_core.replication.fence import FENCE_NAME, Fence
from dfs_core.store.memory import MemoryChunkStore

from .chunk_world import KeptInMemory, ToldVerdicts, make_fence

TEA, MILK = b"tea" * 100, b"milk" * 100
OF_TEA, OF_MILK = Address.of(TEA), Address.of(MILK)


class Holder:
    """A store with its fence, which can be started anew."""

    def __init__(self) -> None:
        self.store, self.kept = MemoryChunkStore(), KeptInMemory()
        self.restart()

    def restart(self) -> None:
        verdicts = self.source.verdicts if hasattr(self, "source") else {}
        self.fence, self.source = make_fence(self.store, self.kept)
        for index, addresses in verdicts.items():
            self.source.condemn(index, *map(Address, addresses))


@pytest.fixture
def holder() -> Holder:
    return Holder()


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(fence_module, "REACH_S", 0.05)
    monkeypatch.setattr(fence_module, "RETRY_S", 0.01)
    yield


@asynccontextmanager
async def running(fence: Fence) -> AsyncIterator[None]:
    task = asyncio.create_task(fence.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_verdicts_are_carried_out_in_the_order_of_the_log_and_the_fence_follows(holder: Holder) -> None:
    await holder.store.put(OF_TEA, TEA)
    await holder.store.put(OF_MILK, MILK)
    holder.source.condemn(5, OF_TEA)
    holder.source.condemn(8, OF_MILK)
    assert await holder.fence.step()
    assert (await holder.store.has(OF_TEA), await holder.store.has(OF_MILK)) == (False, True)
    assert holder.fence.up_to == 5
    assert await holder.fence.step()
    assert not await holder.store.has(OF_MILK)
    assert not await holder.fence.step()
    assert holder.fence.up_to == 8


async def test_who_names_a_later_index_waits_until_it_is_carried_out_and_durable(holder: Holder) -> None:
    await holder.store.put(OF_TEA, TEA)
    holder.source.condemn(5, OF_TEA)
    async with running(holder.fence):
        await holder.fence.reach(5)
    assert not await holder.store.has(OF_TEA)
    assert holder.kept.kept[FENCE_NAME] == (5).to_bytes(8, "big")


async def test_a_holder_that_lags_says_so_in_time(holder: Holder) -> None:
    async with running(holder.fence):
        with pytest.raises(FenceBehind, match="up to log index 0, not yet up to 7"):
            await holder.fence.reach(7)
        holder.source.condemn(7, OF_TEA)
        await holder.fence.reach(7)


async def test_where_nothing_was_condemned_nobody_waits(holder: Holder) -> None:
    holder.source.read_to = 9
    await holder.fence.reach(9)
    with pytest.raises(FenceBehind):
        await holder.fence.reach(10)


async def test_what_was_stored_after_a_verdict_was_carried_out_survives_a_restart(holder: Holder) -> None:
    await holder.store.put(OF_TEA, TEA)
    holder.source.condemn(5, OF_TEA)
    await holder.fence.step()
    await holder.store.put(OF_TEA, TEA)
    holder.restart()
    assert holder.fence.up_to == 5
    assert not await holder.fence.step()
    assert await holder.store.has(OF_TEA)


async def test_a_disk_that_fails_keeps_the_fence_where_it_is_until_all_is_deleted(
    holder: Holder, monkeypatch: pytest.MonkeyPatch
) -> None:
    await holder.store.put(OF_TEA, TEA)
    await holder.store.put(OF_MILK, MILK)
    holder.source.condemn(5, *sorted((OF_TEA, OF_MILK)))
    delete, broken = holder.store.delete, [True]

    async def sometimes(address: Address) -> bool:
        if broken[0] and address == OF_MILK:
            raise StoreError("the disk fails")
        return await delete(address)

    monkeypatch.setattr(holder.store, "delete", sometimes)
    async with running(holder.fence):
        with pytest.raises(FenceBehind):
            await holder.fence.reach(5)
        broken[0] = False
        async with asyncio.timeout(5):
            while holder.fence.up_to < 5:
                await asyncio.sleep(0)
    assert not holder.store.chunks


async def test_a_fence_that_cannot_be_kept_is_not_reached(holder: Holder, monkeypatch: pytest.MonkeyPatch) -> None:
    holder.source.condemn(5, OF_TEA)

    def fail(name: str, value: bytes) -> None:
        raise StoreError("the state cannot be written")

    monkeypatch.setattr(holder.kept, "put", fail)
    with pytest.raises(StoreError):
        await holder.fence.step()
    assert holder.fence.up_to == 0


async def test_the_index_named_is_one_that_no_holder_has_to_work_for(
    holder: Holder, monkeypatch: pytest.MonkeyPatch
) -> None:
    slowest = 5
    monkeypatch.setattr(holder.fence, "_slowest", lambda: slowest)
    holder.source.condemn(5, OF_TEA)
    holder.source.condemn(8, OF_MILK)
    assert await holder.fence.as_of([OF_TEA]) == 5
    assert await holder.fence.as_of([OF_TEA, OF_MILK]) == 8, "one of them was condemned since"
    holder.source.horizon = 6
    assert await holder.fence.as_of([OF_TEA]) == 8, "what is older than the horizon proves nothing"
    slowest = 9
    assert await holder.fence.as_of([OF_TEA]) == 8


async def test_verdicts_of_another_source_are_followed_from_where_the_fence_is(holder: Holder) -> None:
    holder.source.condemn(5, OF_TEA)
    await holder.fence.step()
    other = ToldVerdicts()
    other.condemn(5, OF_MILK)
    other.condemn(6, OF_TEA)
    holder.fence.follow(other)
    assert await holder.fence.step()
    assert holder.fence.up_to == holder.fence.newest == 6
