"""Memory, bytes on disk and room have bounds: large files, equal content, interrupted stores, full nodes."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from dfs_core.cli.exit_codes import EXIT_CODES, INTERRUPTED
from dfs_core.client import NotEnoughCopies
from dfs_core.limits import CHUNK_BYTES_DEFAULT, MIB, SEAL_OVERHEAD_BYTES
from dfs_core.local import LocalCluster
from dfs_core.testing.command import Cli

from .acts import (
    NAMES,
    chunk_bytes,
    chunk_files,
    client_of,
    clients_of,
    content,
    copies_are,
    eventually,
    everywhere,
    keys_of,
    memory_peaks,
)

pytestmark = pytest.mark.xdist_group("bounds")

MEMORY_MAX = 300 * MIB
SEALED_CHUNK = CHUNK_BYTES_DEFAULT + SEAL_OVERHEAD_BYTES


def write_large(path: Path, size: int) -> str:
    """A file of `size` random bytes; its SHA-256."""
    digest = hashlib.sha256()
    with path.open("wb") as file:
        for _ in range(size // MIB):
            block = os.urandom(MIB)
            digest.update(block)
            file.write(block)
    return digest.hexdigest()


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


# Between two small processes: what a child of this one was before its exec counts to its peak, and pytest is large.
_PEAK = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def peak_of(command: list[str], environment: dict[str, str]) -> int:
    """Run a command to its good end; the most memory it had resident, in bytes."""
    done = subprocess.run([sys.executable, "-c", _PEAK, *command], env=environment, stdout=subprocess.PIPE, check=True)
    return int(done.stdout) * 1024


def test_memory_of_nodes_and_clients_is_bounded_and_does_not_grow_with_the_file(
    cluster: LocalCluster, cli: Cli, tmp_path: Path
) -> None:
    peaks: list[dict[str, int]] = []
    for size in (64 * MIB, 192 * MIB):
        source, target = tmp_path / f"{size}", tmp_path / f"{size}.back"
        digest = write_large(source, size)
        storing = peak_of(cli.command("store", source, "--key", f"large/{size}", node="n1"), cli.environment)
        retrieving = peak_of(cli.command("retrieve", f"large/{size}", "-o", target, node="n2"), cli.environment)
        assert sha256_of(target) == digest
        peaks.append({**memory_peaks(cluster), "storing": storing, "retrieving": retrieving})
        source.unlink()
        target.unlink()
    smaller, larger = peaks
    for who, peak in larger.items():
        assert peak < MEMORY_MAX, f"{who}: {peaks}"
        assert peak < smaller[who] + 32 * MIB, f"{who} grew with the file: {peaks}"


async def test_the_same_content_under_another_key_adds_no_chunk_bytes_on_any_node(cluster: LocalCluster) -> None:
    data = content("same", 3 * MIB + 99)
    async with clients_of(cluster) as clients:
        first = await clients[0].store("same/first", data)
        assert first.new_chunks == first.chunks == 4
        await copies_are(cluster, "same/first", 3)
        before = {name: chunk_bytes(cluster, name) for name in NAMES}
        for number, client in enumerate(clients):
            again = await client.store(f"same/{number}", data)
            assert (again.new_chunks, again.sent_bytes) == (0, 0)
        assert (await clients[1].copy("same/first", "same/copy")).sent_bytes == 0
        assert (await clients[2].move("same/copy", "same/moved")).sent_bytes == 0
    await everywhere(cluster, "same/moved", data)
    assert {name: chunk_bytes(cluster, name) for name in NAMES} == before


async def test_a_file_of_equal_chunks_keeps_one(cluster: LocalCluster) -> None:
    before = chunk_bytes(cluster, "n1")
    async with await client_of(cluster, "n1") as client:
        await client.store("zeros", bytes(20 * CHUNK_BYTES_DEFAULT))
        await copies_are(cluster, "zeros", 3)
        assert await client.retrieve("zeros") == bytes(20 * CHUNK_BYTES_DEFAULT)
    assert chunk_bytes(cluster, "n1") - before == SEALED_CHUNK


async def test_a_store_interrupted_by_ctrl_c_and_run_again_sends_only_what_is_missing(
    cluster: LocalCluster, cli: Cli, tmp_path: Path
) -> None:
    data = content("interrupted", 60 * CHUNK_BYTES_DEFAULT)
    before = {name: chunk_files(cluster, name).keys() for name in NAMES}

    def arrived() -> set[str]:
        """The addresses of chunks that all three nodes have got since."""
        return set.intersection(*(chunk_files(cluster, name).keys() - before[name] for name in NAMES))

    async def count() -> int:
        return len(arrived())

    running = cli.start("store", "-", "--key", "interrupted", node="n1")
    assert running.stdin is not None
    await asyncio.to_thread(running.stdin.write, data[: 40 * CHUNK_BYTES_DEFAULT])
    await asyncio.to_thread(running.stdin.flush)
    await eventually(count, lambda found: found >= 20)
    running.send_signal(signal.SIGINT)
    _, said = await asyncio.to_thread(running.communicate, timeout=60)
    assert running.returncode == INTERRUPTED
    assert said.count(b"\n") == 1
    async with await client_of(cluster, "n2") as client:
        assert "interrupted" not in await keys_of(client)
        # What was on its way when the client was interrupted may still arrive: begin when nothing is.
        await eventually(client.status, lambda status: not any(t.state == "active" for t in status.transfers))
    kept = len(arrived())

    source = tmp_path / "source"
    source.write_bytes(data)
    stored = json.loads(cli.ok("store", source, "--key", "interrupted", "--json", node="n1"))
    assert stored["chunks"] == 60
    assert stored["new_chunks"] <= 60 - kept
    assert stored["sent_bytes"] <= 3 * (60 - kept) * SEALED_CHUNK
    await everywhere(cluster, "interrupted", data)
    await copies_are(cluster, "interrupted", 3)
    for name in NAMES:
        assert len(chunk_files(cluster, name).keys() - before[name]) == 60


async def test_full_nodes_refuse_chunks_others_take_over_and_a_full_cluster_says_so(
    make_cluster: Callable[..., LocalCluster], tmp_path: Path
) -> None:
    """Four nodes of 24 MiB each, so at most 32 files of 1 MiB in three copies: stored until it is refused."""
    cluster = await asyncio.to_thread(make_cluster, 3, DFS_CAPACITY="24M")
    cli = Cli(tmp_path)
    stored = {"full/early": content("before the fourth came", MIB)}
    async with await client_of(cluster, "n1") as client:
        await client.store("full/early", stored["full/early"])
    await cluster.add()
    await everywhere(cluster, "full/early", stored["full/early"])
    async with clients_of(cluster) as clients:
        with pytest.raises(NotEnoughCopies) as refused:
            for number in range(60):
                key, data = f"full/{number}", content(f"full/{number}", MIB)
                await clients[number % 4].store(key, data)
                stored[key] = data
        # With W = 2 of 3 copies, a file is taken as long as any two nodes have room.
        assert 28 <= len(stored) <= 48
        assert "is full" in str(refused.value)
        for node in cluster.nodes():
            assert chunk_bytes(cluster, node.name) <= 24 * MIB

        large = tmp_path / "large"
        large.write_bytes(content("does not fit", 8 * MIB))
        done = cli.run("store", large, "--key", "full/large", node="n2")
        assert done.returncode == EXIT_CODES["copies"]
        assert b"full" in done.stderr
        assert done.stderr.count(b"\n") == 1

        for client in clients:
            assert await keys_of(client, "full/") == stored.keys()
        for number, (key, data) in enumerate(stored.items()):
            assert await clients[number % 4].retrieve(key) == data
        await clients[3].store("small", b"a line needs no chunk")
        gone = sorted(stored)[:5]
        assert (await clients[1].remove(gone)).removed == gone
        for client in clients:
            assert await keys_of(client) == (stored.keys() - set(gone)) | {"small"}
