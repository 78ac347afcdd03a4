"""One node of three dies, hangs or goes away in the middle of something: the others go on, and it catches up."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest

from dfs_core.client import DfsError, OutcomeUnknown, PeerError
from dfs_core.limits import MIB
from dfs_core.local import LocalCluster

from .acts import (
    NAMES,
    HeldBack,
    chunk_files,
    client_of,
    clients_of,
    content,
    copies_are,
    eventually,
    everywhere,
    keys_of,
    leader_of,
    paused,
    pid_of,
    running,
)

pytestmark = pytest.mark.xdist_group("survival")

PHOTO = content("photo", 3 * MIB + 17)


@pytest.fixture(autouse=True)
async def three_nodes_run(cluster: LocalCluster) -> None:
    """Whatever the test before did to the shared cluster, all three nodes run and are connected."""
    await cluster.up(3)


async def store_before(cluster: LocalCluster, key: str, data: bytes = PHOTO) -> None:
    """Store and wait until all three nodes have it."""
    async with await client_of(cluster, "n1") as client:
        await client.store(key, data)
    await copies_are(cluster, key, 3)


@pytest.mark.parametrize("victim", [*NAMES, "the leader"])
async def test_any_one_node_killed_is_not_missed_and_catches_up(cluster: LocalCluster, victim: str) -> None:
    before, meanwhile, small = (f"{victim}/{what}" for what in ("before", "meanwhile", "small"))
    newer = content(meanwhile, 2 * MIB + 3)
    await store_before(cluster, before)
    name = await leader_of(cluster) if victim == "the leader" else victim

    await cluster.kill(name)

    survivors = running(cluster)
    assert len(survivors) == 2
    async with clients_of(cluster, *survivors) as (one, other):
        assert await one.retrieve(before) == PHOTO
        assert await other.retrieve(before) == PHOTO
        assert (await one.store(meanwhile, newer)).copies == 2
        await other.store(small, b"a line")
        assert await other.retrieve(meanwhile) == newer

    await cluster.start(name)
    for key, data in ((before, PHOTO), (meanwhile, newer), (small, b"a line")):
        await everywhere(cluster, key, data)
        await copies_are(cluster, key, 3)


async def test_a_paused_node_blocks_no_store_and_catches_up_when_it_goes_on(cluster: LocalCluster) -> None:
    await store_before(cluster, "paused/before")
    leader = await leader_of(cluster)
    hanging = next(name for name in NAMES if name != leader)
    newer = content("while paused", 5 * MIB)
    with paused(cluster, hanging):
        async with clients_of(cluster, *(name for name in NAMES if name != hanging)) as (one, other):
            await one.store("paused/meanwhile", newer)
            assert await other.retrieve("paused/meanwhile") == newer
            assert await other.retrieve("paused/before") == PHOTO
    await everywhere(cluster, "paused/meanwhile", newer)
    await copies_are(cluster, "paused/meanwhile", 3)


async def test_a_paused_leader_is_replaced_and_follows_when_it_goes_on(cluster: LocalCluster) -> None:
    await store_before(cluster, "leader/before")
    hanging = await leader_of(cluster)
    newer = content("while the leader is paused", 2 * MIB)
    with paused(cluster, hanging):
        async with clients_of(cluster, *(name for name in NAMES if name != hanging)) as (one, other):
            assert await other.retrieve("leader/before") == PHOTO
            await one.store("leader/meanwhile", newer)
            assert await other.retrieve("leader/meanwhile") == newer
    await everywhere(cluster, "leader/meanwhile", newer)
    await copies_are(cluster, "leader/meanwhile", 3)
    assert await leader_of(cluster) in NAMES


async def test_a_holder_killed_during_a_large_store_does_not_stop_it(cluster: LocalCluster) -> None:
    data = content("large", 48 * MIB)
    source = HeldBack(data)
    async with await client_of(cluster, "n1") as client:
        storing = asyncio.create_task(client.store_stream(aiter(source), "large/one", size=len(data)))
        await source.half_way.wait()
        await cluster.kill("n2")
        source.go_on.set()
        await storing
        assert await client.retrieve("large/one") == data
    await cluster.start("n2")
    await everywhere(cluster, "large/one", data)
    await copies_are(cluster, "large/one", 3)


async def test_a_node_killed_while_it_takes_a_store_in_leaves_nothing_half_visible(cluster: LocalCluster) -> None:
    data = content("cut off", 24 * MIB)
    source = HeldBack(data)
    async with await client_of(cluster, "n3") as client:
        storing = asyncio.create_task(client.store_stream(aiter(source), "cut/off", size=len(data)))
        await source.half_way.wait()
        await cluster.kill("n3")
        source.go_on.set()
        with pytest.raises(PeerError, match="not stored"):
            await storing
    async with clients_of(cluster, "n1", "n2") as survivors:
        for survivor in survivors:
            assert "cut/off" not in await keys_of(survivor)
        await survivors[0].store("cut/off", data)
    await cluster.start("n3")
    await everywhere(cluster, "cut/off", data)


async def test_everything_acknowledged_survives_a_node_killed_again_and_again_during_stores(
    cluster: LocalCluster,
) -> None:
    acknowledged: dict[str, bytes] = {}
    open_ended: dict[str, bytes] = {}
    enough = asyncio.Event()

    async def store_many(name: str) -> None:
        number = 0
        async with await client_of(cluster, name) as client:
            while not enough.is_set():
                number += 1
                key, data = f"storm/{name}/{number}", content((name, number), 20_000 * (number % 7))
                try:
                    await client.store(key, data)
                except OutcomeUnknown:
                    open_ended[key] = data
                except DfsError:
                    continue
                else:
                    acknowledged[key] = data

    async def count() -> int:
        return len(acknowledged)

    stores = [asyncio.create_task(store_many(name)) for name in ("n1", "n2")]
    for _ in range(2):
        target = len(acknowledged) + 10
        await eventually(count, lambda found, target=target: found >= target)
        await cluster.kill("n3")
        target = len(acknowledged) + 10
        await eventually(count, lambda found, target=target: found >= target)
        await cluster.start("n3")
    enough.set()
    await asyncio.gather(*stores)

    async with clients_of(cluster) as clients:
        for client in clients:
            listed = await keys_of(client, "storm/")
            assert acknowledged.keys() <= listed <= acknowledged.keys() | open_ended.keys()
            for key, data in acknowledged.items():
                assert await client.retrieve(key) == data, key


async def test_a_retrieve_whose_node_is_killed_fails_cleanly_and_goes_on_from_there(
    cluster: LocalCluster, tmp_path: Path
) -> None:
    data = content("album", 64 * MIB)
    await store_before(cluster, "album", data)
    target = tmp_path / "album.tar"
    pid, killed = pid_of(cluster, "n2"), list[int]()

    def kill(done: int) -> None:
        """From within, so that it is certain that the rest was not there yet."""
        if done >= 8 * MIB and not killed:
            os.kill(pid, signal.SIGKILL)
            killed.append(done)

    async with await client_of(cluster, "n2") as client:
        with pytest.raises(PeerError, match="the node"):
            await client.retrieve_path("album", target, progress=kill)
    await cluster.kill("n2")
    assert not target.exists()
    async with await client_of(cluster, "n1") as client:
        retrieved = await client.retrieve_path("album", target)
    assert retrieved.resumed >= MIB
    assert target.read_bytes() == data


async def test_a_holder_killed_during_a_retrieve_through_another_node_is_not_noticed(
    cluster: LocalCluster, tmp_path: Path
) -> None:
    data = content("from elsewhere", 24 * MIB)
    await store_before(cluster, "elsewhere", data)
    for path in chunk_files(cluster, "n1").values():
        path.unlink()  # so that every chunk must come from another node
    async with await client_of(cluster, "n1") as client:
        async with client.retrieve_stream("elsewhere") as file:
            blocks = []
            async for block in file:
                blocks.append(block)
                if len(blocks) == 4:
                    await cluster.kill("n2")
        assert b"".join(blocks) == data
    await cluster.start("n2")
    await copies_are(cluster, "elsewhere", 3)
