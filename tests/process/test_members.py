"""Machines come, go, move and come back: real nodes, real ports, real folders."""

from __future__ import annotations

import asyncio
import json
import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

from dfs_core.client import Client, NodeStatus, PeerStatus
from dfs_core.local import LocalCluster
from dfs_core.model.member import split_host_port
from dfs_core.testing.command import Cli

from .acts import client_of, clients_of, content, eventually, everywhere, running

KEY = "kept/through/it"
DATA = content("members", 300_000)


async def seen(client: Client, node_id: str) -> PeerStatus:
    return next(peer for peer in await client.peers() if peer.node == node_id)


async def all_see(cluster: LocalCluster, node_id: str, right: Callable[[PeerStatus], bool]) -> None:
    """Every node that runs comes to see that node so."""
    async with clients_of(cluster) as clients:
        for client in clients:
            await eventually(lambda client=client: seen(client, node_id), right)  # type: ignore[misc]


@contextmanager
def taken(address: str) -> Iterator[None]:
    """Somebody else listens there."""
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(split_host_port(address))
        other.listen()
        yield


@contextmanager
def started(cli: Cli, *arguments: str) -> Iterator[dict[str, str]]:
    """A command that runs a node until the block ends; what the node's readiness line says."""
    process = cli.start(*arguments)
    assert process.stdout is not None
    try:
        for line in process.stdout:
            if line.startswith(b'{"event": "ready"'):
                break
        else:
            raise AssertionError(process.communicate()[1].decode())
        yield json.loads(line)
    finally:
        process.terminate()
        process.communicate(timeout=60)


def node_process(cli: Cli, data_dir: Path, *options: str) -> AbstractContextManager[dict[str, str]]:
    """`dfs-core node` on a folder, until the block ends."""
    return started(cli, "node", "--data-dir", str(data_dir), *options)


async def test_a_node_whose_address_changed_is_found_again_by_all(make_cluster: Callable[..., LocalCluster]) -> None:
    cluster = await asyncio.to_thread(make_cluster, 3)
    async with await client_of(cluster, "n1") as client:
        await client.store(KEY, DATA)
    moved, before = cluster.node("n2").node_id, cluster.node("n2").listen
    await cluster.stop("n2")
    with taken(before):
        after = (await cluster.start("n2")).listen
        assert after != before
        await all_see(cluster, moved, lambda peer: peer.liveness in ("self", "up") and peer.addresses == [after])
        for name in ("n1", "n3"):  # who starts later knows it too, and need not be told by anybody
            await cluster.restart(name)
        await all_see(cluster, moved, lambda peer: peer.liveness in ("self", "up") and peer.addresses == [after])
        await everywhere(cluster, KEY, DATA)


async def test_a_nodes_data_folder_may_be_moved(make_cluster: Callable[..., LocalCluster], tmp_path: Path) -> None:
    cluster = await asyncio.to_thread(make_cluster, 3)
    async with await client_of(cluster, "n1") as client:
        await client.store(KEY, DATA)
    node = cluster.node("n3")
    await cluster.stop("n3")
    elsewhere = tmp_path / "another disk" / "dfs"
    elsewhere.parent.mkdir()
    await asyncio.to_thread(shutil.move, node.data_dir, elsewhere)
    with ExitStack() as stack:
        ready = await asyncio.to_thread(
            stack.enter_context, node_process(Cli(tmp_path / "nowhere"), elsewhere, "--listen", node.listen)
        )
        assert ready["node_id"] == node.node_id
        await all_see(cluster, node.node_id, lambda peer: peer.liveness == "up")
        async with await Client.connect(ready["control"]) as client:
            await eventually(lambda: client.retrieve(KEY), lambda found: found == DATA)
        await asyncio.to_thread(stack.close)


async def test_one_of_four_that_is_killed_is_out_then_in_again_and_another_votes_for_it(
    make_cluster: Callable[..., LocalCluster],
) -> None:
    cluster = await asyncio.to_thread(make_cluster, 4)
    async with await client_of(cluster, "n1") as client:
        status = await client.status()
        victim = next(node for node in cluster.nodes() if node.node_id in status.voters and node.name != "n1")
    await cluster.kill(victim.name)
    await all_see(cluster, victim.node_id, lambda peer: peer.member_state == "out" and not peer.voter)
    async with await client_of(cluster, "n1") as client:
        await eventually(client.status, lambda status: len(status.voters) == 3)
        await client.store(KEY, DATA)
    await cluster.start(victim.name)
    await all_see(cluster, victim.node_id, lambda peer: peer.member_state == "joined")
    await everywhere(cluster, KEY, DATA)
    assert len(running(cluster)) == 4


async def test_three_commands_make_a_cluster_of_two_and_one_more_a_third(tmp_path: Path) -> None:
    cli = Cli(tmp_path)
    with ExitStack() as stack:

        def run(name: str, *arguments: str) -> dict[str, str]:
            folder = ("--data-dir", str(tmp_path / name))
            return stack.enter_context(started(cli, *arguments, *folder, "--listen", "127.0.0.1:0", "--start"))

        def make() -> list[dict[str, str]]:
            first = run("first", "init")
            lines = cli.ok("invite", "--count", "2", "--data-dir", str(tmp_path / "first")).decode().split()
            return [first, run("second", "join", lines[0]), run("third", "join", lines[1])]

        nodes = await asyncio.to_thread(make)

        def level(status: NodeStatus) -> bool:
            return len(status.voters) == 3 and all(peer.liveness in ("self", "up") for peer in status.peers)

        for node in nodes:
            async with await Client.connect(node["control"]) as client:
                await eventually(client.status, level)
        async with await Client.connect(nodes[2]["control"]) as client:
            await client.store(KEY, DATA)
        async with await Client.connect(nodes[0]["control"]) as client:
            assert await client.retrieve(KEY) == DATA
        await asyncio.to_thread(stack.close)
