"""`dfs-core` on a machine whose clock is wrong: `python -m dfs_core.testing.thrash.skewed SECONDS node …`."""

from __future__ import annotations

import runpy
import sys
import time

from dfs_core.clock import SystemClock

_real = time.time


def skew(by_s: float) -> None:
    """From here on this process reads a wall clock that is `by_s` off."""
    time.time = lambda: _real() + by_s
    SystemClock.wall = lambda self: _real() + by_s  # type: ignore[method-assign]


if __name__ == "__main__":
    skew(float(sys.argv.pop(1)))
    runpy.run_module("dfs_core", run_name="__main__")
