"""Nodes stopped, killed and started in any order; folders that are not what they were."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from dfs_core.cli.exit_codes import EXIT_CODES
from dfs_core.client import Client, DfsError
from dfs_core.errors import NodeFailed
from dfs_core.limits import MIB
from dfs_core.local import LocalCluster
from dfs_core.testing.command import Cli

from .acts import (
    NAMES,
    HeldBack,
    client_of,
    clients_of,
    content,
    copies_are,
    eventually,
    everywhere,
    keys_of,
    pid_of,
    running,
)

pytestmark = pytest.mark.xdist_group("restart")

PHOTO = content("photo", 3 * MIB + 1)
LINE = b"a line"


@pytest.fixture(autouse=True)
async def three_nodes_run(cluster: LocalCluster) -> None:
    """Whatever the test before did to the shared cluster, all three nodes run and are connected."""
    await cluster.up(3)
    async with await client_of(cluster, "n1") as client:
        if "kept" not in await keys_of(client, "kept"):
            await client.store("kept", PHOTO)
    await copies_are(cluster, "kept", 3)


def data_dir(cluster: LocalCluster, name: str) -> Path:
    return Path(cluster.node(name).data_dir)


async def store_all(cluster: LocalCluster, prefix: str) -> dict[str, bytes]:
    """A few files through different nodes, on all three."""
    files = {f"{prefix}/photo": PHOTO + prefix.encode(), f"{prefix}/line": LINE, f"{prefix}/empty": b""}
    async with clients_of(cluster) as clients:
        for client, (key, data) in zip(clients, files.items(), strict=True):
            await client.store(key, data)
    for key in files:
        await copies_are(cluster, key, 3)
    return files


@pytest.mark.parametrize(
    ("how", "order"),
    [("stop", ("n1", "n2", "n3")), ("kill", ("n3", "n2", "n1")), ("kill", ("n2", "n3", "n1")), ("stop", ("n2", "n1"))],
)
async def test_after_all_were_down_and_started_in_any_order_everything_is_readable_from_every_node(
    cluster: LocalCluster, how: str, order: tuple[str, ...]
) -> None:
    files = await store_all(cluster, f"{how}/{'/'.join(order)}")
    for name in NAMES:
        await (cluster.stop(name) if how == "stop" else cluster.kill(name))
    assert not running(cluster)

    for name in order:
        await cluster.start(name)
    for key, data in files.items():
        await everywhere(cluster, key, data)
    for name in set(NAMES) - set(order):
        await cluster.start(name)
        for key, data in files.items():
            await everywhere(cluster, key, data)
    async with await client_of(cluster, order[0]) as client:
        await client.store("after", LINE)
    await everywhere(cluster, "after", LINE)


async def test_all_started_at_once_after_a_power_cut_during_stores_have_everything_acknowledged(
    cluster: LocalCluster,
) -> None:
    acknowledged: dict[str, bytes] = {}

    async def store_many(name: str) -> None:
        async with await client_of(cluster, name) as client:
            with contextlib.suppress(DfsError):
                for number in range(10_000):
                    key, data = f"cut/{name}/{number}", content((name, number), 9_000 * (number % 5))
                    await client.store(key, data)
                    acknowledged[key] = data

    async def count() -> int:
        return len(acknowledged)

    pids = [pid_of(cluster, name) for name in NAMES]
    stores = [asyncio.create_task(store_many(name)) for name in NAMES]
    await eventually(count, lambda found: found >= 60)
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    known = dict(acknowledged)
    for name in NAMES:
        await cluster.kill(name)
    for task in stores:
        task.cancel()
    await asyncio.gather(*stores, return_exceptions=True)

    await cluster.up(3)
    async with clients_of(cluster) as clients:
        for client in clients:
            assert known.keys() <= await keys_of(client, "cut/")
        for number, (key, data) in enumerate(known.items()):
            assert await clients[number % 3].retrieve(key) == data


async def test_a_store_under_way_when_its_node_is_stopped_is_refused_in_good_order(cluster: LocalCluster) -> None:
    data = content("stopped", 24 * MIB)
    source = HeldBack(data)
    async with await client_of(cluster, "n2") as client:
        storing = asyncio.create_task(client.store_stream(aiter(source), "stopped", size=len(data)))
        await source.half_way.wait()
        await cluster.stop("n2")
        source.go_on.set()
        with pytest.raises(DfsError, match="not stored"):
            await storing
    await cluster.start("n2")
    async with await client_of(cluster, "n2") as client:
        assert "stopped" not in await keys_of(client)
        await client.store("stopped", data)
    await everywhere(cluster, "stopped", data)


async def test_a_client_outlives_its_node_and_finds_it_again(cluster: LocalCluster) -> None:
    async with await client_of(cluster, "n3") as client:
        await client.store("outlives", LINE)
        await cluster.restart("n3")
        assert await client.retrieve("outlives") == LINE


async def test_a_node_whose_port_was_taken_meanwhile_is_found_at_its_new_one(cluster: LocalCluster) -> None:
    files = await store_all(cluster, "moved")
    await cluster.stop("n3")
    before = cluster.node("n3").listen
    with socket.socket() as squatter:
        squatter.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        squatter.bind(("127.0.0.1", int(before.rpartition(":")[2])))
        squatter.listen(1)
        await cluster.start("n3")
        assert cluster.node("n3").listen != before
        await cluster.wait_ready()
        for key, data in files.items():
            await everywhere(cluster, key, data)
        await cluster.stop("n1")
        await cluster.stop("n2")
        await cluster.stop("n3")
        await cluster.start("n1")
        await cluster.start("n3")
        await everywhere(cluster, "moved/photo", files["moved/photo"])


async def test_a_node_killed_while_it_starts_can_be_started(cluster: LocalCluster) -> None:
    files = await store_all(cluster, "start")
    await cluster.stop("n2")
    for _ in range(3):
        starting = asyncio.create_task(cluster.start("n2"))
        node = await eventually(lambda: asyncio.to_thread(cluster.node, "n2"), lambda node: node.pid)
        assert node.pid is not None
        os.kill(node.pid, signal.SIGKILL)
        with contextlib.suppress(NodeFailed):
            await starting
    await cluster.start("n2")
    for key, data in files.items():
        await everywhere(cluster, key, data)


# -- folders


async def test_two_processes_on_one_folder_are_refused_and_the_first_goes_on(cluster: LocalCluster, cli: Cli) -> None:
    done = cli.run("node", "--data-dir", data_dir(cluster, "n1"), "--listen", "127.0.0.1:0")
    assert done.returncode == EXIT_CODES["store"], done.stderr
    assert done.stdout == b""
    assert done.stderr.count(b"\n") == 1
    async with await client_of(cluster, "n1") as client:
        await client.store("still", LINE)
    await everywhere(cluster, "still", LINE)


@contextlib.contextmanager
def without(folder: Path, *patterns: str) -> Iterator[None]:
    """Within, what matches is not in the folder. Afterwards it is back, in place of what took its place."""
    aside = folder.parent / "aside"
    aside.mkdir()
    for path in [path for pattern in patterns for path in folder.glob(pattern)]:
        path.rename(aside / path.name)
    try:
        yield
    finally:
        for path in [path for pattern in patterns for path in folder.glob(pattern)]:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        for path in aside.iterdir():
            path.rename(folder / path.name)
        aside.rmdir()


@pytest.mark.parametrize(
    "lost",
    [("marker",), ("identity",), ("secrets",), ("chunks",), ("log.sqlite*",), ("log.sqlite*", "catalog.sqlite*")],
)
async def test_a_folder_with_something_missing_is_refused_and_never_taken_for_an_empty_one(
    cluster: LocalCluster, cli: Cli, lost: tuple[str, ...]
) -> None:
    await cluster.stop("n2")
    folder = data_dir(cluster, "n2")
    with without(folder, *lost):
        done = cli.run("node", "--data-dir", folder, "--listen", cluster.node("n2").listen)
        assert done.returncode in (EXIT_CODES["store"], EXIT_CODES["config"]), (done.returncode, done.stderr)
        assert done.stderr.count(b"\n") == 1, done.stderr.decode()
        assert lost[0].rstrip("*").encode() in done.stderr
    await cluster.start("n2")
    await everywhere(cluster, "kept", PHOTO)
    await copies_are(cluster, "kept", 3)


async def test_a_lost_catalog_is_made_anew_from_the_log(cluster: LocalCluster) -> None:
    await cluster.stop("n2")
    folder = data_dir(cluster, "n2")
    for path in folder.glob("catalog.sqlite*"):
        path.unlink()
    await cluster.start("n2")
    await everywhere(cluster, "kept", PHOTO)
    async with clients_of(cluster, "n1", "n2") as (whole, anew):
        assert await keys_of(anew) == await keys_of(whole)


@pytest.mark.parametrize("name", ["catalog.sqlite", "log.sqlite", "state.sqlite", "marker"])
async def test_a_damaged_file_of_a_folder_is_refused_in_one_line(cluster: LocalCluster, cli: Cli, name: str) -> None:
    await cluster.stop("n3")
    path = data_dir(cluster, "n3") / name
    sound = path.read_bytes()
    for damaged in (b"\xa5" * len(sound), sound[: len(sound) // 2]):
        path.write_bytes(damaged)
        done = cli.run("node", "--data-dir", path.parent, "--listen", cluster.node("n3").listen)
        assert done.returncode not in (0, 1), done.stderr.decode()
        assert b"Traceback" not in done.stderr
        assert name.encode() in done.stderr
        path.write_bytes(sound)
    await cluster.start("n3")
    await everywhere(cluster, "kept", PHOTO)


async def test_what_a_crash_left_in_tmp_is_gone_after_the_start(cluster: LocalCluster) -> None:
    left = data_dir(cluster, "n1") / "tmp" / f"{'ab' * 32}.7"
    await cluster.kill("n1")
    left.write_bytes(b"half a chunk")
    await cluster.start("n1")
    assert not left.exists()


async def test_status_of_a_node_that_is_back_says_so_again_from_every_node(cluster: LocalCluster, cli: Cli) -> None:
    await cluster.kill("n2")

    async def health(name: str) -> str:
        return str(json.loads(await asyncio.to_thread(cli.ok, "status", "--json", node=name))["health"])

    for name in ("n1", "n3"):
        await eventually(lambda name=name: health(name), lambda found: found == "DEGRADED")
    await cluster.start("n2")
    for name in NAMES:
        await eventually(lambda name=name: health(name), lambda found: found == "HEALTHY")


async def test_a_client_of_a_stopped_node_is_told_to_start_it(cluster: LocalCluster, cli: Cli) -> None:
    await cluster.stop("n3")
    done = cli.run("ls", node="n3")
    assert done.returncode == EXIT_CODES["not_running"]
    assert done.stderr.count(b"\n") == 1
    with pytest.raises(DfsError, match="no node is running"):
        await Client.connect(cluster.node("n3").control)
