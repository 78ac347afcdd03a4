"""A key copied through a node that does not know what was stored lately."""

from __future__ import annotations

import asyncio
from pathlib import Path

from dfs_core.model.ids import VersionId
from dfs_core.replication.copier import FileCopier
from dfs_core.testing.cluster import SimCluster, SimNode, run_simulated


async def copy(cluster: SimCluster, place: SimNode, source: str, target: str) -> None:
    """As a node's `cp` does it."""
    full = place.ready.full
    copier = FileCopier(node=place.node_id, reader=full.reader, writer=full.writer, clock=place.clock)

    async def work() -> None:
        opened = await full.lookup.find_for_change(source)
        await copier.copy(opened, target, VersionId(bytes(16)), move=False)

    await cluster.ask(place, work())


def test_a_copy_through_a_node_that_was_cut_off_is_of_what_is_current(tmp_path: Path) -> None:
    async def work() -> bytes:
        cluster = SimCluster(1, tmp_path, nodes=3)
        await cluster.found()
        first, second, third = cluster.nodes
        await cluster.ask(first, first.ready.store("a", b"old"))
        lagging = next(place for place in cluster.nodes if not place.ready.full.consensus.leads)
        others = [place for place in (first, second, third) if place is not lagging]
        await cluster.until(lambda: lagging.ready.full.catalog.counts().keys == 1, "it has read of the old one", 10.0)
        cluster.network.part([lagging.node_id], [place.node_id for place in others])
        await cluster.ask(others[0], others[0].ready.store("a", b"new"))
        copying = asyncio.create_task(copy(cluster, lagging, "a", "b"))
        await asyncio.sleep(1.0)
        cluster.network.heal()
        await copying
        content = await cluster.ask(others[0], others[0].ready.retrieve("b"))
        await cluster.close()
        return content

    assert run_simulated(1, work)[0] == b"new"
