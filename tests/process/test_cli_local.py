"""dfs-core local: real nodes that outlive the command, and come back."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from dfs_core.client import Client
from dfs_core.local import LocalCluster, NodeWish
from dfs_core.testing.base_ports import draw_base_port
from dfs_core.testing.command import Cli

FIELDS = {"name", "node_id", "pid", "state", "listen", "control", "data_dir"}


def status(cli: Cli) -> list[dict[str, object]]:
    return [json.loads(line) for line in cli.ok("local", "status", "--json").splitlines()]


@pytest.fixture
def own(tmp_path: Path) -> Cli:
    return Cli(tmp_path)


def test_three_nodes_come_up_go_down_and_come_up_again_with_what_was_stored(
    own: Cli, tmp_path: Path, make_cluster: Callable[..., LocalCluster]
) -> None:
    make_cluster(3)
    before = status(own)
    assert all(set(node) == FIELDS for node in before)
    assert [(node["name"], node["state"]) for node in before] == [
        ("n1", "running"),
        ("n2", "running"),
        ("n3", "running"),
    ]
    (tmp_path / "file").write_bytes(b"tea" * 1000)
    own.ok("store", tmp_path / "file")
    own.ok("local", "down")
    assert {node["state"] for node in status(own)} == {"stopped"}
    assert {node["pid"] for node in status(own)} == {None}
    assert own.run("ls").returncode == 13
    up = [json.loads(line) for line in own.ok("local", "up", "--json").splitlines()]
    assert [(node["name"], node["node_id"], node["listen"]) for node in up] == [
        (node["name"], node["node_id"], node["listen"]) for node in before
    ]
    own.ok("retrieve", "file", "-o", tmp_path / "back", node="n3")
    assert (tmp_path / "back").read_bytes() == b"tea" * 1000


def test_later_nodes_were_told_of_the_earlier_ones(make_cluster: Callable[..., LocalCluster]) -> None:
    cluster = make_cluster(3)
    words = [Path(f"/proc/{node.pid}/cmdline").read_bytes().split(b"\0") for node in cluster.nodes()]
    dialled = [
        {line[place + 1].decode() for place, word in enumerate(line) if word == b"--bootstrap"} for line in words
    ]
    first, second, third = (node.listen for node in cluster.nodes())
    assert dialled == [set(), {first}, {first, second}]
    assert third not in set().union(*dialled)


def test_up_starts_what_crashed_and_adds_what_is_missing(own: Cli, make_cluster: Callable[..., LocalCluster]) -> None:
    cluster = make_cluster(1)
    (first,) = cluster.nodes()
    assert first.pid is not None
    asyncio.run(cluster.kill("n1"))
    assert [node["state"] for node in status(own)] == ["crashed"]
    own.ok("local", "up", "--nodes", "2")
    assert [(node["name"], node["state"]) for node in status(own)] == [("n1", "running"), ("n2", "running")]
    assert status(own)[0]["node_id"] == first.node_id


def test_two_ups_at_once_do_not_collide(own: Cli, make_cluster: Callable[..., LocalCluster]) -> None:
    make_cluster(1)
    racing = [own.start("local", "up", "--nodes", "2") for _ in range(2)]
    for running in racing:
        _, err = running.communicate(timeout=90)
        assert running.returncode == 0, err
    assert [node["name"] for node in status(own)] == ["n1", "n2"]


def test_a_busy_port_is_said_and_passed_over(
    own: Cli, tmp_path: Path, make_cluster: Callable[..., LocalCluster]
) -> None:
    cluster = make_cluster(1)
    port = cluster.nodes()[0].listen.rpartition(":")[2]
    other = tmp_path / "other"
    done = own.run("local", "up", "--nodes", "1", "--root", other, "--base-port", port)
    try:
        assert done.returncode == 0, done.stderr
        assert f"n1: port {port} is taken, using " in done.stderr.decode()
    finally:
        own.ok("local", "down", "--root", other)


def test_ctrl_c_in_the_terminal_of_up_does_not_reach_the_nodes(make_cluster: Callable[..., LocalCluster]) -> None:
    (node,) = make_cluster(1).nodes()
    assert node.pid is not None
    assert os.getsid(node.pid) == node.pid
    assert os.getsid(node.pid) != os.getsid(0)


async def test_nodes_can_be_added_stopped_restarted_and_removed_one_by_one(tmp_path: Path) -> None:
    cluster = LocalCluster(tmp_path / "local")
    told: list[str] = []
    try:
        await cluster.up(2, lambda name, step: told.append(f"{name} {step}"), base_port=draw_base_port())
        assert "n1 founding the cluster" in told
        assert "n2 joining" in told
        added = await cluster.add()
        assert (added.name, added.state) == ("n3", "running")
        assert (await cluster.stop("n3")).state == "stopped"
        assert (await cluster.restart("n3")).state == "running"
        assert cluster.log_tail("n3", 3)
        await cluster.wait_ready()
        await cluster.remove("n3", force=True)
        assert [node.name for node in cluster.nodes()] == ["n1", "n2"]
        assert not (tmp_path / "local" / "n3").exists()
        async with await Client.connect(cluster.node("n1").control) as client:
            states = {peer.node: peer.member_state for peer in await client.peers()}
        assert states.get(added.node_id, "removed") == "removed"
        wish = NodeWish(folder=str(tmp_path / "disk"), capacity=1 << 30)
        assert (await cluster.add(wish=wish)).name == "n4", "a removed node's name does not come back"
        async with await Client.connect(cluster.node("n4").control) as client:
            assert (await client.status()).capacity == 1 << 30
        assert (tmp_path / "disk" / "data" / "marker").exists()
    finally:
        await cluster.down()
    assert {node.state for node in cluster.nodes()} == {"stopped"}


def test_a_node_ended_by_a_signal_of_somebody_else_is_seen(own: Cli, make_cluster: Callable[..., LocalCluster]) -> None:
    (node,) = make_cluster(1).nodes()
    assert node.pid is not None
    os.kill(node.pid, signal.SIGTERM)
    asyncio.run(wait_for_state(LocalCluster(own.home / "local"), "n1", "crashed"))
    done = own.run("ls")
    assert done.returncode == 13
    assert b"dfs-core local up" in done.stderr


async def wait_for_state(cluster: LocalCluster, name: str, state: str) -> None:
    async with asyncio.timeout(60):
        while cluster.node(name).state != state:
            await asyncio.sleep(0.02)


def test_nothing_of_ours_is_left_running_after_down(own: Cli, make_cluster: Callable[..., LocalCluster]) -> None:
    cluster = make_cluster(2)
    pids = [node.pid for node in cluster.nodes()]
    own.ok("local", "down")
    cluster.nodes()
    shown = subprocess.run(["ps", "-o", "stat=", "-p", ",".join(map(str, pids))], capture_output=True, check=False)
    assert shown.stdout.strip() == b"", "neither running nor a zombie"
