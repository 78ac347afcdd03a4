"""Collecting beside stores, restarts and nodes that were away: whichever entry comes first wins, nothing is lost."""

from __future__ import annotations

import asyncio
import os
import time

import pytest

from dfs_core.errors import ChunksCondemned
from dfs_core.testing.collect_chaos import run

from .collecting import (
    CONTENT,
    OTHER,
    Moments,
    moments,
    retried,
    sleeping_coordinator,
)

SECONDS = float(os.environ.get("DFS_SIM_S", "12"))


@pytest.mark.timeout(SECONDS + 180)
def test_under_seeds_nothing_that_counts_is_deleted_and_all_that_does_not_is_freed() -> None:
    until = time.monotonic() + SECONDS
    for seed in range(1, 1_000_000):
        run(seed)  # the error's note has the seed
        if time.monotonic() > until:
            break


def test_a_store_that_counts_on_chunks_condemned_at_that_moment_is_refused_and_can_be_stored_again() -> None:
    async def work(at: Moments) -> None:
        first, second, third = at.cluster.nodes
        coordinator = sleeping_coordinator(first)
        store = asyncio.create_task(at.store(first, "key", CONTENT))
        await coordinator.asleep.wait()
        index = await at.condemn(second)
        await at.carried_out(index, first, second, third)
        assert at.copies(CONTENT, first, second, third) == 0
        coordinator.awake.set()
        with pytest.raises(ChunksCondemned):
            await store
        assert [version.key for version in second.ready.full.catalog.list()] == []
        await at.store(first, "key", CONTENT)
        for place in (first, second, third):
            assert await at.cluster.ask(place, place.ready.retrieve("key")) == CONTENT

    moments(work)


def test_a_commit_that_comes_first_keeps_its_chunks_from_being_condemned() -> None:
    async def work(at: Moments) -> None:
        first, second, third = at.cluster.nodes
        stored = await at.store(first, "key", CONTENT)
        assert stored.new_chunks == 0, "the purged chunks were there still"
        index = await at.condemn(second)
        await at.carried_out(index, first, second, third)
        assert at.copies(OTHER, first, second, third) == 0
        for place in (first, second, third):
            assert await at.cluster.ask(place, place.ready.retrieve("key")) == CONTENT

    moments(work)


def test_a_node_that_comes_back_with_old_copies_keeps_what_is_referred_to_again_and_deletes_the_rest() -> None:
    async def work(at: Moments) -> None:
        first, second, third = at.cluster.nodes
        await at.cluster.kill(third, silently=True)
        index = await retried(lambda: at.condemn(first))
        await at.carried_out(index, first, second)
        await retried(lambda: at.store(first, "key", CONTENT))
        assert (at.copies(CONTENT, third), at.copies(OTHER, third)) == (1, 1)
        await at.cluster.start(third)
        await at.carried_out(index, third)
        assert at.copies(OTHER, first, second, third) == 0
        await at.cluster.until(lambda: at.copies(CONTENT, first, second, third) == 3, "three copies", 60.0)
        assert await at.cluster.ask(third, third.ready.retrieve("key")) == CONTENT

    moments(work)


def test_a_vault_carries_out_what_a_majority_of_the_voters_states() -> None:
    async def work(at: Moments) -> None:
        first, second, third, vault = at.cluster.nodes
        assert at.copies(CONTENT, vault) == 1
        await at.cluster.kill(second, silently=True)
        index = await retried(lambda: at.condemn(first))
        await at.carried_out(index, vault)
        assert at.copies(CONTENT, vault) == 0
        await at.cluster.start(second)
        await at.carried_out(index, second, third)

    moments(work, vaults=1, copies=4)


def test_a_holder_that_has_not_carried_out_a_verdict_does_not_count_for_who_names_it() -> None:
    async def work(at: Moments) -> None:
        first, second, third = at.cluster.nodes
        stuck = at.hold_up_deletes(third)
        index = await at.condemn(first)
        await at.carried_out(index, first, second)
        stored = await at.store(first, "key", CONTENT)
        assert stored.copies == 2, "the third one's old copies are about to be deleted"
        stuck.set()
        await at.carried_out(index, third)
        assert at.copies(CONTENT, first, second) == 2
        assert await at.cluster.ask(third, third.ready.retrieve("key")) == CONTENT

    moments(work)
