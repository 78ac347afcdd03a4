"""A person on another machine, with a certificate and nothing else: the command line over TLS."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from dfs_core.client import Client
from dfs_core.local import LocalCluster
from dfs_core.testing.command import Cli


@pytest.fixture
def elsewhere(cluster: LocalCluster, cli: Cli, tmp_path: Path) -> Cli:
    """A command line that has an operator's folder, and no local cluster."""
    line = cli.ok("invite", "--role", "operator").split()[-1]
    away = Cli(tmp_path)
    said = away.ok("join", "-", given=line + b"\n").decode()
    assert "you may operate cluster" in said
    return away


def test_an_operator_stores_and_retrieves_through_any_node(
    cluster: LocalCluster, elsewhere: Cli, tmp_path: Path
) -> None:
    (tmp_path / "file").write_bytes(b"from elsewhere" * 10_000)
    for node in cluster.nodes():
        there = ("--connect", node.listen)
        elsewhere.ok("store", str(tmp_path / "file"), "--key", f"by/{node.name}", *there)
        assert elsewhere.ok("cat", f"by/{node.name}", *there) == b"from elsewhere" * 10_000
    listed = elsewhere.ok("ls", "by/", "--connect", cluster.nodes()[0].listen).decode().split()
    assert listed == ["by/n1", "by/n2", "by/n3"]


def test_an_operators_folder_alone_reaches_some_node(cluster: LocalCluster, elsewhere: Cli, tmp_path: Path) -> None:
    status = json.loads(elsewhere.ok("status", "--json", "--operator-dir", str(tmp_path / "operator")))
    assert status["node"] in {node.node_id for node in cluster.nodes()}


def test_an_operator_may_not_invite_a_full_node_nor_run_its_folder(cluster: LocalCluster, elsewhere: Cli) -> None:
    refused = elsewhere.run("invite", "--role", "full", "--connect", cluster.nodes()[0].listen)
    assert (refused.returncode, b"full" in refused.stderr) == (10, True), refused.stderr
    started = elsewhere.run("node", "--data-dir", str(elsewhere.home / "operator"))
    assert b"operator" in started.stderr and started.returncode != 0


async def test_a_removed_operator_is_shut_out_by_every_node(
    cluster: LocalCluster, elsewhere: Cli, tmp_path: Path
) -> None:
    line = json.loads(await asyncio.to_thread(elsewhere.ok, "invite", "--role", "operator", "--json", "--connect",
                                              cluster.nodes()[0].listen))["line"]  # fmt: skip
    joined = await asyncio.to_thread(
        elsewhere.ok, "join", "-", "--data-dir", str(tmp_path / "second"), "--json", given=line.encode() + b"\n"
    )
    async with await Client.connect(cluster.nodes()[0].control) as client:
        await client.remove_member(json.loads(joined)["node_id"][:12])
    for node in cluster.nodes():
        async with asyncio.timeout(60):
            while True:
                done = await asyncio.to_thread(
                    elsewhere.run, "status", "--connect", node.listen, "--operator-dir", str(tmp_path / "second")
                )
                if done.returncode:
                    break
