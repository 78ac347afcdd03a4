"""Many at once through all three nodes: every one right, none starved, one order for all."""

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from dfs_core.client import Client, DfsError, FileStored, KeyNotFound
from dfs_core.encoding.control_messages import RetrieveFile, StoreFile
from dfs_core.limits import MIB
from dfs_core.local import LocalCluster
from dfs_core.transport.link import connect_local

from .acts import (
    NAMES,
    addresses_of,
    chunk_files,
    client_of,
    clients_of,
    content,
    copies_are,
    eventually,
    everywhere,
    keys_of,
    leader_of,
    memory_peaks,
    paused,
)

pytestmark = pytest.mark.xdist_group("concurrency")

# From nothing over what is inlined, one byte more, whole chunks and their neighbours, to several chunks.
SIZES = (0, 1, 4096, 4097, 70_000, MIB - 1, MIB, MIB + 1, 3 * MIB, 6 * MIB + 123)


async def test_fifty_stores_and_fifty_retrieves_at_once_through_all_nodes_are_all_right(
    cluster: LocalCluster, tmp_path: Path
) -> None:
    def data_of(key: str) -> bytes:
        return content(key, SIZES[int(key.rpartition("/")[2]) % len(SIZES)])

    old = [f"old/{number}" for number in range(50)]
    new = [f"new/{number}" for number in range(50)]
    async with clients_of(cluster) as clients:
        for start in range(0, 50, 10):
            await asyncio.gather(*(clients[0].store(key, data_of(key)) for key in old[start : start + 10]))

        async def store(key: str, client: Client) -> None:
            assert (await client.store(key, data_of(key))).size == len(data_of(key))

        async def retrieve(key: str, client: Client) -> None:
            assert await client.retrieve(key) == data_of(key)

        work = [store(key, clients[number % 3]) for number, key in enumerate(new)]
        work += [retrieve(key, clients[number % 3]) for number, key in enumerate(old)]
        random.Random(50).shuffle(work)
        await asyncio.gather(*work)

        for key in new:
            assert await random.Random(key).choice(clients).retrieve(key) == data_of(key)
        for client in clients:
            assert await keys_of(client, "new/") == set(new)
    assert max(memory_peaks(cluster).values()) < 300 * MIB


async def test_two_contents_under_one_key_at_once_are_two_versions_and_the_later_is_current_everywhere(
    cluster: LocalCluster,
) -> None:
    for size in (1000, 2 * MIB):
        key = f"contested/{size}"
        contents = {name: content((key, name), size) for name in NAMES}
        async with clients_of(cluster) as clients:
            stored = await asyncio.gather(
                *(client.store(key, data) for client, data in zip(clients, contents.values(), strict=True))
            )
            versions = {outcome.version: data for outcome, data in zip(stored, contents.values(), strict=True)}
            assert len(versions) == 3
            for client in clients:
                detail = await client.stat(key)
                assert [entry.version for entry in detail.history] == sorted(versions, reverse=True)
                assert detail.entry.version == max(versions)
                for version, data in versions.items():
                    assert await client.retrieve(key, version=version) == data
        await everywhere(cluster, key, versions[max(versions)])


async def test_the_same_content_stored_at_once_through_all_nodes_is_kept_once(cluster: LocalCluster) -> None:
    data = content("at once", 4 * MIB)
    before = {name: chunk_files(cluster, name).keys() for name in NAMES}
    async with clients_of(cluster) as clients:
        stores = [clients[number % 3].store(f"at/once/{number}", data) for number in range(6)]
        stored = await asyncio.gather(*stores)
        assert len({outcome.version for outcome in stored}) == 6
        for number in range(6):
            await copies_are(cluster, f"at/once/{number}", 3)
            assert await clients[(number + 1) % 3].retrieve(f"at/once/{number}") == data
        addresses = set(await addresses_of(clients[0], "at/once/0"))
    for name in NAMES:
        assert chunk_files(cluster, name).keys() - before[name] == addresses
        assert not list((Path(cluster.node(name).data_dir) / "tmp").iterdir())


async def test_a_reader_sees_whole_versions_only_and_never_goes_back(cluster: LocalCluster) -> None:
    """One client stores version after version; what it was told is stored, every other node hands out from then on."""
    key, stored, done = "growing", 0, asyncio.Event()

    def text(number: int) -> bytes:
        return b"%08d" % number * (1 + 40_000 * (number % 3))

    async def write(client: Client) -> None:
        nonlocal stored
        for number in range(1, 25):
            await client.store(key, text(number))
            stored = number
        done.set()

    async def read(client: Client) -> None:
        seen = 0
        while not done.is_set():
            known = stored
            try:
                data = await client.retrieve(key)
            except KeyNotFound:
                assert known == 0
                continue
            number = int(data[:8])
            assert data == text(number)
            assert number >= max(seen, known)
            seen = number

    async with clients_of(cluster) as clients:
        await asyncio.gather(write(clients[0]), *(read(client) for client in clients))


async def test_a_node_that_stood_still_never_shows_the_past_as_the_present(cluster: LocalCluster) -> None:
    leader = await leader_of(cluster)
    behind, other = (name for name in NAMES if name != leader)
    async with clients_of(cluster, behind, other) as (reader, writer):
        for number in range(5):
            with paused(cluster, behind):
                for key in range(20):
                    await writer.store(f"present/{key}", b"%d" % number)

            async def read(key: int) -> tuple[bytes, bool]:
                async with reader.retrieve_stream(f"present/{key}") as file:
                    return b"".join([block async for block in file]), file.stale

            for key in reversed(range(20)):
                data, _ = await eventually(lambda key=key: read(key), lambda answer: not answer[1])
                assert data == b"%d" % number


async def test_of_many_who_move_one_key_at_once_exactly_one_does(cluster: LocalCluster) -> None:
    data = content("to be moved", 2 * MIB)
    async with clients_of(cluster) as clients:
        await clients[0].store("moved/from", data)
        moves = [clients[number % 3].move("moved/from", f"moved/to/{number}") for number in range(6)]
        outcomes = await asyncio.gather(*moves, return_exceptions=True)
        moved = [outcome.key for outcome in outcomes if isinstance(outcome, FileStored)]
        assert len(moved) == 1, outcomes
        assert all(isinstance(outcome, FileStored | DfsError) for outcome in outcomes)
        for client in clients:
            assert await keys_of(client, "moved/") == set(moved)
    await everywhere(cluster, moved[0], data)


async def test_removing_one_key_leaves_what_shares_its_bytes_and_its_name(cluster: LocalCluster) -> None:
    data = content("shared bytes", 2 * MIB)
    async with clients_of(cluster) as clients:
        for key in ("shared/a", "shared/ab", "shared/a/b", "shared/b"):
            await clients[0].store(key, data)
        await clients[1].remove(["shared/a"])
        for client in clients:
            assert await keys_of(client, "shared/") == {"shared/ab", "shared/a/b", "shared/b"}
            with pytest.raises(KeyNotFound):
                await client.retrieve("shared/a")
    for key in ("shared/ab", "shared/a/b", "shared/b"):
        await everywhere(cluster, key, data)


async def test_many_small_stores_share_entries_of_the_log(cluster: LocalCluster) -> None:
    async with await client_of(cluster, "n2") as client:
        before = (await client.status()).commit_index
        await asyncio.gather(*(client.store(f"small/{number}", b"%d" % number) for number in range(300)))
        entries = (await client.status()).commit_index - before
        assert len(await keys_of(client, "small/")) == 300
    assert entries < 150


async def test_clients_that_stall_in_the_middle_starve_nobody(cluster: LocalCluster) -> None:
    """Many stores whose bytes stop coming and many retrieves whose bytes nobody reads, all through one node."""
    data = content("not read", 40 * MIB)
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(await client_of(cluster, "n1"))
        await client.store("stall/read", data)
        for number in range(20):
            link = await connect_local(cluster.node("n1").control)
            stack.push_async_callback(link.close)
            request = StoreFile(f"stall/{number}", secrets.token_bytes(16), 40 * MIB, 0, 0)
            storing = await link.open(request, timeout_s=60)
            await storing.send(memoryview(data)[: (number % 4) * MIB + 5])
            retrieving = await link.open(RetrieveFile("stall/read"), timeout_s=60)
            await retrieving.reply(timeout_s=60)
        other = content("passes them", 30 * MIB)
        await client.store("stall/passes", other)
        assert await client.retrieve("stall/passes") == other
        assert await client.retrieve("stall/read") == data
    assert memory_peaks(cluster)["n1"] < 300 * MIB
    async with await client_of(cluster, "n1") as client:
        assert await keys_of(client, "stall/") == {"stall/read", "stall/passes"}


async def test_a_client_that_goes_away_while_it_stores_leaves_no_key_and_no_transfer(cluster: LocalCluster) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield bytes(MIB)

    async with await client_of(cluster, "n3") as client:
        storing = asyncio.create_task(client.store_stream(endless(), "gone/away", progress=None))
        async with await client_of(cluster, "n3") as watcher:
            async for event in watcher.watch(0.1):
                del event
                transfers = (await watcher.status()).transfers
                if any(transfer.key == "gone/away" and transfer.bytes_done > 4 * MIB for transfer in transfers):
                    break
            storing.cancel()
            await asyncio.gather(storing, return_exceptions=True)
            assert "gone/away" not in await keys_of(watcher)

            async def states() -> list[str]:
                return [each.state for each in (await watcher.status()).transfers if each.key == "gone/away"]

            await eventually(states, lambda found: found == ["cancelled"])
