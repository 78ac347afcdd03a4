"""Four real nodes look after themselves: nodes die and return, disks rot and fill, and nobody repairs by hand.

The nodes offer 200 MB each, in chunks of 64 KiB. The last one has a disk of that size, where this user may mount one;
elsewhere its share in the layout is what fills up.
"""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from dfs_core.client import Client, MemberChange, NodeStatus
from dfs_core.limits import MIB
from dfs_core.local import LocalCluster
from dfs_core.local.ports import choose_port
from dfs_core.model.ids import Address
from dfs_core.testing.base_ports import draw_base_port
from dfs_core.testing.command import Cli

from .acts import (
    chunk_files,
    client_of,
    clients_of,
    content,
    damage_told,
    eventually,
    leader_of,
    name_of,
    running,
)
from .conftest import _up

pytestmark = pytest.mark.xdist_group("healing")

ALL = ("n1", "n2", "n3", "n4")
CAPACITY_BYTES = 200 * MIB
CHUNK_BYTES = 65_536
PHOTOS = {f"photo {number}": content(number, 3 * MIB) for number in range(4)}  # 192 chunks in all
CHUNKS = 192


@pytest.fixture(scope="module")
def cluster(home: Path) -> Iterator[LocalCluster]:
    disk = home / "local" / "n4"
    disk.mkdir(parents=True, mode=0o700)
    disk.parent.chmod(0o700)
    options = f"size={CAPACITY_BYTES},mode=0700"
    mount = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(disk)]
    mounted = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    try:
        made = _up(home / "local", 4, DFS_CAPACITY=str(CAPACITY_BYTES))
        asyncio.run(fill_with_photos(made))
        yield made
    finally:
        asyncio.run(LocalCluster(home / "local").down())
        if mounted:
            subprocess.run(["umount", str(disk)], capture_output=True, check=True)


async def fill_with_photos(cluster: LocalCluster) -> None:
    async with await client_of(cluster, "n1") as client:
        assert (await settings_of(client))["out_ms"] == 15_000
        await client.change_setting("chunk_bytes", CHUNK_BYTES)
        await client.change_setting("out_ms", 3_000)
        for key, data in PHOTOS.items():
            await client.store(key, data)
    await healthy(cluster)


async def settings_of(client: Client) -> dict[str, int]:
    return {setting.name: setting.value for setting in (await client.settings()).settings}


def said(status: NodeStatus) -> tuple[object, ...]:
    """What a node says about the chunks of the whole cluster."""
    return (
        status.health,
        status.reasons,
        status.copies_found,
        status.under_chunks,
        status.under_bytes,
        status.lost_chunks,
        status.repair,
    )


async def agreed(cluster: LocalCluster) -> NodeStatus:
    """The status of one node, once all that run say the same."""

    async def ask() -> list[NodeStatus]:
        async with clients_of(cluster) as clients:
            return [await client.status() for client in clients]

    return (await eventually(ask, lambda found: len({repr(said(status)) for status in found}) == 1))[0]


async def healthy(cluster: LocalCluster, copies: int = 3 * CHUNKS) -> None:
    """Wait until all nodes say so, and that many copies lie on their disks, none too many."""

    async def ask() -> tuple[str, int, int]:
        status = await agreed(cluster)
        files = sum(len(chunk_files(cluster, name)) for name in running(cluster))
        return status.health, status.under_chunks, files

    await eventually(ask, lambda found: found == ("HEALTHY", 0, copies), timeout_s=120)


async def photos_are_whole(cluster: LocalCluster, *names: str) -> None:
    async with clients_of(cluster, *names) as clients:
        for client in clients:
            for key, data in PHOTOS.items():
                assert await client.retrieve(key) == data


def rot(path: Path) -> str:
    """Flip a bit of a chunk file; its address."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 4
    path.write_bytes(data)
    return path.name


def sound(path: Path) -> bool:
    with contextlib.suppress(FileNotFoundError):
        return str(Address.of(path.read_bytes())) == path.name
    return False


async def test_one_scrub_finds_every_flipped_bit_in_one_percent_of_the_chunks_repairs_and_reports_each(
    cluster: LocalCluster, cli: Cli
) -> None:
    files = chunk_files(cluster, "n2")
    victims = [files[address] for address in sorted(files)][:: len(files) // 2][:2]  # of some 144
    assert len(victims) >= len(files) / 100
    rotten = {rot(path) for path in victims}
    told: set[str] = set()
    async with damage_told(cluster, "n2", told):
        done = await asyncio.to_thread(cli.run, "scrub", "--now", node="n2")
        assert done.returncode == 1
        assert f"{len(files)} chunks checked, {len(rotten)} damaged" in done.stdout.decode()

        async def repaired() -> bool:
            return told == rotten and all(sound(path) for path in victims)

        await eventually(repaired)
    assert {path.name for path in (Path(cluster.node("n2").data_dir) / "quarantine").iterdir()} == rotten
    await healthy(cluster)


async def test_a_second_node_dies_while_the_first_is_made_up_for_and_both_return(cluster: LocalCluster) -> None:
    leader = await leader_of(cluster)
    first, second = [name for name in ALL if name not in (leader, "n4")][:2]
    async with await client_of(cluster, leader) as client:
        await client.change_setting("repair_bytes_s", 200_000)  # so that it can be seen half done
        await client.change_setting("out_ms", 600_000)  # until it has been seen before any of it was made up for
        missing = len(chunk_files(cluster, first))
        # Chunks that both keep get a fourth copy while both are away, and its holder asks the others before it lets go.
        of_both = sorted(chunk_files(cluster, first).keys() & chunk_files(cluster, second).keys())
        await cluster.kill(first)

        async def half_done() -> NodeStatus:
            return await agreed(cluster)

        status = await eventually(half_done, lambda found: found.under_chunks)
        assert (status.health, status.under_chunks, status.copies_found) == (
            "DEGRADED",
            missing,
            [0, 0, missing, CHUNKS - missing],
        )
        await client.change_setting("out_ms", 3_000)
        status = await eventually(half_done, lambda found: 0 < found.repair.left < found.repair.total)
        assert status.repair.rate > 0
        assert 0 < status.repair.eta_s < 600

        async def replaced() -> bool:
            return cluster.node(first).node_id not in (await client.status()).voters

        await eventually(replaced)
        await cluster.kill(second)
        await client.change_setting("repair_bytes_s", 0)
        status = await eventually(half_done, lambda found: not found.repair.left and found.copies_found[:2] == [0, 0])
        assert status.lost_chunks == 0
        await photos_are_whole(cluster, *running(cluster))

    rot(chunk_files(cluster, first)[of_both[0]])  # while nobody looks
    await cluster.start(first)
    await cluster.start(second)
    await healthy(cluster)
    # A copy that nobody could verify was no reason to let another one go.
    assert all(sound(path) for name in ALL for path in chunk_files(cluster, name).values())
    await photos_are_whole(cluster, first)


@contextlib.asynccontextmanager
async def full_disk(cluster: LocalCluster, client: Client, name: str) -> AsyncIterator[None]:
    """Within, that node has no room at all, by what others put on its disk or by what the layout lets it take."""
    folder = Path(cluster.node(name).data_dir).parent
    if folder.is_mount():
        ballast = folder / "ballast"
        with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
            while file.write(bytes(MIB)):
                pass
        try:
            yield
        finally:
            ballast.unlink()
    else:
        node = cluster.node(name).node_id
        await client.change_layout([MemberChange(node, capacity=MIB)])
        try:
            yield
        finally:
            await client.change_layout([MemberChange(node, capacity=CAPACITY_BYTES)])


async def test_a_real_node_is_scraped(make_cluster: Callable[..., LocalCluster]) -> None:
    port = choose_port(draw_base_port(), set())
    alone = await asyncio.to_thread(make_cluster, 1, DFS_METRICS=str(port))
    async with await client_of(alone, "n1") as client:
        await client.store("photo", PHOTOS["photo 0"])

    async def scraped() -> list[str]:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /metrics HTTP/1.1\r\n\r\n")
        lines = (await reader.read()).decode().splitlines()
        writer.close()
        return lines

    lines = await eventually(scraped, lambda found: 'dfs_chunks{copies="1"} 3.0' in found)
    for line in (
        "dfs_lost_chunks 0.0",
        "dfs_leads 1.0",
        "dfs_node_chunks 3.0",
        'dfs_worker_waiting{worker="resync"} 0.0',
    ):
        assert line in lines


async def test_a_full_disk_stops_nobody_deletes_and_takes_part_again_when_it_has_room(cluster: LocalCluster) -> None:
    more, one = content("more", 4 * MIB), content("one", 3 * CHUNK_BYTES)
    async with await client_of(cluster, "n1") as client:
        await client.change_setting("grace_ms", 0)
        async with full_disk(cluster, client, "n4"):
            async with await client_of(cluster, "n4") as full:
                await eventually(full.status, lambda found: not found.free and found.reasons)
                await client.store("more", more)
                await full.store("through the full node", one)
                assert await full.retrieve("more") == more
                before = len(chunk_files(cluster, "n4"))
                await full.remove(["photo 0"], purge=True)

                async def deleted() -> bool:
                    await client.collect()
                    return len(chunk_files(cluster, "n4")) < before

                await eventually(deleted)
            assert cluster.node("n4").state == "running"
            assert (await agreed(cluster)).under_chunks == 0
        await healthy(cluster, copies=3 * (CHUNKS - 48 + 64 + 3))
        assert await client.retrieve("more") == more
    assert name_of(cluster, cluster.node("n4").node_id) in running(cluster)
