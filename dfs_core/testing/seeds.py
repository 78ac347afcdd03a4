"""Many seeds of the simulation, on all cores of this machine; what they found is told at the end.

python -m dfs_core.testing.seeds 7                          one seed, with its trace and what it was like
python -m dfs_core.testing.seeds 1-20000 --log seeds.txt    those that `seeds.txt` does not name yet

The exit code is 1 when a seed fails.
"""

from __future__ import annotations

import argparse
import logging
import multiprocessing
import os
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from dfs_core.errors import DfsError
from dfs_core.testing.simulation import simulate

_FAILURES = (AssertionError, DfsError, ExceptionGroup, RuntimeError, LookupError, TypeError, ValueError, OSError)
_EVERY = 100  # seeds between two lines of progress
_SEEDS_OF_A_PROCESS = 50  # then another takes its place: nothing that leaks adds up


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of one seed."""

    seed: int
    wrong: str  # empty: nothing
    cpu_s: float
    told: str = ""


def try_seed(seed: int, storm_s: float | None = None) -> Tried:
    """Run it, whatever comes of it: the other seeds are run all the same."""
    began = time.process_time()
    try:
        figures, trace = simulate(seed) if storm_s is None else simulate(seed, storm_s=storm_s)
    except _FAILURES:
        return Tried(seed, traceback.format_exc(), time.process_time() - began)
    return Tried(seed, "", time.process_time() - began, f"{trace[:16]} {figures}")


def on_cores(seeds: Iterable[int], *, storm_s: float | None, cores: int) -> Iterator[Tried]:
    """What `try_seed` says of each, as they come."""
    # Not forked: a seed must mean the same in whichever process it runs.
    context = multiprocessing.get_context("spawn")
    with context.Pool(cores, initializer=logging.disable, maxtasksperchild=_SEEDS_OF_A_PROCESS) as pool:
        yield from pool.imap_unordered(partial(try_seed, storm_s=storm_s), seeds)


def run(
    seeds: Iterable[int], results: Callable[[Iterable[int]], Iterator[Tried]], log: Path | None = None
) -> list[int]:
    """Run those that the log does not name yet, and print what comes of it; the seeds that failed, in order."""
    began = time.monotonic()
    cpu_s = 0.0
    known = _known(log)
    seeds = list(seeds)
    failed = [seed for seed in seeds if known.get(seed) == "failed"]
    left = [seed for seed in seeds if seed not in known]
    count = 0
    with log.open("a", encoding="utf-8") if log is not None else nullcontext() as kept:
        for count, tried in enumerate(results(left), 1):
            cpu_s += tried.cpu_s
            if kept is not None:
                print(tried.seed, "failed" if tried.wrong else "passed", f"{tried.cpu_s:.3f}", file=kept, flush=True)
            if tried.wrong:
                failed.append(tried.seed)
                print(f"seed {tried.seed} failed:\n{tried.wrong}", flush=True)
            elif len(left) == 1:
                print(tried.seed, tried.told)
            if count % _EVERY == 0:
                print(_summary(count, began, cpu_s, failed), flush=True)
    print(_summary(count, began, cpu_s, failed))
    return sorted(failed)


def _known(log: Path | None) -> dict[int, str]:
    """What an earlier run wrote down."""
    if log is None or not log.exists():
        return {}
    lines = [line.split() for line in log.read_text(encoding="utf-8").splitlines()]
    return {int(words[0]): words[1] for words in lines if len(words) == 3}


def _summary(count: int, began: float, cpu_s: float, failed: list[int]) -> str:
    took_s = time.monotonic() - began
    told = f"failed: {sorted(failed)}" if failed else "none failed"
    return f"{count} seeds in {took_s:.0f} s, {cpu_s:.0f} s of processor time; {told}"


def main() -> int:
    """Run the seeds from the first to the last that the command line names."""
    parser = argparse.ArgumentParser(prog="python -m dfs_core.testing.seeds")
    parser.add_argument("seeds", help="a seed, or the first and the last of many: 1-20000")
    parser.add_argument("--storm", type=float, metavar="SECONDS", help="how long things go wrong, in virtual time")
    parser.add_argument("--cores", type=int, default=os.cpu_count() or 1)
    parser.add_argument(
        "--log", type=Path, metavar="FILE", help="write down what passed; what it names is not run again"
    )
    chosen = parser.parse_args()
    first, _, last = chosen.seeds.partition("-")
    results = partial(on_cores, storm_s=chosen.storm, cores=chosen.cores)
    return bool(run(range(int(first), int(last or first) + 1), results, chosen.log))


if __name__ == "__main__":
    sys.exit(main())
