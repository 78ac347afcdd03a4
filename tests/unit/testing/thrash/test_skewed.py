"""A process whose wall clock is wrong and whose stores fall asleep, and nothing else."""

from __future__ import annotations

import logging
import subprocess
import sys
import time
from random import Random
from typing import cast

import pytest

from dfs_core import __version__
from dfs_core.encoding.commands import AnyCommand, Commit, ManifestPage, Outcome
from dfs_core.errors import ChunksCondemned
from dfs_core.replication.writer import FileWriter
from dfs_core.testing.thrash.figures import CONDEMNED_MEANWHILE, SLEPT, told_by
from dfs_core.testing.thrash.skewed import ASLEEP, CONDEMNED, tire

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


class Waking:
    """Dice that send every store to sleep for no time."""

    def random(self) -> float:
        return 0.0

    def uniform(self, least: float, most: float) -> float:
        return least


async def test_a_store_sleeps_before_its_commit_and_says_what_was_condemned_meanwhile(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    decided: list[AnyCommand] = []

    async def decide(self: FileWriter, command: AnyCommand) -> Outcome:
        decided.append(command)
        if isinstance(command, Commit) and len(decided) == 1:
            raise ChunksCondemned("condemned", "gone", [])
        return Outcome()

    monkeypatch.setattr(FileWriter, "decide", decide)
    tire(0.0, cast(Random, Waking()))
    caplog.set_level(logging.INFO)
    writer = FileWriter.__new__(FileWriter)
    with pytest.raises(ChunksCondemned):
        await writer.decide(commit(pages=[ManifestPage(1, bytes(32), 1, 1, b"")]))
    assert caplog.messages == [ASLEEP, CONDEMNED]
    await writer.decide(commit(pages=[]))
    assert caplog.messages == [ASLEEP, CONDEMNED], "what has no chunks has nothing to lose by sleeping"
    assert told_by(caplog.messages) == {SLEPT: 1, CONDEMNED_MEANWHILE: 1}


def commit(pages: list[ManifestPage]) -> Commit:
    return Commit(
        id=b"",
        version_id=b"",
        key="k",
        size=0,
        mtime_ns=0,
        mode=0,
        content_token=b"",
        head=b"",
        pages=pages,
        page_count=len(pages),
        as_of=0,
        stored_by=b"",
        wall_ms=0,
    )


def test_it_is_the_command_line() -> None:
    command = [sys.executable, "-m", "dfs_core.testing.thrash.skewed", "-5", "2", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == f"dfs-core {__version__}\n"
