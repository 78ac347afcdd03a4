from __future__ import annotations

from pathlib import Path

import pytest

from dfs_core.errors import NoMajority
from dfs_core.testing.cluster import NodeDied, SimCluster, run_simulated


def test_who_could_not_join_asks_again_with_the_same_line_and_is_one_member(tmp_path: Path) -> None:
    async def work() -> None:
        cluster = SimCluster(1, tmp_path, nodes=2)
        await cluster.found()
        first, second = cluster.nodes
        newcomer = cluster.invite(first, "vault")
        await cluster.kill(second, silently=False)
        with pytest.raises(NoMajority):
            await cluster.take_in(newcomer)
        await cluster.kill(first, silently=False)
        with pytest.raises(NodeDied):
            await cluster.take_in(newcomer)
        for place in (first, second):
            await cluster.start(place)
        await cluster.until(lambda: first.ready.full.consensus.leader is not None, "somebody leads", 10.0)
        await cluster.take_in(newcomer)
        assert [place.number for place in cluster.nodes] == [1, 2, 3]
        assert cluster.nodes[2].is_vault
        members = first.ready.full.catalog.layout().members
        assert sorted(member.node for member in members) == sorted(place.node_id for place in cluster.nodes)
        await cluster.close()

    run_simulated(1, work)
