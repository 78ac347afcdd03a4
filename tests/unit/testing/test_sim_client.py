from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from dfs_core.testing.cluster import SimCluster, run_simulated
from dfs_core.testing.history import DONE, VOID, History
from dfs_core.testing.sim_client import SimClient


def test_a_client_in_calm_weather_is_told_that_everything_is_done(tmp_path: Path) -> None:
    async def main() -> History:
        cluster, history = SimCluster(1, tmp_path, nodes=1), History()
        await cluster.found()
        client = SimClient("client", cluster, history, Random(1), [b"x" * 70_000])
        for _ in range(10):
            await client.store(cluster.nodes[0])
            await client.list_keys(cluster.nodes[0])
            await client.copy(cluster.nodes[0])
            await client.retrieve(cluster.nodes[0])
            await client.remove(cluster.nodes[0])
        await cluster.close()
        return history

    history, _ = run_simulated(1, main)
    assert len([each for each in history.of(DONE) if each.content is not None]) >= 10
    assert all(each.content is None for each in history.of(VOID)), "only a key that is not there is not removed"


def test_a_client_notices_a_store_that_is_lost(tmp_path: Path) -> None:
    async def main() -> None:
        cluster, history = SimCluster(1, tmp_path, nodes=1), History()
        await cluster.found()
        client = SimClient("client", cluster, history, Random(1), [b""])
        history.end(history.begin("a/1", b"never stored", b"1" * 16), DONE, 1)
        with pytest.raises(AssertionError, match="nobody removed it"):
            await client.list_keys(cluster.nodes[0])
        await cluster.close()

    run_simulated(1, main)
