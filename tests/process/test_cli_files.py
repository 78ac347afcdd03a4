"""The command line against three real nodes: what goes in through one comes out of another, byte for byte."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from blake3 import blake3

from dfs_core.local import LocalCluster
from dfs_core.testing.command import Cli

from .acts import client_of, eventually

pytestmark = pytest.mark.usefixtures("cluster")

ODD = [
    "a b",
    "line\nbreak",
    "-rf",
    "--help",
    "ünïcödé",
    "日本語",
    "tab\t",
    "*",
    "'\"",
    "back\\slash",
    "~",
    "$HOME",
    " ",
]


def digests(folder: Path) -> dict[str, str]:
    """Every file below `folder` with the hash of its content."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def make_tree(folder: Path, count: int) -> None:
    """`count` files: many small, some empty, a few larger, odd names among files and folders."""
    for number in range(count):
        name = ODD[number % len(ODD)] if number % 3 else f"f{number}"
        path = folder / f"{number % 17}" / ODD[number % 5] / f"{name}{number}"
        path.parent.mkdir(parents=True, exist_ok=True)
        size = 0 if number % 10 == 0 else 5000 if number % 50 == 1 else number % 700
        path.write_bytes(os.urandom(size))
    for name in ODD:
        (folder / name).write_bytes(name.encode())


def test_a_tree_of_two_thousand_odd_files_comes_back_through_another_node(cli: Cli, tmp_path: Path) -> None:
    make_tree(tmp_path / "tree", 2000 - len(ODD))
    wanted = digests(tmp_path / "tree")
    assert len(wanted) == 2000
    stored = cli.ok("store", "-r", tmp_path / "tree", node="n1")
    assert b"stored 2,000 files" in stored
    cli.ok("retrieve", "-r", "tree", "-o", tmp_path / "back", node="n3")
    assert digests(tmp_path / "back") == wanted
    listed = cli.ok("ls", "tree/", "--json", node="n2").splitlines()
    assert len(listed) == 2000


async def until_listed(cluster: LocalCluster, name: str, prefix: str, count: int) -> None:
    """Return as soon as a node lists so many keys: asked over one link, much faster than a command would be started."""
    async with await client_of(cluster, name) as client:

        async def listed() -> int:
            return len((await client.page_keys(prefix, limit=count)).entries)

        await eventually(listed, lambda found: found >= count)


async def until_taken(cluster: LocalCluster, name: str, key: str, size: int) -> None:
    """Return as soon as a node has taken in so many bytes of a file."""
    async with await client_of(cluster, name) as client:

        async def taken() -> int:
            return max((item.bytes_done for item in (await client.status()).transfers if item.key == key), default=0)

        await eventually(taken, lambda found: found > size)


def test_an_interrupted_store_of_a_tree_sends_only_the_rest_when_it_is_run_again(
    cluster: LocalCluster, cli: Cli, tmp_path: Path
) -> None:
    (tmp_path / "many").mkdir()
    for number in range(1500):
        (tmp_path / "many" / f"{number:04}").write_bytes(os.urandom(6000))
    running = cli.start("store", "-r", "--json", tmp_path / "many", node="n1")
    asyncio.run(until_listed(cluster, "n1", "many/", 100))
    running.send_signal(signal.SIGINT)
    _, err = running.communicate(timeout=60)
    assert running.returncode == 130
    assert err == b"dfs-core: interrupted; the same command again goes on where this one stopped\n"
    there = set(cli.ok("ls", "many/", node="n1").decode().splitlines())
    assert 100 <= len(there) < 1500
    again = [json.loads(line) for line in cli.ok("store", "-r", "--json", tmp_path / "many", node="n1").splitlines()]
    assert {item["key"] for item in again if item["unchanged"]} == there
    sent = sum(item["sent_bytes"] > 0 for item in again)  # not those whose chunks were there and only the entry was not
    assert 1500 - len(there) - 100 <= sent <= 1500 - len(there)


def test_an_interrupted_store_of_a_large_file_sends_only_the_rest_when_it_is_run_again(
    cluster: LocalCluster, cli: Cli, tmp_path: Path
) -> None:
    size = 256 * 2**20
    path = tmp_path / "large"
    with path.open("wb") as file:
        for _ in range(size // 2**20):
            file.write(os.urandom(2**20))
    running = cli.start("store", path, node="n2")
    asyncio.run(until_taken(cluster, "n2", "large", 40 * 2**20))
    running.send_signal(signal.SIGINT)
    running.communicate(timeout=60)
    assert running.returncode == 130
    assert cli.run("stat", "large", node="n2").returncode == 3, "nothing half-stored is listed"
    again = json.loads(cli.ok("store", path, "--json", node="n2"))
    assert again["chunks"] == 256
    assert again["new_chunks"] <= 256 - 30
    cli.ok("retrieve", "large", "-o", tmp_path / "back", node="n3")
    assert blake3().update_mmap(tmp_path / "back").hexdigest() == again["hash"]
    assert blake3().update_mmap(path).hexdigest() == again["hash"]


def test_what_cannot_be_read_in_a_tree_is_named_and_the_rest_is_stored(cli: Cli, tmp_path: Path) -> None:
    tree = tmp_path / "mixed"
    tree.mkdir()
    (tree / "good").write_bytes(b"good")
    (tree / "dangling").symlink_to("nowhere")
    os.mkfifo(tree / "fifo")
    done = cli.run("store", "-r", tree)
    assert done.returncode == 5
    assert len(done.stderr.splitlines()) == 2
    assert cli.ok("ls", "mixed/") == b"mixed/good\n"


def test_a_pipe_goes_in_and_comes_out(cli: Cli) -> None:
    data = os.urandom(5_000_001)
    cli.ok("store", "-", "--key", "piped", given=data, node="n1")
    assert cli.ok("cat", "piped", node="n2") == data
    assert cli.ok("cat", "piped", "--range", "4999999-", node="n3") == data[4_999_999:]


def test_a_file_is_found_by_its_hash(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"by its hash" * 1000)
    stored = json.loads(cli.ok("store", "--json", tmp_path / "file"))
    assert stored["hash"] == blake3((tmp_path / "file").read_bytes()).hexdigest()
    assert cli.ok("cat", f"b3:{stored['hash']}", node="n2") == (tmp_path / "file").read_bytes()


def test_the_second_name_of_a_content_costs_no_bytes(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(os.urandom(3_000_000))
    first = json.loads(cli.ok("store", "--json", tmp_path / "file", "--key", "one"))
    second = json.loads(cli.ok("store", "--json", tmp_path / "file", "--key", "two", node="n2"))
    assert first["new_chunks"] == 3
    assert (second["new_chunks"], second["sent_bytes"]) == (0, 0)


def test_names_can_be_moved_copied_and_removed(cli: Cli, tmp_path: Path) -> None:
    cli.ok("store", "-", "--key", "names/a", given=b"tea")
    cli.ok("cp", "names/a", "names/b")
    cli.ok("mv", "names/a", "names/c", node="n2")
    assert cli.ok("ls", "names/", node="n3") == b"names/b\nnames/c\n"
    assert cli.ok("cat", "names/c") == b"tea"
    cli.ok("rm", "names/b", node="n2")
    assert cli.ok("ls", "names/") == b"names/c\n"
    assert cli.run("cat", "names/b").returncode == 3
    cli.ok("rm", "-r", "names")
    assert cli.ok("ls", "names/") == b""


def test_every_stored_version_can_be_had_again(cli: Cli) -> None:
    versions = []
    for text in (b"one", b"two"):
        versions.append(json.loads(cli.ok("store", "-", "--key", "versions", "--json", given=text))["version"])
    assert cli.ok("cat", "versions") == b"two"
    assert cli.ok("cat", "versions", "--version", str(versions[0]), node="n2") == b"one"
    history = json.loads(cli.ok("stat", "versions", "--json"))["history"]
    assert [item["version"] for item in history] == versions[::-1]


def test_an_existing_target_is_replaced_only_by_a_whole_file(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "target").write_bytes(b"before")
    assert cli.run("retrieve", "no such key", "-o", tmp_path / "target").returncode == 3
    assert (tmp_path / "target").read_bytes() == b"before"
    cli.ok("store", "-", "--key", "whole", given=b"after")
    cli.ok("retrieve", "whole", "-o", tmp_path / "target")
    assert (tmp_path / "target").read_bytes() == b"after"


def test_a_bad_key_is_refused(cli: Cli) -> None:
    for key in ("../up", "a//b", "/absolute", "a/./b", "x" * 5000):
        done = cli.run("store", "-", "--key", key, given=b"x")
        assert done.returncode == 2, key
        assert len(done.stderr.splitlines()) == 1


def test_without_naming_a_node_it_is_the_local_clusters_first(cli: Cli, cluster: LocalCluster) -> None:
    first = json.loads(cli.ok("status", "--json"))
    assert first["node"] == cluster.nodes()[0].node_id


def test_a_client_of_nobody_says_how_to_begin(tmp_path: Path) -> None:
    done = Cli(tmp_path / "nothing").run("ls")
    assert done.returncode == 13
    assert b"dfs-core local up" in done.stderr


def peak_bytes(cli: Cli, *words: str | os.PathLike[str], node: str) -> int:
    """The most memory the command had at any look; it must end well."""
    peak = 0
    with cli.start(*words, node=node) as running:
        while running.poll() is None:
            # Not wait4's figure: a child inherits its parent's peak there, and this process is large.
            for line in Path(f"/proc/{running.pid}/status").read_text().splitlines():
                if line.startswith("VmHWM:"):
                    peak = int(line.split()[1]) * 1024
            time.sleep(0.01)
    assert running.returncode == 0
    assert peak > 0
    return peak


def test_a_clients_memory_does_not_grow_with_the_file(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "sparse"
    with path.open("wb") as file:
        file.truncate(512 * 2**20)  # zeros: one chunk for the cluster, every byte of it through the client
    assert peak_bytes(cli, "store", path, node="n1") < 120 * 2**20
    assert peak_bytes(cli, "retrieve", "sparse", "-o", tmp_path / "back", node="n2") < 120 * 2**20
    assert (tmp_path / "back").stat().st_size == path.stat().st_size


def test_a_node_that_is_killed_while_it_takes_a_file_leaves_a_clear_end(
    tmp_path: Path, make_cluster: Callable[..., LocalCluster]
) -> None:
    cluster = make_cluster(1)
    own = Cli(tmp_path)
    with (tmp_path / "file").open("wb") as file:
        file.truncate(8 * 2**30)
    running = own.start("store", tmp_path / "file")
    asyncio.run(until_taken(cluster, "n1", "file", 10 * 2**20))
    asyncio.run(cluster.kill("n1"))
    _, said = running.communicate(timeout=60)
    assert running.returncode in (8, 9), said
    assert said.startswith(b"dfs-core: ")
    assert len(said.splitlines()) == 1
    own.ok("local", "up", "--nodes", "1")
    assert own.ok("ls") == b""


def test_a_peer_is_banned_until_it_is_allowed_and_a_node_keeps_its_majority(cli: Cli, cluster: LocalCluster) -> None:
    second, third = (cluster.node(name).node_id for name in ("n2", "n3"))

    def seen(node: str) -> dict[str, dict[str, object]]:
        lines = cli.ok("peers", "--json", node=node).splitlines()
        return {peer["node"]: peer for peer in map(json.loads, lines)}

    def wait(right: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 60
        while not right():
            assert time.monotonic() < deadline, cli.ok("peers", node="n1").decode()
            time.sleep(0.1)

    assert b"banned, 8 min left" in cli.ok("peers", "ban", third[:8], "--for", "9m", node="n1")
    assert b"is banned here" in cli.ok("status", node="n1")
    refused = cli.run("peers", "ban", second[:8], node="n1")
    assert refused.returncode
    assert b"this node reaches 1 of 3 voters, and it takes 2" in refused.stderr
    wait(lambda: "banned" in str(seen("n3")[cluster.node("n1").node_id]["error"]))  # it dialled, and was refused
    cli.ok("store", "-", "--key", "past/the/ban", given=b"still here", node="n2")
    assert cli.ok("cat", "past/the/ban", node="n2") == b"still here"
    cli.ok("peers", "allow", third[:8], node="n1")
    wait(lambda: seen("n1")[third]["liveness"] == seen("n3")[cluster.node("n1").node_id]["liveness"] == "up")
    cli.ok("peers", "disconnect", third[:8], node="n1")
    wait(lambda: seen("n1")[third]["liveness"] == "up" and not seen("n1")[third]["error"])
