"""Damaged chunk files: never handed out, always reported, always replaced while a good copy is left."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from dfs_core.cli.exit_codes import EXIT_CODES
from dfs_core.client import IntegrityError, NotFound
from dfs_core.limits import MIB
from dfs_core.local import LocalCluster
from dfs_core.testing.command import Cli

from .acts import (
    NAMES,
    addresses_of,
    chunk_files,
    client_of,
    clients_of,
    content,
    copies_are,
    damage_told,
    eventually,
    everywhere,
    keys_of,
    running,
)

pytestmark = pytest.mark.xdist_group("corruption")

Paths = Sequence[Path]


def flip_a_bit(paths: Paths) -> None:
    for path in paths:
        data = bytearray(path.read_bytes())
        data[len(data) // 3] ^= 0x10
        path.write_bytes(data)


def truncate(paths: Paths) -> None:
    for path in paths:
        path.write_bytes(path.read_bytes()[:-1])


def empty(paths: Paths) -> None:
    for path in paths:
        path.write_bytes(b"")


def lengthen(paths: Paths) -> None:
    for path in paths:
        path.write_bytes(path.read_bytes() + b"\0")


def zero(paths: Paths) -> None:
    for path in paths:
        path.write_bytes(bytes(path.stat().st_size))


def swap(paths: Paths) -> None:
    """Each gets the bytes of the next: all are sound chunks, under wrong names."""
    contents = [path.read_bytes() for path in paths]
    for path, data in zip(paths, contents[1:] + contents[:1], strict=True):
        path.write_bytes(data)


def put_folders_there(paths: Paths) -> None:
    """As a file system check may leave things."""
    for path in paths:
        path.unlink()
        path.mkdir()


def remove(paths: Paths) -> None:
    for path in paths:
        path.unlink()


DAMAGES: list[Callable[[Paths], None]] = [
    flip_a_bit,
    truncate,
    empty,
    lengthen,
    zero,
    swap,
    put_folders_there,
    remove,
]


async def store(cluster: LocalCluster, key: str, data: bytes) -> list[str]:
    """Store through n1 and wait for all copies; the addresses of its chunks."""
    async with await client_of(cluster, "n1") as client:
        await client.store(key, data)
        await copies_are(cluster, key, 3)
        return await addresses_of(client, key)


def files_of(cluster: LocalCluster, name: str, addresses: Sequence[str]) -> list[Path]:
    held = chunk_files(cluster, name)
    return [held[address] for address in addresses]


async def healed(cluster: LocalCluster, name: str, sound: dict[str, bytes]) -> None:
    """Wait until the node's copies are the sound ones again."""

    async def look() -> dict[str, bytes]:
        held = chunk_files(cluster, name)
        return {address: held[address].read_bytes() for address in sound if address in held and held[address].is_file()}

    await eventually(look, lambda found: found == sound)


def quarantined(cluster: LocalCluster, name: str) -> set[str]:
    """Addresses of which the node has set a damaged copy aside."""
    folder = Path(cluster.node(name).data_dir) / "quarantine"
    return {path.name.partition(".")[0] for path in folder.iterdir()}


@pytest.mark.parametrize("victim", NAMES)
@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
async def test_damaged_copies_on_one_node_are_never_returned_but_reported_and_replaced(
    cluster: LocalCluster, damage: Callable[[Paths], None], victim: str
) -> None:
    key = f"{damage.__name__}/{victim}"
    data = content(key, 2 * MIB + 100_000)
    addresses = await store(cluster, key, data)
    files = files_of(cluster, victim, addresses)
    sound = {path.name: path.read_bytes() for path in files}
    async with await client_of(cluster, victim) as client:
        damaged_before = (await client.status()).damaged

    damage(files)

    async with clients_of(cluster) as clients:
        for client in clients:
            assert await client.retrieve(key) == data
    await healed(cluster, victim, sound)
    await copies_are(cluster, key, 3)
    if damage is remove:
        return
    async with await client_of(cluster, victim) as client:
        assert (await client.status()).damaged >= damaged_before + len(files)
    assert set(addresses) <= quarantined(cluster, victim)


async def test_damage_met_by_another_node_is_told_to_whoever_watches_either(cluster: LocalCluster) -> None:
    """n1 has lost its copies and n2's are damaged, so that n1's reader meets n2's damage or goes past it to n3."""
    data = content("met by another", 6 * MIB)
    addresses = await store(cluster, "met/by/another", data)
    sound = {path.name: path.read_bytes() for path in files_of(cluster, "n1", addresses)}
    told: set[str] = set()
    async with clients_of(cluster, "n1", "n2") as (reader, holder), damage_told(cluster, "n2", told):
        remove(files_of(cluster, "n1", addresses))
        flip_a_bit(files_of(cluster, "n2", addresses))
        assert await reader.retrieve("met/by/another") == data
        await healed(cluster, "n1", sound)
        assert await holder.retrieve("met/by/another") == data

        async def all_told() -> set[str]:
            return told

        await eventually(all_told, lambda found: found == set(addresses))
    await healed(cluster, "n2", sound)


async def test_two_damaged_copies_are_repaired_from_the_third(cluster: LocalCluster) -> None:
    data = content("one left", 3 * MIB)
    addresses = await store(cluster, "one/left", data)
    sound = {path.name: path.read_bytes() for path in files_of(cluster, "n3", addresses)}
    zero(files_of(cluster, "n1", addresses))
    truncate(files_of(cluster, "n2", addresses))
    await everywhere(cluster, "one/left", data)
    await healed(cluster, "n1", sound)
    await healed(cluster, "n2", sound)


async def test_with_every_copy_damaged_nothing_is_returned_and_storing_it_again_heals(
    cluster: LocalCluster, cli: Cli, tmp_path: Path
) -> None:
    data = content("no copy left", 2 * MIB)
    addresses = await store(cluster, "none/left", data)
    for name in NAMES:
        flip_a_bit(files_of(cluster, name, addresses[1:]))

    target = tmp_path / "out"
    done = cli.run("retrieve", "none/left", "-o", target, node="n2")
    assert done.returncode == EXIT_CODES["chunk_corrupt"], done.stderr
    assert done.stderr.count(b"\n") == 1
    assert not target.exists()
    async with clients_of(cluster) as clients:
        for client in clients:
            with pytest.raises((IntegrityError, NotFound)):
                await client.retrieve("none/left")
            assert await client.retrieve("none/left", end=1000) == data[:1000], "its first chunk is sound"
            assert "none/left" in await keys_of(client), "a key is not forgotten because its bytes are"
        await clients[0].store("none/left", data)
    await everywhere(cluster, "none/left", data)
    await copies_are(cluster, "none/left", 3)


async def test_a_damaged_copy_is_not_counted_when_the_same_content_is_stored_again(cluster: LocalCluster) -> None:
    """Whatever a holder says of a copy it has not read, the readers still get the right bytes, and it heals."""
    data = content("stored twice", 3 * MIB)
    addresses = await store(cluster, "twice/first", data)
    sound = {path.name: path.read_bytes() for path in files_of(cluster, "n2", addresses)}
    flip_a_bit(files_of(cluster, "n2", addresses))
    async with await client_of(cluster, "n2") as client:
        await client.store("twice/second", data)
    await everywhere(cluster, "twice/second", data)
    await healed(cluster, "n2", sound)


async def test_damage_done_while_a_node_is_stopped_is_found_when_it_is_back(cluster: LocalCluster) -> None:
    data = content("while stopped", 4 * MIB)
    addresses = await store(cluster, "while/stopped", data)
    sound = {path.name: path.read_bytes() for path in files_of(cluster, "n3", addresses)}
    await cluster.stop("n3")
    files = files_of(cluster, "n3", addresses)
    flip_a_bit(files[:1])
    truncate(files[1:2])
    remove(files[2:3])
    await cluster.start("n3")
    await everywhere(cluster, "while/stopped", data)
    await healed(cluster, "n3", sound)


async def test_a_chunk_folder_lost_as_a_whole_comes_back(cluster: LocalCluster) -> None:
    """Somebody cleaned up: every chunk file of a running node is gone."""
    data = content("cleaned up", 5 * MIB)
    addresses = await store(cluster, "cleaned/up", data)
    sound = {path.name: path.read_bytes() for path in files_of(cluster, "n1", addresses)}
    remove(list(chunk_files(cluster, "n1").values()))
    await everywhere(cluster, "cleaned/up", data)
    await healed(cluster, "n1", sound)


async def test_status_names_the_damage_as_json(cluster: LocalCluster, cli: Cli) -> None:
    data = content("status", 1 * MIB)
    addresses = await store(cluster, "status", data)
    before = json.loads(cli.ok("status", "--json", node="n1"))["damaged"]
    flip_a_bit(files_of(cluster, "n1", addresses))
    assert cli.ok("cat", "status", node="n1") == data
    assert json.loads(cli.ok("status", "--json", node="n1"))["damaged"] == before + len(addresses)


async def test_a_catalog_that_has_rotted_is_told_by_a_scrub_with_what_to_do(cluster: LocalCluster, cli: Cli) -> None:
    await store(cluster, "rows", content("rows", 1 * MIB))
    catalog = Path(cluster.node("n3").data_dir) / "catalog.sqlite"

    def longer_by(count: int) -> None:
        with closing(sqlite3.connect(catalog, timeout=30)) as rows, rows:
            rows.execute("UPDATE version SET size = size + ? WHERE key = 'rows'", (count,))

    def alarms() -> list[str]:
        return [alarm for alarm in json.loads(cli.ok("status", "--json", node="n3"))["alarms"] if "catalog" in alarm]

    longer_by(1)
    done = cli.run("scrub", "--now", node="n3")
    (alarm,) = alarms()
    assert "does not hold what its digest says" in alarm and "join again" in alarm
    assert (done.returncode, alarm.encode() in done.stdout) == (1, True)
    longer_by(-1)
    cli.run("scrub", "--now", node="n3")
    assert alarms() == []


async def test_a_node_whose_disk_goes_away_ends_saying_so_and_nothing_is_taken_for_lost(cluster: LocalCluster) -> None:
    data, newer = content("unmounted", 3 * MIB), content("stored meanwhile", 3 * MIB)
    addresses = await store(cluster, "unmounted/before", data)
    chunks = Path(cluster.node("n2").data_dir) / "chunks"
    chunks.rename(chunks.with_name("elsewhere"))
    try:
        async with clients_of(cluster, "n1", "n3") as clients:
            await clients[0].store("unmounted/meanwhile", newer)
            for client in clients:
                assert await client.retrieve("unmounted/before") == data
                assert await client.retrieve("unmounted/meanwhile") == newer
        await eventually(lambda: asyncio.to_thread(running, cluster), lambda names: names == ["n1", "n3"])
        assert f"{chunks}" in cluster.log_tail("n2", 1)[0]
    finally:
        chunks.with_name("elsewhere").rename(chunks)
    await cluster.start("n2")
    assert {path.name for path in files_of(cluster, "n2", addresses)} == set(addresses)
    await everywhere(cluster, "unmounted/meanwhile", newer)
    await copies_are(cluster, "unmounted/meanwhile", 3)
