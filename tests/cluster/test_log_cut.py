"""Whole nodes whose logs are cut off all the time: who was away gets the catalog in pages, while everything goes on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from dfs_core.testing.cluster import SimCluster, SimNode, run_simulated

KEPT_BYTES = 2_000  # some six stores


def simulated(seed: int, folder: Path, story: Callable[[SimCluster], Awaitable[None]]) -> None:
    async def work() -> None:
        cluster = SimCluster(seed, folder, nodes=3, log_kept_bytes=KEPT_BYTES)
        await cluster.found()
        await story(cluster)
        cluster.check_failures()
        await cluster.close()

    run_simulated(seed, work)


async def store(cluster: SimCluster, place: SimNode, first: int, count: int) -> None:
    for number in range(first, first + count):
        await cluster.ask(place, place.ready.store(f"key {number}", b"%d" % number))


def is_level(cluster: SimCluster) -> bool:
    appliers = [place.ready.full.applier for place in cluster.nodes]
    return len({(applier.applied_index, applier.digest) for applier in appliers}) == 1


def test_who_was_away_while_the_log_was_cut_off_gets_the_catalog_while_stores_go_on(tmp_path: Path) -> None:
    async def story(cluster: SimCluster) -> None:
        first, _, away = cluster.nodes
        await cluster.kill(away, silently=True)
        await store(cluster, first, 0, 25)
        await cluster.until(lambda: first.ready.full.log.first_index > 20, "the log was cut off", 10.0)
        await cluster.start(away)
        await store(cluster, first, 25, 15)  # they take the same time as the pages
        await cluster.until(lambda: is_level(cluster), "all have the same catalog", 30.0)
        assert away.ready.full.log.first_index > 20, "a snapshot, not all entries"
        await cluster.kill(first, silently=False)
        await store(cluster, away, 40, 1)  # its copy of the log counts again
        assert await cluster.ask(away, away.ready.retrieve("key 3")) == b"3"

    simulated(1, tmp_path, story)


def test_a_node_that_dies_at_any_moment_of_taking_a_snapshot_takes_it_at_the_next_start(tmp_path: Path) -> None:
    async def story(cluster: SimCluster) -> None:
        first, _, away = cluster.nodes
        await cluster.kill(away, silently=True)
        await store(cluster, first, 0, 25)
        await cluster.until(lambda: first.ready.full.log.first_index > 20, "the log was cut off", 10.0)
        for moment in range(12):
            await cluster.start(away)
            await cluster.nodes[0].clock.sleep(0.05 + 0.04 * moment)
            await cluster.kill(away, silently=moment % 2 == 0)
        await cluster.start(away)
        await cluster.until(lambda: is_level(cluster), "all have the same catalog", 30.0)

    simulated(3, tmp_path, story)
