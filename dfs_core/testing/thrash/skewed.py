"""`dfs-core` as bad luck has it: `python -m dfs_core.testing.thrash.skewed SECONDS SLEEP_S node …`.

The wall clock is SECONDS wrong, and now and then a store sleeps between its last chunk and its commit, up to SLEEP_S.
"""

from __future__ import annotations

import asyncio
import logging
import runpy
import sys
import time
from random import Random

from dfs_core.clock import SystemClock
from dfs_core.encoding.commands import AnyCommand, Commit, Outcome
from dfs_core.errors import ChunksCondemned
from dfs_core.replication.writer import FileWriter

ASLEEP = "asleep between the last chunk and the commit"
CONDEMNED = "a commit counted on chunks that were condemned meanwhile"
_ASLEEP_CHANCE = 0.05
_log = logging.getLogger("dfs_core.testing.thrash")
_real = time.time


def skew(by_s: float) -> None:
    """From here on this process reads a wall clock that is `by_s` off."""
    time.time = lambda: _real() + by_s
    SystemClock.wall = lambda self: _real() + by_s  # type: ignore[method-assign]


def tire(longest_s: float, dice: Random) -> None:
    """From here on stores that this process coordinates sleep now and then before they commit."""
    decide = FileWriter.decide

    async def tired(self: FileWriter, command: AnyCommand) -> Outcome:
        chunks = isinstance(command, Commit) and bool(command.pages)
        if chunks and dice.random() < _ASLEEP_CHANCE:
            _log.info(ASLEEP)
            await asyncio.sleep(dice.uniform(0.0, longest_s))
        try:
            return await decide(self, command)
        except ChunksCondemned:
            _log.info(CONDEMNED)
            raise

    FileWriter.decide = tired  # type: ignore[method-assign]


if __name__ == "__main__":
    skew(float(sys.argv.pop(1)))
    tire(float(sys.argv.pop(1)), Random())
    runpy.run_module("dfs_core", run_name="__main__")
