from __future__ import annotations

import asyncio
from random import Random

import pytest

from dfs_core.model.ids import NodeId
from dfs_core.replication.budget import Budget, PeerShares


async def taking(budget: Budget, count: int) -> asyncio.Task[None]:
    """A task that has asked for `count` bytes; done at once if it has them."""
    task = asyncio.create_task(budget.take(count))
    await asyncio.sleep(0)
    return task


async def settle() -> None:
    for _ in range(3):
        await asyncio.sleep(0)


async def test_what_fits_is_given_at_once() -> None:
    budget = Budget(100)
    await budget.take(60)
    await budget.take(40)
    assert budget.used == 100


async def test_what_does_not_fit_waits_until_it_does() -> None:
    budget = Budget(100)
    await budget.take(60)
    waiting = await taking(budget, 50)
    assert not waiting.done()
    budget.give_back(60)
    await waiting
    assert budget.used == 50


async def test_first_come_first_served_even_if_a_later_one_would_fit() -> None:
    budget = Budget(100)
    await budget.take(60)
    large, small = await taking(budget, 80), await taking(budget, 10)
    assert not large.done() and not small.done()
    budget.give_back(60)
    await asyncio.gather(large, small)
    assert budget.used == 90


async def test_more_than_the_whole_is_granted_alone() -> None:
    budget = Budget(100)
    await budget.take(1)
    huge = await taking(budget, 1000)
    assert not huge.done()
    budget.give_back(1)
    await huge
    assert not (await taking(budget, 1)).done()
    budget.give_back(1000)
    await settle()
    assert budget.used == 1


async def test_who_stops_waiting_holds_nothing_and_lets_the_next_in() -> None:
    budget = Budget(100)
    await budget.take(60)
    large, small = await taking(budget, 80), await taking(budget, 10)
    large.cancel()
    await asyncio.wait({large})
    await small
    assert budget.used == 70


async def test_cancelled_in_the_moment_of_the_grant_holds_nothing() -> None:
    budget = Budget(100)
    await budget.take(100)
    granted, next_one = await taking(budget, 100), await taking(budget, 100)
    budget.give_back(100)
    granted.cancel()
    await asyncio.wait({granted})
    assert granted.cancelled()
    await next_one
    assert budget.used == 100


async def test_cancelled_just_before_bytes_come_free_is_still_a_cancellation() -> None:
    budget = Budget(100)
    await budget.take(100)
    waiting, next_one = await taking(budget, 100), await taking(budget, 100)
    waiting.cancel()
    budget.give_back(100)
    await asyncio.wait({waiting})
    assert waiting.cancelled()
    await next_one
    assert budget.used == 100


@pytest.mark.parametrize("seed", range(20))
async def test_never_more_than_the_whole_and_in_the_end_nothing(seed: int) -> None:
    random, budget, most = Random(seed), Budget(100), 0

    async def user() -> None:
        nonlocal most
        count = random.randint(1, 100)
        await budget.take(count)
        most = max(most, budget.used)
        try:
            for _ in range(random.randint(0, 3)):
                await asyncio.sleep(0)
        finally:
            budget.give_back(count)

    users = [asyncio.create_task(user()) for _ in range(50)]
    for _ in range(10):
        await asyncio.sleep(0)
        random.choice(users).cancel()
    done = await asyncio.gather(*users, return_exceptions=True)
    assert {type(result) for result in done} <= {type(None), asyncio.CancelledError}
    assert 0 < most <= 100
    assert budget.used == 0


async def test_taking_without_waiting_takes_only_what_is_free_and_nobody_waits_for() -> None:
    budget = Budget(100)
    assert budget.try_take(60)
    assert not budget.try_take(60)
    waiting = await taking(budget, 50)
    assert not budget.try_take(10), "somebody came first"
    budget.give_back(60)
    await waiting
    assert budget.try_take(50)
    assert budget.used == 100


async def test_what_is_overdrawn_is_paid_back_before_anything_is_granted() -> None:
    budget = Budget(100)
    assert budget.try_take(100)
    budget.overdraw(30)
    waiting = await taking(budget, 20)
    budget.give_back(30)
    await settle()
    assert not waiting.done()
    budget.give_back(20)
    await waiting
    assert budget.used == 100


# -- shared by peers

SLOW, QUICK = NodeId(b"s" * 32), NodeId(b"q" * 32)


async def holding(shares: PeerShares, by: NodeId, count: int) -> asyncio.Task[None]:
    """A task that holds `count` bytes, once it has them, until it is cancelled."""

    async def hold() -> None:
        async with shares.taken(by, count):
            await asyncio.Event().wait()

    task = asyncio.create_task(hold())
    await settle()
    return task


async def test_a_peer_gets_no_more_than_its_share_and_leaves_the_rest_to_others() -> None:
    shares = PeerShares(100, 40)
    held = [await holding(shares, SLOW, 30) for _ in range(4)]
    assert shares.used == 30
    held += [await holding(shares, QUICK, 30)]
    assert shares.used == 60
    held.pop(0).cancel()
    await settle()
    assert shares.used == 60  # the next of the slow one's
    for task in held:
        task.cancel()
    await settle()
    assert shares.used == 0


async def test_all_peers_together_get_no_more_than_there_is() -> None:
    shares = PeerShares(60, 40)
    one, other = await holding(shares, SLOW, 40), await holding(shares, QUICK, 40)
    assert shares.used == 40
    other.cancel()
    await settle()
    one.cancel()
    await settle()
    assert shares.used == 0
    (await holding(shares, QUICK, 40)).cancel()
    await settle()
    assert shares.used == 0
