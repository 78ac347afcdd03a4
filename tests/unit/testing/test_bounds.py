from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from dfs_core.testing.bounds import LARGEST_BYTES, LINK_QUEUE_BYTES, SEALED_BYTES, WINDOWS, Bounds
from dfs_core.testing.cluster import SimCluster, run_simulated


def watched(folder: Path, story: Callable[[SimCluster, Bounds], Awaitable[None]]) -> None:
    async def work() -> None:
        cluster = SimCluster(1, folder, nodes=2, windows=WINDOWS)
        await cluster.found()
        await story(cluster, Bounds())
        await cluster.close()

    run_simulated(1, work)


def test_what_is_held_is_remembered_and_too_much_is_told_with_the_node(tmp_path: Path) -> None:
    async def story(cluster: SimCluster, bounds: Bounds) -> None:
        place = cluster.nodes[1]
        window = place.ready.full.writer.window
        window.overdraw(3 * SEALED_BYTES)
        bounds.check(place)
        assert bounds.most["bytes being stored"] == 3 * SEALED_BYTES
        window.overdraw(2 * LARGEST_BYTES + 1)
        with pytest.raises(AssertionError, match=r"node 2 has [0-9]+ bytes being stored"):
            bounds.check(place)

    watched(tmp_path, story)


def test_what_waits_on_a_link_is_bounded_too(tmp_path: Path) -> None:
    async def story(cluster: SimCluster, bounds: Bounds) -> None:
        place, other = cluster.nodes
        link = place.ready._mesh.link(other.node_id)
        assert link is not None
        bounds.check(place)
        link.connection._outbox.add_message(bytes(LINK_QUEUE_BYTES + 1))
        with pytest.raises(AssertionError, match="queued for a link"):
            bounds.check(place)

    watched(tmp_path, story)


def test_a_node_that_does_not_run_holds_nothing(tmp_path: Path) -> None:
    async def story(cluster: SimCluster, bounds: Bounds) -> None:
        await cluster.kill(cluster.nodes[1], silently=True)
        bounds.check(cluster.nodes[1])
        assert bounds.most == {}

    watched(tmp_path, story)
