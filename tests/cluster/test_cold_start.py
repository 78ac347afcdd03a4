"""A whole cluster loses power, and its machines come back in whatever order, each in its own time."""

from __future__ import annotations

import asyncio
from pathlib import Path
from random import Random

import pytest

from dfs_core.replication.remover import KeyRemover
from dfs_core.testing.cluster import SimCluster, run_simulated

TWO_MONTHS_S = 60 * 86_400.0
CONTENT = Random("cold start").randbytes(200_000)


@pytest.mark.parametrize("seed", range(6))
def test_five_nodes_that_lost_power_come_back_in_any_order(tmp_path: Path, seed: int) -> None:
    async def work() -> None:
        cluster = SimCluster(seed, tmp_path, nodes=5)
        await cluster.found()
        await cluster.ask(cluster.nodes[0], cluster.nodes[0].ready.store("key", CONTENT))
        chances = Random(f"order {seed}")
        order = list(cluster.nodes)
        chances.shuffle(order)
        for place in order:
            await cluster.kill(place, silently=True)
        chances.shuffle(order)
        for place in order:
            await cluster.start(place)
            await place.clock.sleep(chances.choice((0.0, 1.0, 20.0)))
        for place in cluster.nodes:
            await cluster.until(
                lambda place=place: place.ready.full.consensus.leader is not None,  # type: ignore[misc]
                "it knows a leader",
                30.0,
            )
            assert await cluster.ask(place, place.ready.retrieve("key")) == CONTENT
        await cluster.ask(order[-1], order[-1].ready.store("after", CONTENT))
        members = cluster.nodes[0].ready.full.catalog.layout().members
        assert {member.state for member in members} == {"joined"}
        await cluster.close()

    run_simulated(seed, work)


def test_a_cluster_that_was_off_for_two_months_has_lost_nothing_and_is_no_older(tmp_path: Path) -> None:
    """Ages are log time: what was removed an hour ago was so when the lights come back, too."""

    async def work() -> None:
        cluster = SimCluster(1, tmp_path, nodes=3, vaults=1)
        await cluster.found()
        first = cluster.nodes[0]
        older = await cluster.ask(first, first.ready.store("kept", b"older " + CONTENT))
        await cluster.ask(first, first.ready.store("kept", CONTENT))
        removed = await cluster.ask(first, first.ready.store("removed", CONTENT[::-1]))
        full = first.ready.full
        remover = KeyRemover(catalog=full.catalog, writer=full.writer, clock=first.clock)
        await cluster.ask(first, remover.remove(["removed"]))
        await asyncio.sleep(5.0)
        held = {place.number: set(place.store.chunks) for place in cluster.nodes}
        for place in cluster.nodes:
            await cluster.kill(place, silently=True)
        await asyncio.sleep(TWO_MONTHS_S)
        for place in cluster.nodes:
            await cluster.start(place)
        await cluster.until(
            lambda: all(place.ready.health.state == "HEALTHY" for place in cluster.nodes), "all is well", 120.0
        )
        for place in cluster.full_nodes:
            assert await cluster.ask(place, place.ready.retrieve("kept")) == CONTENT
            assert await cluster.ask(place, place.ready.retrieve("kept", version=older.version)) == b"older " + CONTENT
            content = await cluster.ask(place, place.ready.retrieve("removed", version=removed.version))
            assert content == CONTENT[::-1]
            assert place.ready.full.catalog.current("removed") is None
        await asyncio.sleep(120.0)
        assert held == {place.number: set(place.store.chunks) for place in cluster.nodes}, "something was collected"
        await cluster.close()

    run_simulated(1, work)
