"""One node of three is slow: what is in flight to it is bounded, nobody fails, and it has everything in the end."""

from __future__ import annotations

import asyncio
from pathlib import Path
from random import Random

from dfs_core.limits import CHUNK_BYTES_MIN
from dfs_core.model.ids import Address
from dfs_core.replication.budget import Windows
from dfs_core.store.base import Buffer
from dfs_core.testing.cluster import SimCluster, SimNode, run_simulated

WINDOW_BYTES = 8 * CHUNK_BYTES_MIN
CONTENT = Random(5).randbytes(60 * CHUNK_BYTES_MIN)


def slow_down(place: SimNode, seconds: float) -> None:
    """Every chunk takes so long to be put."""
    put = place.store.put

    async def slowly(address: Address, data: Buffer, *, verify: bool = True) -> bool:
        await asyncio.sleep(seconds)
        return await put(address, data, verify=verify)

    place.store.put = slowly  # type: ignore[method-assign]


def test_a_slow_node_holds_back_what_is_in_flight_and_not_the_cluster(
    tmp_path: Path,
) -> None:

    async def work() -> None:
        windows = Windows(store=WINDOW_BYTES)
        cluster = SimCluster(1, tmp_path, nodes=3, windows=windows)
        await cluster.found()
        first, _, slow = cluster.nodes
        slow_down(slow, 0.5)
        window = first.ready.full.writer.window
        peaks = [0]

        async def watch() -> None:
            while True:
                peaks.append(window.used)
                await asyncio.sleep(0.01)

        watching = asyncio.ensure_future(watch())
        await cluster.ask(first, first.ready.store("large", CONTENT))
        watching.cancel()
        assert 0 < max(peaks) <= WINDOW_BYTES + 2 * CHUNK_BYTES_MIN
        await cluster.until(
            lambda: (
                len(slow.store.chunks) == 60
                and not window.used
                and not any(each.ready.full.owed for each in cluster.nodes)
            ),
            "the slow node has every chunk, and nothing waits",
            120.0,
        )
        assert await cluster.ask(slow, slow.ready.retrieve("large")) == CONTENT
        await cluster.close()

    run_simulated(1, work)
