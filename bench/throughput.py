"""Store and retrieve one large file on three local nodes, beside `cp` and beside the raw pipeline.

The raw pipeline is what no store of this kind can do without, in one process and without a network: read, hash, seal,
and write three copies, each synced. `python -m bench.throughput [MiB [ROUNDS]]`, 1024 and 3 by default.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import statistics
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from blake3 import blake3

from dfs_core.client import Client
from dfs_core.crypto.seal import seal
from dfs_core.crypto.secrets import ClusterSecrets
from dfs_core.limits import CHUNK_BYTES_DEFAULT, MIB
from dfs_core.local import LocalCluster
from dfs_core.model.ids import ClusterId

ROUNDS = 3
WRITERS = 8


def raw_pipeline(source: Path, folder: Path) -> float:
    """Seconds to read, hash, seal and durably write three copies, chunk by chunk, writes in threads."""
    secrets, cluster = ClusterSecrets.generate(os.urandom), ClusterId(os.urandom(16))
    started = time.perf_counter()
    whole = blake3()

    def write(copy: int, name: str, data: bytes) -> None:
        with (folder / f"{copy}-{name}").open("xb", buffering=0) as file:
            file.write(data)
            os.fdatasync(file.fileno())

    with source.open("rb", buffering=0) as file, ThreadPoolExecutor(WRITERS) as pool:
        pending = []
        while data := file.read(CHUNK_BYTES_DEFAULT):
            whole.update(data)
            sealed = seal(data, secrets=secrets, epoch=1, cluster_id=cluster)
            pending += [pool.submit(write, copy, str(sealed.address), sealed.data) for copy in range(3)]
            while len(pending) > 3 * WRITERS:
                pending.pop(0).result()
        for one in pending:
            one.result()
    return time.perf_counter() - started


def copied(source: Path, folder: Path) -> float:
    """Seconds of one plain copy, synced."""
    started = time.perf_counter()
    target = folder / "copy"
    shutil.copyfile(source, target)
    with target.open("rb") as file:
        os.fsync(file.fileno())
    return time.perf_counter() - started


def peak_rss_mib(pid: int) -> float:
    """The process's largest resident size so far."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return float("nan")


async def measure(mib: int, rounds: int) -> None:
    """Print one table."""
    with tempfile.TemporaryDirectory(prefix="dfs-bench-") as name:
        folder = Path(name)
        source = folder / "source"
        with source.open("wb") as file:
            for _ in range(mib):
                file.write(os.urandom(MIB))
        cluster = LocalCluster(folder / "local")
        await cluster.up(3, base_port=21_000)
        nodes = cluster.nodes()
        one, two = await Client.connect(nodes[0].control), await Client.connect(nodes[1].control)
        times: dict[str, list[float]] = {"cp": [], "raw pipeline": [], "store": [], "retrieve": []}
        try:
            for round_number in range(rounds):
                scratch = folder / "scratch"
                scratch.mkdir()
                times["cp"].append(copied(source, scratch))
                times["raw pipeline"].append(raw_pipeline(source, scratch))
                shutil.rmtree(scratch)
                with source.open("r+b") as file:  # other content each round, or nothing would be sent
                    for at in range(0, mib * MIB, MIB):
                        file.seek(at)
                        file.write(os.urandom(16))
                started = time.perf_counter()
                await one.store_path(source, f"round-{round_number}")
                times["store"].append(time.perf_counter() - started)
                started = time.perf_counter()
                await two.retrieve_path(f"round-{round_number}", folder / "back")
                times["retrieve"].append(time.perf_counter() - started)
                (folder / "back").unlink()
            memory = [peak_rss_mib(node.pid) for node in nodes if node.pid]
        finally:
            await one.close()
            await two.close()
            await cluster.down()
    raw = statistics.median(times["raw pipeline"])
    print(f"{mib} MiB, medians of {rounds} rounds, {os.cpu_count()} cores")
    for what, values in times.items():
        middle = statistics.median(values)
        print(
            f"  {what:14} {middle:7.2f} s  {mib / middle:7.0f} MiB/s  {raw / middle:5.2f} of the raw pipeline's speed"
        )
    peaks = ", ".join(f"{value:.0f}" for value in memory)
    print(f"  peak memory: nodes {peaks} MiB, this client {peak_rss_mib(os.getpid()):.0f} MiB")


def main() -> None:
    """`python -m bench.throughput [MiB [ROUNDS]]`"""
    sizes = [int(word) for word in sys.argv[1:3]]
    asyncio.run(measure(*(sizes + [1024, ROUNDS][len(sizes) :])))


if __name__ == "__main__":
    main()
