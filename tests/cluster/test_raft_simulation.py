"""Raft in bad weather: many seeds, every promise checked at every step.

A failing seed is in the test's name; `dfs_core.testing.raft_chaos.run(seed)` plays it again. More seeds:
`DFS_RAFT_SEEDS=5000 pytest tests/cluster/test_raft_simulation.py`.
"""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from dfs_core.testing.raft_chaos import run

SEEDS = int(os.environ.get("DFS_RAFT_SEEDS", "320"))
SEEDS_A_TEST = 20


@pytest.mark.parametrize("first", range(0, SEEDS, SEEDS_A_TEST))
def test_no_promise_is_broken_in_any_weather(first: int) -> None:
    for seed in range(first, min(first + SEEDS_A_TEST, SEEDS)):
        try:
            run(seed)
        except AssertionError as error:
            raise AssertionError(f"seed {seed}: {error}") from error


def test_the_weather_is_bad_and_work_is_done_in_it() -> None:
    outcomes = [run(seed) for seed in range(30)]
    assert sum(outcome.acknowledged for outcome in outcomes) > 300
    assert sum(outcome.reads_confirmed for outcome in outcomes) > 100
    assert sum(outcome.terms for outcome in outcomes) > 150
    assert sum(outcome.configurations for outcome in outcomes) > 20
    assert sum(outcome.fetches for outcome in outcomes) > 100


def test_one_seed_gives_one_history() -> None:
    assert [run(seed).trace for seed in range(5)] == [run(seed).trace for seed in range(5)]
    assert len({run(seed).trace for seed in range(5)}) == 5


def test_a_history_does_not_hang_on_how_a_process_hashes() -> None:
    program = "from dfs_core.testing.raft_chaos import run; print([run(seed).trace for seed in range(5)])"
    traces = [
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            check=True,
            text=True,
            timeout=60,
        ).stdout
        for hash_seed in ("1", "2")
    ]
    assert traces[0] == traces[1]
    assert traces[0].strip() == str([run(seed).trace for seed in range(5)])
