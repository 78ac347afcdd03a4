"""The day of recovery: machines are gone, the sheet is there, and what was stored comes back."""

from __future__ import annotations

import asyncio
import functools
import itertools
import json
import shutil
import stat
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from dfs_core.client import Client
from dfs_core.local import LocalCluster
from dfs_core.testing.command import Cli

from .acts import chunk_files, client_of, content, eventually, keys_of

SHEET_NAME = "recovery-sheet.txt"


@dataclass
class Running:
    """A node beside the local cluster."""

    folder: Path
    process: subprocess.Popen[bytes]
    control: str
    listen: str


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    """`started(folder)` runs the node in it; ended with the test."""
    cli = Cli(tmp_path / "home")
    with ExitStack() as stack:

        def start(folder: Path, *arguments: object) -> Running:
            process = cli.start("node", "--data-dir", folder, *arguments)
            stack.callback(end, process)
            assert process.stdout is not None
            ready = json.loads(process.stdout.readline())
            return Running(folder, process, ready["control"], ready["listen"])

        yield start


def content_is(wanted: bytes, found: bytes) -> bool:
    return found == wanted


def end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.communicate(timeout=60)


async def with_vaults(
    cluster: LocalCluster, cli: Cli, started: Callable[..., Running], tmp_path: Path, count: int
) -> list[Running]:
    """So many vaults beside the cluster, and every chunk wanted on every node."""
    vaults = []
    async with await client_of(cluster, "n1") as client:
        for number in range(count):
            folder = tmp_path / f"vault{number}"
            line = (await client.invite("vault", 600)).line
            await asyncio.to_thread(cli.ok, "join", line, "--data-dir", folder, "--listen", "127.0.0.1:0")
            vaults.append(await asyncio.to_thread(started, folder))
        nodes = len(cluster.nodes()) + count
        await client.change_setting("copies", nodes)
        await eventually(
            client.status, lambda status: sum(peer.liveness in ("up", "self") for peer in status.peers) == nodes
        )
    return vaults


def chunks_in(folder: Path) -> set[str]:
    return {path.name for path in folder.glob("chunks/???/*") if len(path.name) == 64}


async def holds_all(cluster: LocalCluster, name: str, vaults: list[Running]) -> None:
    """Wait until each vault has every chunk that the node called `name` has."""

    async def lacking() -> int:
        wanted = set(chunk_files(cluster, name))
        return sum(len(wanted - chunks_in(vault.folder)) for vault in vaults)

    await eventually(lacking, lambda count: count == 0)


async def all_know(client: Client) -> None:
    """Wait until every node keeps a pointer to the newest snapshot."""
    await eventually(client.snapshots, lambda listed: listed.snapshots and listed.snapshots[-1].known == listed.nodes)


@pytest.mark.timeout(300)
async def test_with_all_full_nodes_destroyed_vaults_and_the_sheet_bring_every_file_back(
    make_cluster: Callable[..., LocalCluster], started: Callable[..., Running], tmp_path: Path
) -> None:
    cluster, cli = await asyncio.to_thread(make_cluster, 3), Cli(tmp_path / "home")
    sheet = Path(cluster.root) / SHEET_NAME
    vaults = await with_vaults(cluster, cli, started, tmp_path, 2)
    files = {
        "large/file": content("large", 5_000_000),
        "small": b"inlined in the catalog",
        "empty": b"",
        "thrice": b"third",
    }
    async with await client_of(cluster, "n2") as client:
        await client.store("thrice", b"first")
        await client.store("thrice", b"second")
        for key, data in files.items():
            await client.store(key, data)
        await client.store("removed", b"not wanted any more")
        await client.remove(["removed"])
        await client.take_snapshot()
        await all_know(client)
        await client.store("too/late", b"stored after the snapshot")
    await holds_all(cluster, "n1", vaults)
    for node in cluster.nodes():
        await cluster.kill(node.name)
        await asyncio.to_thread(shutil.rmtree, node.data_dir)

    new = tmp_path / "new-machine"
    leads = [word for vault in vaults for word in ("--from", vault.listen)]
    restored = await asyncio.to_thread(
        cli.run, "recovery", "restore", sheet, "--data-dir", new, *leads, "--yes", "--listen", "127.0.0.1:0"
    )
    assert restored.returncode == 0, restored.stderr
    assert b"is the newest; its newest file was stored on" in restored.stderr, "it says how old the snapshot is"
    assert {
        stat.S_IMODE(file.stat().st_mode) for kind in ("identity", "secrets") for file in (new / kind).iterdir()
    } == {0o600}
    node = await asyncio.to_thread(started, new)
    async with await Client.connect(node.control) as client:
        await eventually(client.status, lambda status: status.leader == status.node)
        assert await keys_of(client) == set(files)
        for key, data in files.items():
            await eventually(functools.partial(client.retrieve, key), functools.partial(content_is, data))
        assert [entry.removed for entry in (await client.page_history("removed")).entries] == [True, False]
        assert len((await client.page_history("thrice")).entries) == 3
        # The cluster goes on: it stores, on the vaults too, and takes its next snapshot.
        await client.change_setting("copies", 3)
        await client.store("after", content("after", 3_000_000))
        assert await client.retrieve("after") == content("after", 3_000_000)
        await client.take_snapshot()
        await all_know(client)
        roles = sorted(peer.role for peer in await client.peers())
        assert roles == ["full", "vault", "vault"], "the lost ones are no members any more"


@pytest.mark.timeout(240)
async def test_while_a_full_node_lives_the_sheet_invites_and_restores_nothing(
    make_cluster: Callable[..., LocalCluster], started: Callable[..., Running], tmp_path: Path
) -> None:
    cluster, cli = await asyncio.to_thread(make_cluster, 1), Cli(tmp_path / "home")
    sheet = Path(cluster.root) / SHEET_NAME
    async with await client_of(cluster, "n1") as client:
        await client.store("key", b"value" * 100_000)
    new = tmp_path / "new-machine"
    done = await asyncio.to_thread(
        cli.run, "recovery", "restore", sheet, "--data-dir", new, "--from", cluster.nodes()[0].listen, "--json"
    )
    assert done.returncode == 0, done.stderr
    line = json.loads(done.stdout)["join"]
    await asyncio.to_thread(cli.ok, "join", line, "--data-dir", new, "--listen", "127.0.0.1:0")
    node = await asyncio.to_thread(started, new)
    async with await Client.connect(node.control) as client:
        assert await eventually(lambda: client.retrieve("key")) == b"value" * 100_000
        assert (await client.status()).role == "full"


@pytest.mark.timeout(240)
async def test_after_a_rotation_an_older_sheet_and_a_removed_full_node_open_nothing_new(
    make_cluster: Callable[..., LocalCluster], started: Callable[..., Running], tmp_path: Path
) -> None:
    cluster, cli = await asyncio.to_thread(make_cluster, 3), Cli(tmp_path / "home")
    old_sheet = Path(cluster.root) / SHEET_NAME
    (vault,) = await with_vaults(cluster, cli, started, tmp_path, 1)
    gone = cluster.node("n3")
    async with await client_of(cluster, "n1") as client:
        await client.store("before", b"b" * 100_000)
        await client.take_snapshot()
        await all_know(client)
        await client.remove_member(gone.node_id, force=True)
        rotated = await client.rotate_secret()
        assert rotated.epoch == 2
        assert gone.node_id not in (*rotated.holding, *rotated.waiting)
        await client.store("after", b"a" * 100_000)
        assert await client.retrieve("before") == b"b" * 100_000
        assert not (await client.status()).recovery_confirmed, "a new sheet is due"
        where = ("--control", cluster.node("n1").control)
        new_sheet = tmp_path / "new-sheet.txt"
        await asyncio.to_thread(cli.ok, "recovery", "export", new_sheet, *where)
        old = await asyncio.to_thread(cli.run, "recovery", "check", old_sheet, *where)
        new = await asyncio.to_thread(cli.run, "recovery", "check", new_sheet, *where)
        assert (old.returncode, new.returncode) == (2, 0)
        assert b"out of date" in old.stderr
    async with await client_of(cluster, "n2") as client:
        await eventually(lambda: client.status(), lambda status: status.secret_epoch == 2)
        assert await eventually(lambda: client.retrieve("after")) == b"a" * 100_000
    kept = list((Path(gone.data_dir) / "secrets").iterdir())
    assert [file.name for file in kept] == ["cluster"], "the removed one was never handed the new secret"

    tries = itertools.count(1)

    async def attempt() -> tuple[int, bytes]:
        """Each in a folder of its own: what one leaves there is nothing that the next one meets."""
        folder = tmp_path / f"thief-{next(tries)}"
        wanted = ("recovery", "restore", old_sheet, "--data-dir", folder, "--from", vault.listen, "--yes")
        done = await asyncio.to_thread(cli.run, *wanted)
        return done.returncode, done.stderr

    # Until the vault has heard of the new authority, it lets the old sheet's owner in; then never more.
    await eventually(attempt, lambda said: said[0] != 0 and b"lets the owner of this sheet in" in said[1])


@pytest.mark.timeout(180)
async def test_a_lost_secrets_file_is_put_back_and_a_damaged_one_is_never_overwritten(
    make_cluster: Callable[..., LocalCluster], started: Callable[..., Running], tmp_path: Path
) -> None:
    cluster, cli = await asyncio.to_thread(make_cluster, 1), Cli(tmp_path / "home")
    sheet, node = Path(cluster.root) / SHEET_NAME, cluster.node("n1")
    async with await client_of(cluster, "n1") as client:
        await client.store("key", b"value" * 50_000)
    await cluster.stop("n1")
    secret = Path(node.data_dir) / "secrets" / "cluster"
    secret.write_bytes(b"damaged")
    restore = ("recovery", "restore", sheet, "--data-dir", node.data_dir)
    await asyncio.to_thread(cli.run, *restore)
    assert secret.read_bytes() == b"damaged"
    secret.unlink()
    done = await asyncio.to_thread(cli.run, *restore)
    assert done.returncode == 0, done.stderr
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    running = await asyncio.to_thread(started, Path(node.data_dir))
    async with await Client.connect(running.control) as client:
        assert await eventually(lambda: client.retrieve("key")) == b"value" * 50_000
