"""Whole clusters under one seed each: dfs_core.testing.simulation and what dfs_core.testing.bad_luck does to them.

DFS_SIM_SEED is the first seed.
"""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from dfs_core.testing.simulation import simulate

FIRST_SEED = int(os.environ.get("DFS_SIM_SEED", "1"))
SEEDS, AT_ONCE = 50, 5  # so few at once that the workers of a test run share them well


@pytest.mark.timeout(300)
@pytest.mark.parametrize("first", range(FIRST_SEED, FIRST_SEED + SEEDS, AT_ONCE))
def test_every_acknowledged_store_outlives_crashes_cuts_losses_and_bad_disks(first: int) -> None:
    for seed in range(first, first + AT_ONCE):
        simulate(seed)  # the error's note has the seed


@pytest.mark.timeout(120)
def test_a_seed_gives_the_same_trace_in_every_process() -> None:
    program = "from dfs_core.testing.simulation import simulate; print(simulate(3)[1])"
    traces = [
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        ).stdout
        for hash_seed in ("1", "2")
    ]
    assert traces[0] == traces[1] != ""
