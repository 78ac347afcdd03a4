from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from random import Random

import pytest

from dfs_core.testing.cluster import NodeDied, SimCluster, run_simulated

CONTENT = Random(1).randbytes(205_000)  # four chunks


def simulated(
    tmp_path: Path, work: Callable[[SimCluster], Awaitable[None]], *, nodes: int = 3, vaults: int = 0, **settings: int
) -> str:
    async def main() -> None:
        cluster = SimCluster(5, tmp_path, nodes=nodes, vaults=vaults, settings=settings)
        await cluster.found()
        await work(cluster)
        cluster.check_failures()
        await cluster.close()

    return run_simulated(5, main)[1]


def test_what_one_node_stores_another_retrieves(tmp_path: Path) -> None:
    async def work(cluster: SimCluster) -> None:
        first, _, third = cluster.nodes
        await cluster.ask(first, first.ready.store("key", CONTENT))
        assert await cluster.ask(third, third.ready.retrieve("key")) == CONTENT

    simulated(tmp_path, work)


@pytest.mark.parametrize("silently", [True, False])
def test_a_killed_node_comes_back_with_what_it_had_and_gets_what_it_missed(tmp_path: Path, silently: bool) -> None:
    async def work(cluster: SimCluster) -> None:
        first, second, _ = cluster.nodes
        await cluster.ask(first, first.ready.store("before", CONTENT))
        await cluster.kill(first, silently=silently)
        with pytest.raises(NodeDied):
            await cluster.ask(first, cluster_never_asked())
        await cluster.ask(second, second.ready.store("meanwhile", CONTENT[::-1]))
        await cluster.start(first)
        await cluster.until(lambda: len(first.store.chunks) == 8, "its copies arrive", 60.0)
        for key, content in (("before", CONTENT), ("meanwhile", CONTENT[::-1])):
            assert await cluster.ask(first, first.ready.retrieve(key)) == content

    simulated(tmp_path, work)


def test_a_vault_holds_chunks_and_a_lost_disk_is_empty(tmp_path: Path) -> None:
    async def work(cluster: SimCluster) -> None:
        first, vault = cluster.nodes
        assert cluster.full_nodes == [first]
        await cluster.ask(first, first.ready.store("key", CONTENT))
        await cluster.until(lambda: len(vault.store.chunks) == 4, "it has its copies", 60.0)
        await cluster.kill(vault, silently=True)
        vault.lose_disk()
        assert not vault.store.chunks

    simulated(tmp_path, work, nodes=1, vaults=1)


def test_settings_are_the_clusters(tmp_path: Path) -> None:
    async def work(cluster: SimCluster) -> None:
        catalog = cluster.nodes[0].ready.full.catalog
        await cluster.until(lambda: catalog.cluster() is not None, "the founding is applied", 10.0)
        facts = catalog.cluster()
        assert facts is not None
        assert facts.settings["grace_ms"] == 3_000

    simulated(tmp_path, work, nodes=1, grace_ms=3_000)


async def cluster_never_asked() -> None:
    raise AssertionError("a dead node was asked")


def test_who_waits_for_a_node_hears_of_its_death_and_its_answer_never_comes(tmp_path: Path) -> None:
    async def work(cluster: SimCluster) -> None:
        first = cluster.nodes[0]
        store = asyncio.create_task(cluster.ask(first, first.ready.store("key", CONTENT)))
        await asyncio.sleep(0)
        await cluster.kill(first, silently=True)
        with pytest.raises(NodeDied):
            await store

    simulated(tmp_path, work)


def test_a_node_that_is_stopped_starts_again(tmp_path: Path) -> None:
    async def work(cluster: SimCluster) -> None:
        (only,) = cluster.nodes
        await cluster.ask(only, only.ready.store("key", CONTENT))
        await cluster.stop(only)
        await cluster.start(only)
        assert await cluster.ask(only, only.ready.retrieve("key")) == CONTENT

    simulated(tmp_path, work, nodes=1)


def test_a_node_that_fails_by_itself_fails_the_run(tmp_path: Path) -> None:
    async def work(cluster: SimCluster) -> None:
        (only,) = cluster.nodes
        consensus = only.ready.full.consensus
        await cluster.until(lambda: consensus.leads, "it leads", 30.0)
        only.ready.full.log.close()
        consensus.append([])
        with pytest.raises(AssertionError, match="node 1 failed by itself"):
            await cluster.until(lambda: False, "it fails", 100.0)
        only.failure = None

    simulated(tmp_path, work, nodes=1)


def test_what_does_not_come_to_pass_in_time_is_named(tmp_path: Path) -> None:
    async def work(cluster: SimCluster) -> None:
        with pytest.raises(AssertionError, match="not within 3 virtual seconds: pigs fly"):
            await cluster.until(lambda: False, "pigs fly", 3.0)

    simulated(tmp_path, work, nodes=1)
