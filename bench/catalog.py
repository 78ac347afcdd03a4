"""What the catalog costs: commits and references applied, pages listed, entries saved, as it grows.

    python bench/catalog.py [--keys 100000] [--folder DIR]

Prints a table; asserts nothing, because a time says as much about the machine as about the program. Beside each rate
stands the processor time of one operation, which a busy machine disturbs less. What must hold by design is the shape:
the cost of a commit and of a page does not grow with the number of keys (pitfalls 29 and 31).
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from dfs_core.catalog.apply import Applier
from dfs_core.catalog.log import LogStore
from dfs_core.catalog.query import CatalogReader
from dfs_core.encoding.commands import AnyCommand, Commit, Found, ManifestPage, Refer, encode_batch, encode_command
from dfs_core.encoding.peer_messages import MemberRecord
from dfs_core.model.raft_messages import COMMAND, LogEntry
from dfs_core.model.raft_ready import HardState

BATCH = 256  # small stores in one entry, as a busy leader gathers them
random = Random(1)


def entry(index: int, commands: Sequence[AnyCommand]) -> LogEntry:
    return LogEntry(index, 1, COMMAND, encode_batch(10, [encode_command(command) for command in commands]))


def found() -> Found:
    founder = MemberRecord(random.randbytes(32), b"certificate", "full", "", 10**12, "joined", ["127.0.0.1:3000"])
    return Found(random.randbytes(16), random.randbytes(16), founder, 3, 2**20)


def commit(key: str, *, inline: bool, size: int = 3000) -> Commit:
    """A small file: sealed in its head (`inline`), or one chunk with one page."""
    pages = [] if inline else [ManifestPage(1, random.randbytes(32), 2**20 + 16, 8192, random.randbytes(60))]
    version_id = random.randbytes(16)
    head = random.randbytes(size + 200 if inline else 200)
    return Commit(
        version_id, version_id, key, size, 1, 0o644, random.randbytes(32), head, pages, len(pages), 0, bytes(32), 1
    )


def commits(first: int, count: int, *, inline: bool) -> Iterator[list[Commit]]:
    """Lists of BATCH commits under keys spread over a thousand folders."""
    for start in range(first, first + count, BATCH):
        numbers = range(start, min(start + BATCH, first + count))
        yield [commit(f"folder {number * 7919 % 1000:03}/file {number:08}.jpg", inline=inline) for number in numbers]


@dataclass(frozen=True)
class Spent:
    """Seconds on the clock and of the processor."""

    wall: float
    cpu: float

    def __add__(self, other: Spent) -> Spent:
        return Spent(self.wall + other.wall, self.cpu + other.cpu)

    def per(self, count: int) -> str:
        """Rate and processor time of one of `count`."""
        return f"{count / self.wall if count else 0:>8,.0f}/s {self.cpu / max(count, 1) * 1e6:>6.1f} µs"


class Bench:
    """One catalog that grows."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.applier = Applier(folder / "catalog.sqlite")
        self.reader = CatalogReader(folder / "catalog.sqlite")
        self.applier.apply([entry(1, [found()])])
        self.keys = 0

    def apply(self, commands: Sequence[AnyCommand], run_entries: int = 1) -> Spent:
        """What it takes to apply these commands, drafting and encoding not counted."""
        share = -(-len(commands) // run_entries)
        index = self.applier.applied_index
        entries = [
            entry(index + 1 + place, commands[place * share : (place + 1) * share]) for place in range(run_entries)
        ]
        wall, cpu = time.perf_counter(), time.process_time()
        self.applier.apply(entries)
        return Spent(time.perf_counter() - wall, time.process_time() - cpu)

    def grow(self, count: int, *, inline: bool) -> str:
        """What a commit takes while the catalog grows by `count` keys."""
        spent = Spent(0, 0)
        for some in commits(self.keys, count, inline=inline):
            spent += self.apply(some)
        self.keys += count
        return spent.per(count)

    def refer(self, pages: int, pages_a_run: int) -> str:
        """What a reference takes in full pages of new chunks."""
        spent = Spent(0, 0)
        for _ in range(pages // pages_a_run):
            upload = random.randbytes(16)
            some = [
                Refer(
                    random.randbytes(16),
                    upload,
                    ManifestPage(number, random.randbytes(32 * 1024), 2**20 + 16, 2**20 + 16, random.randbytes(40_000)),
                    0,
                )
                for number in range(1, pages_a_run + 1)
            ]
            spent += self.apply(some, run_entries=pages_a_run)
        return spent.per(pages * 1024)

    def list_ms(self, limit: int) -> float:
        """Median milliseconds of a page somewhere in the listing."""
        times = []
        for _ in range(50):
            after = f"folder {random.randrange(1000):03}/"
            started = time.perf_counter()
            self.reader.list("", after, limit)
            times.append(time.perf_counter() - started)
        return statistics.median(times) * 1000


def bench_log(folder: Path) -> None:
    log = LogStore(folder / "log.sqlite")
    for size in (100, 10_000, 1_000_000):
        data, times = os.urandom(size), []
        for index in range(1, 101):
            started = time.perf_counter()
            log.save(HardState(1, bytes(32)), [LogEntry(index, 1, COMMAND, data)])
            times.append(time.perf_counter() - started)
        log.save(None, [LogEntry(1, 1, COMMAND, b"")])
        print(f"log: one synced save of {size:>9,} bytes: {statistics.median(times) * 1000:6.2f} ms (median)")
    log.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keys", type=int, default=100_000)
    parser.add_argument("--folder", type=Path, help="where to work (a folder of its own is made in it)")
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="dfs-bench-", dir=arguments.folder))
    try:
        bench_log(folder)
        bench = Bench(folder)
        print("     keys   commits, inlined file   commits, one chunk    page of 1,000   page of 100")
        target = 1_000
        while target <= arguments.keys:
            bench.grow(max(0, target - bench.keys - 2_000), inline=True)
            inline = bench.grow(500 if target == 1_000 else 1_000, inline=True)
            chunk = bench.grow(target - bench.keys, inline=False)
            pages = f"{bench.list_ms(1000):>10.2f} ms   {bench.list_ms(100):>8.2f} ms"
            print(f"{bench.keys:>9,}   {inline}   {chunk}   {pages}")
            target *= 10
        print("references, full pages of new chunks:")
        for pages_a_run in (1, 4, 16):
            print(f"  {pages_a_run:>3} pages a run: {bench.refer(64, pages_a_run)}")
        counts = bench.reader.counts()
        size = sum(path.stat().st_size for path in folder.glob("catalog.sqlite*"))
        print(f"{counts.keys:,} keys, {counts.chunks:,} chunks referred to: {size / 2**20:,.0f} MiB on disk")
        bench.reader.close()
        bench.applier.close()
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
