"""Many seeds of the simulation, on all cores of this machine; what they found is told at the end.

python -m dfs_core.testing.seeds 1-20000    exit code 1 when a seed fails; testing.simulation runs that one alone
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Iterator

from dfs_core.errors import DfsError
from dfs_core.testing.simulation import simulate

_FAILURES = (AssertionError, DfsError, ExceptionGroup, RuntimeError, LookupError, TypeError, ValueError, OSError)
_EVERY = 100  # seeds between two lines of progress
_SEEDS_OF_A_PROCESS = 50  # then another takes its place: nothing that leaks adds up


def try_seed(seed: int) -> tuple[int, str]:
    """The seed, and what went wrong with it; empty when nothing did."""
    try:
        simulate(seed)
    except _FAILURES:  # the other seeds are run all the same
        return seed, traceback.format_exc()
    return seed, ""


def on_all_cores(seeds: Iterable[int]) -> Iterator[tuple[int, str]]:
    """What `try_seed` says of each, as they come."""
    # Not forked: a seed must mean the same in whichever process it runs.
    context = multiprocessing.get_context("spawn")
    with context.Pool(os.cpu_count(), initializer=logging.disable, maxtasksperchild=_SEEDS_OF_A_PROCESS) as pool:
        yield from pool.imap_unordered(try_seed, seeds)


def run(
    seeds: Iterable[int], results: Callable[[Iterable[int]], Iterator[tuple[int, str]]] = on_all_cores
) -> list[int]:
    """Run them and print what comes of it; the seeds that failed, in order."""
    began = time.monotonic()
    failed: list[int] = []
    count = 0
    for count, (seed, wrong) in enumerate(results(seeds), 1):
        if wrong:
            failed.append(seed)
            print(f"seed {seed} failed:\n{wrong}", flush=True)
        if count % _EVERY == 0:
            print(f"{count} seeds in {time.monotonic() - began:.0f} s, failed: {sorted(failed)}", flush=True)
    print(
        f"{count} seeds in {time.monotonic() - began:.0f} s; {f'failed: {sorted(failed)}' if failed else 'none failed'}"
    )
    return sorted(failed)


def main() -> int:
    """Run the seeds from the first to the last that the command line names."""
    first, _, last = sys.argv[1].partition("-")
    return bool(run(range(int(first), int(last or first) + 1)))


if __name__ == "__main__":
    sys.exit(main())
