"""A process whose wall clock is wrong, and nothing else."""

from __future__ import annotations

import subprocess
import sys
import time

from dfs_core import __version__

SHOWN = """
import asyncio, time
from dfs_core.testing.thrash.skewed import skew
from dfs_core.clock import SystemClock
before = time.monotonic()
skew(86400.0)
print(time.time(), SystemClock().wall(), time.monotonic() - before < 3600)
"""


def test_both_wall_clocks_are_off_and_the_monotonic_one_is_not() -> None:
    done = subprocess.run([sys.executable, "-c", SHOWN], capture_output=True, text=True, check=True)
    one, other, monotonic = done.stdout.split()
    for shown in (one, other):
        assert 86_000 < float(shown) - time.time() < 87_000
    assert monotonic == "True"


def test_it_is_the_command_line() -> None:
    command = [sys.executable, "-m", "dfs_core.testing.thrash.skewed", "-5", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == f"dfs-core {__version__}\n"
