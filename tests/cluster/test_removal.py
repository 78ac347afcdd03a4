"""A node may go when every file has copies elsewhere; else it is refused, and the files are named."""

from __future__ import annotations

from pathlib import Path

import pytest

from dfs_core.errors import Refused
from dfs_core.model.ids import Address
from dfs_core.model.placement import holders
from dfs_core.testing.cluster import SimCluster, SimNode

from .test_healing import all_are, simulated


async def refusal(cluster: SimCluster, place: SimNode, gone: SimNode, *, force: bool = False) -> str:
    """What `place` says to removing `gone`; empty: it may go."""
    try:
        await cluster.ask(place, place.ready.full.membership._removal.check(gone.node_id, force))
    except Refused as error:
        return f"{error.reason}: {error}"
    return ""


def test_while_all_is_well_any_node_may_go(tmp_path: Path) -> None:
    async def work(cluster: SimCluster) -> None:
        await cluster.until(lambda: all_are(cluster, "HEALTHY"), "all is well", 60.0)
        for asked, gone in ((0, 1), (1, 2), (2, 0), (3, 1)):
            assert await refusal(cluster, cluster.nodes[asked], cluster.nodes[gone]) == ""

    simulated(tmp_path, work)


def test_who_has_the_last_copy_may_not_go_unless_it_is_insisted_and_the_file_is_named(tmp_path: Path) -> None:
    async def work(cluster: SimCluster) -> None:
        await cluster.until(lambda: all_are(cluster, "HEALTHY"), "all is well", 60.0)
        full = cluster.nodes[0].ready.full
        version = full.catalog.current("file 3")
        assert version is not None
        address = Address(full.catalog.pages(version.version_id)[0].addresses[:32])
        placed = holders(address.digest, full.catalog.layout())
        on = [place for place in cluster.nodes if place.node_id in placed]
        asked, last, others = on[0], on[1], [place for place in cluster.nodes if place is not on[1]]
        for place in cluster.nodes:
            for worker in ("resync", "rebalance"):
                await place.ready._healing.crew.set(worker, "pause")
        for place in others:
            if address in place.store.chunks:
                await place.ready._store.delete(address)
        await cluster.until(lambda: last.ready.health.report.copies_found[1] == 1, "it is the last copy", 60.0)
        said = await refusal(cluster, asked, last)
        assert said.startswith("last_copies: ") and "'file 3'" in said and "drain" in said
        assert "'file 2'" not in said
        assert await refusal(cluster, asked, last, force=True) == ""

    simulated(tmp_path, work)


@pytest.mark.parametrize("asked", ["the one that leads", "the other"])
@pytest.mark.parametrize("slow_s", [0.0, 0.03])
def test_of_two_voters_the_one_that_leads_may_be_removed(tmp_path: Path, asked: str, slow_s: float) -> None:
    """Seed 1890: its links closed before its vote was taken from it, and the other one stood still."""

    async def work(cluster: SimCluster) -> None:
        await cluster.until(lambda: all_are(cluster, "HEALTHY"), "all is well", 60.0)
        leads = next(place for place in cluster.nodes if place.ready.full.consensus.leads)
        stays = next(place for place in cluster.nodes if place is not leads)
        cluster.network.set_weather(delay_s=(slow_s, slow_s), loss=0.0)
        place = leads if asked == "the one that leads" else stays
        await cluster.ask(place, place.ready.full.admission.remove(leads.node_id))
        await cluster.kill(leads, silently=False)
        await cluster.until(lambda: stays.ready.full.consensus.leads, "the one that stays leads", 30.0)
        await cluster.ask(stays, stays.ready.store("afterwards", b"kept"))

    simulated(tmp_path, work, nodes=2)
