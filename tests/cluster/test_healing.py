"""Whole clusters that lose a node and make up for it by themselves: nobody gives a command."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from random import Random

from dfs_core.encoding.commands import SetSetting
from dfs_core.model.ids import Address
from dfs_core.model.placement import holders
from dfs_core.testing.cluster import SimCluster, SimNode, run_simulated

FILES = {f"file {number}": Random(number).randbytes(500_000) for number in range(6)}  # eight chunks each
OUT_MS = 15_000


def simulated(
    tmp_path: Path, work: Callable[[SimCluster], Awaitable[None]], *, nodes: int = 4, vaults: int = 0
) -> None:
    async def main() -> None:
        cluster = SimCluster(7, tmp_path, nodes=nodes, vaults=vaults)
        await cluster.found()
        first = cluster.nodes[0]
        change = SetSetting(cluster.random.randbytes(16), "out_ms", OUT_MS)
        await cluster.ask(first, first.ready.full.consensus.propose(change))
        for key, content in FILES.items():
            await cluster.ask(first, first.ready.store(key, content))
        await work(cluster)
        cluster.check_failures()
        await cluster.close()

    run_simulated(7, main)


def state_of(place: SimNode) -> str:
    return place.ready.health.state


def all_are(cluster: SimCluster, state: str) -> bool:
    """Every node that runs says this, of the same report."""
    seen = [place.ready.health for place in cluster.nodes if place.running]
    return all(each.state == state for each in seen) and len({each.report.number for each in seen}) == 1


def placed_right(cluster: SimCluster) -> bool:
    """Every chunk is on every node that it belongs on."""
    running = [place for place in cluster.nodes if place.running]
    layout = running[0].ready.full.catalog.layout()
    stores = {place.node_id: place.store.chunks for place in running}
    chunks = {address for place in cluster.nodes for address in place.store.chunks}
    return len(layout.storing()) >= 3 and all(
        node in stores and address in stores[node] for address in chunks for node in holders(address.digest, layout)
    )


def test_the_copies_of_a_node_that_died_are_made_again_and_every_node_says_so(tmp_path: Path) -> None:
    async def work(cluster: SimCluster) -> None:
        await cluster.until(
            lambda: all_are(cluster, "HEALTHY") and cluster.nodes[1].ready.health.report.chunks == 6 * 8,
            "all is well, and all that was stored is counted",
            60.0,
        )
        report = cluster.nodes[1].ready.health.report
        assert report.copies_found == [0, 0, 0, report.chunks]
        lost = cluster.nodes[3]
        await cluster.kill(lost, silently=True)
        await cluster.until(lambda: all_are(cluster, "DEGRADED"), "the loss is noticed", 60.0)
        await cluster.until(
            lambda: cluster.nodes[0].ready.health.report.under_chunks == len(lost.store.chunks), "and counted", 30.0
        )
        await cluster.until(lambda: all_are(cluster, "HEALTHY") and placed_right(cluster), "it is made up for", 120.0)
        for place in cluster.nodes[:3]:
            report = place.ready.health.report
            assert (report.under_chunks, report.repair.left, report.chunks) == (0, 0, 6 * 8)

    simulated(tmp_path, work)


def test_a_copy_that_vanished_is_brought_back_though_nobody_reads_it(tmp_path: Path) -> None:
    async def work(cluster: SimCluster) -> None:
        await cluster.until(lambda: all_are(cluster, "HEALTHY"), "all is well", 60.0)
        place = cluster.nodes[1]
        address = min(place.store.chunks)
        await cluster.kill(place, silently=True)
        del place.store.chunks[address]
        await cluster.start(place)
        await cluster.until(lambda: address in place.store.chunks, "it is back", 60.0)

    simulated(tmp_path, work, nodes=3)


def test_what_has_no_copy_left_is_lost_and_named(tmp_path: Path) -> None:
    async def work(cluster: SimCluster) -> None:
        await cluster.until(lambda: all_are(cluster, "HEALTHY"), "all is well", 60.0)
        full = cluster.nodes[0].ready.full
        version = full.catalog.current("file 3")
        assert version is not None
        address = Address(full.catalog.pages(version.version_id)[0].addresses[:32])
        for place in cluster.nodes:
            await place.ready._store.delete(address)
        await cluster.until(lambda: all_are(cluster, "LOST"), "the loss is noticed", 60.0)
        assert cluster.nodes[1].ready.health.report.lost_chunks == 1
        leader = next(place for place in cluster.nodes if place.ready.full.consensus.leads)
        assert leader.ready.full.auditing.audit.short() == {address.digest: 0}

    simulated(tmp_path, work, nodes=3)


def test_copies_made_for_a_node_that_was_away_go_when_it_is_back_though_a_vault_must_confirm_them(
    tmp_path: Path,
) -> None:
    """The vault cannot tell how far the log goes beyond the newest verdict; it must not be asked to have read it."""

    async def work(cluster: SimCluster) -> None:
        away = cluster.nodes[1]
        await cluster.until(lambda: all_are(cluster, "HEALTHY"), "all is well", 60.0)
        await cluster.kill(away, silently=True)
        await cluster.until(lambda: all_are(cluster, "HEALTHY") and placed_right(cluster), "it is made up for", 120.0)
        await cluster.start(away)
        await cluster.until(lambda: _copies(cluster) == 3 * 6 * 8 and placed_right(cluster), "surplus is gone", 60.0)

    simulated(tmp_path, work, nodes=3, vaults=1)


def _copies(cluster: SimCluster) -> int:
    return sum(len(place.store.chunks) for place in cluster.nodes)
