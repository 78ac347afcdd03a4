"""A data folder that was put back from a copy, and two processes on one folder's copies: refused, and told why."""

from __future__ import annotations

import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path

from dfs_core.testing.cluster import SimCluster, SimNode, run_simulated


def simulated(seed: int, folder: Path, story: Callable[[SimCluster], Awaitable[None]]) -> None:
    async def work() -> None:
        cluster = SimCluster(seed, folder, nodes=3)
        await cluster.found()
        await story(cluster)
        cluster.check_failures()
        await cluster.close()

    run_simulated(seed, work)


async def store(cluster: SimCluster, place: SimNode, first: int, count: int) -> None:
    for number in range(first, first + count):
        await cluster.ask(place, place.ready.store(f"key {number}", b"%d" % number))


async def said(place: SimNode) -> str:
    """All that `status` says is wrong with the node."""
    return " | ".join((await place.ready._status.status()).alarms)


def alive(place: SimNode, other: SimNode) -> bool:
    return other.node_id in place.ready._mesh.alive()


def error_of(place: SimNode, other: SimNode) -> str:
    """What `peers` says of `other`."""
    return place.ready._mesh.status(other.node_id).error


async def copied_while_stopped(cluster: SimCluster, original: SimNode, copy: Path) -> None:
    """Somebody copies the node's folder; the node itself is back, with links to all others."""
    others = [place for place in cluster.nodes if place is not original]
    await cluster.stop(original)
    shutil.copytree(original.folder, copy)
    await cluster.start(original)
    await cluster.until(lambda: all(alive(place, original) for place in others), "it is back", 20.0)


async def refused_by(cluster: SimCluster, place: SimNode, others: list[SimNode], why: str) -> None:
    """`place` runs without a link, and says why and what to do; the others say it of it, too, and go on."""
    for _ in range(100):
        if why in await said(place):
            break
        await place.clock.sleep(0.2)
    reasons = await said(place)
    assert why in reasons, reasons
    assert "dfs-core remove" in reasons
    for other in others:
        await cluster.until(lambda other=other: why in error_of(other, place), "its peers say it of it", 40.0)
        assert not alive(other, place)
    if others:
        await store(cluster, others[0], 1000, 3)
    await place.clock.sleep(5.0)
    assert not any(alive(other, place) for other in others)
    assert place.ready.full.consensus.leader is None, "it neither leads nor follows"


def test_a_disk_that_went_back_is_refused_and_does_not_vote(tmp_path: Path) -> None:
    async def story(cluster: SimCluster) -> None:
        first, second, back = cluster.nodes
        await cluster.stop(back)
        shutil.copytree(back.folder, tmp_path / "copy")
        await cluster.start(back)
        await store(cluster, first, 0, 10)
        await cluster.until(lambda: alive(first, back) and alive(second, back), "it is back", 20.0)
        await back.clock.sleep(3.0)  # a report tells how far it is
        await cluster.stop(back)
        shutil.rmtree(back.folder)
        shutil.copytree(tmp_path / "copy", back.folder)
        await cluster.start(back)
        await refused_by(cluster, back, [first, second], "another process has run as start")
        await cluster.stop(back)
        await cluster.start(back)  # the start is a new one now, but the log is still the old one
        await refused_by(cluster, back, [first, second], "its log ends at")
        # What was met is remembered over restarts, and with another node down nothing is decided with its vote.
        await cluster.stop(second)
        await cluster.start(second)
        await second.clock.sleep(3.0)
        assert not alive(second, back)
        await cluster.stop(second)
        await back.clock.sleep(10.0)
        assert first.ready.full.consensus.leader is None

    simulated(1, tmp_path / "nodes", story)


def test_of_two_processes_with_one_identity_the_later_start_stays_and_the_other_is_told(tmp_path: Path) -> None:
    async def story(cluster: SimCluster) -> None:
        first, second, original = cluster.nodes
        await copied_while_stopped(cluster, original, tmp_path / "copy")
        await cluster.stop(original)
        await cluster.start(original)
        await cluster.until(lambda: alive(first, original) and alive(second, original), "it is back again", 20.0)
        clone = cluster.copy_of(original, tmp_path / "copy", 9)
        await cluster.start(clone)
        await refused_by(cluster, clone, [], "was met before")
        assert alive(first, original)
        assert alive(second, original)

    simulated(2, tmp_path / "nodes", story)


def test_a_clone_that_starts_once_more_than_its_original_shuts_it_out(tmp_path: Path) -> None:
    async def story(cluster: SimCluster) -> None:
        first, _, original = cluster.nodes
        await copied_while_stopped(cluster, original, tmp_path / "copy")
        clone = cluster.copy_of(original, tmp_path / "copy", 9)
        await cluster.start(clone)
        await refused_by(cluster, clone, [], "another process has run")
        assert alive(first, original)
        await cluster.stop(clone)
        await cluster.start(clone)  # now it is the later one
        await cluster.until(lambda: not alive(original, first), "the original has lost its links", 20.0)

    simulated(3, tmp_path / "nodes", story)
