"""Two nodes that do not hear each other are named by all who see both."""

from __future__ import annotations

from pathlib import Path

from dfs_core.testing.cluster import SimCluster, run_simulated


def test_a_cable_that_breaks_one_way_is_named_with_its_direction_and_then_both_ways(tmp_path: Path) -> None:
    async def work() -> None:
        cluster = SimCluster(1, tmp_path, nodes=3)
        await cluster.found()
        one, two, three = cluster.nodes
        names = [str(place.node_id)[:12] for place in cluster.nodes]

        async def said() -> list[str]:
            return (await cluster.ask(three, three.ready._status.status())).gaps

        async def until_said(*wanted: str) -> None:
            deadline = cluster.loop.time() + 40.0
            while await said() != sorted(wanted):
                assert cluster.loop.time() < deadline, f"{await said()}, not {wanted}"
                await three.clock.sleep(0.2)

        await until_said()
        cluster.network.cut(one.node_id, two.node_id)
        await until_said(f"{names[1]} does not hear {names[0]}, though {names[0]} hears {names[1]}")
        first, second = sorted(names[:2])
        await until_said(f"{first} and {second} do not hear each other, though both are up")
        cluster.network.heal()
        await until_said()
        await cluster.close()

    run_simulated(1, work)
