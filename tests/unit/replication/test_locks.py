from __future__ import annotations

import asyncio

from dfs_core.model.ids import Address
from dfs_core.replication.locks import AddressLocks

TEA, MILK = Address.of(b"tea"), Address.of(b"milk")


async def test_two_on_one_address_take_turns_and_two_on_two_do_not() -> None:
    locks, order = AddressLocks(), list[str]()

    async def work(name: str, address: Address) -> None:
        async with locks.hold(address):
            order.append(f"{name} begins")
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            order.append(f"{name} ends")

    await asyncio.gather(work("a", TEA), work("b", TEA), work("c", MILK))
    assert order.index("a ends") < order.index("b begins")
    assert order.index("c begins") < order.index("a ends")


async def test_a_lock_that_nobody_holds_or_waits_for_takes_no_memory() -> None:
    locks = AddressLocks()
    async with locks.hold(TEA):
        waiting = asyncio.create_task(_hold(locks))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait({waiting})
    assert not locks._locks and not locks._users
    async with locks.hold(TEA):
        pass


async def _hold(locks: AddressLocks) -> None:
    async with locks.hold(TEA):
        raise AssertionError("it was held by another")
