"""A look at a disk has a deadline, and one that hangs keeps nobody."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from dfs_tui.sources import disk
from dfs_tui.sources.base import SourceError
from dfs_tui.sources.disk import within


async def test_what_the_work_gives_or_raises_comes_back() -> None:
    assert await within(20.0, lambda: 7) == 7
    with pytest.raises(ZeroDivisionError):
        await within(20.0, lambda: 1 // 0)


async def test_work_that_hangs_is_not_waited_for() -> None:
    goes_on = threading.Event()
    with pytest.raises(SourceError, match="did not answer"):
        await within(0.01, goes_on.wait)
    goes_on.set()


async def test_very_many_looks_that_hang_are_not_joined_by_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk, "LOOKS_MAX", 2)
    goes_on = threading.Event()
    for _ in range(2):
        with pytest.raises(SourceError, match="within"):
            await within(0.01, goes_on.wait)
    with pytest.raises(SourceError, match="does not answer; leave paths on it alone"):
        await within(20.0, lambda: 7)
    goes_on.set()
    for thread in list(disk._looks):
        thread.join(20.0)
    assert await within(20.0, lambda: 7) == 7


def test_a_program_ends_while_a_disk_still_hangs() -> None:
    program = (
        "import asyncio, threading\n"
        "from dfs_tui.sources.base import SourceError\n"
        "from dfs_tui.sources.disk import within\n"
        "try:\n    asyncio.run(within(0.01, threading.Event().wait))\n"
        "except SourceError:\n    print('left alone')\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout == "left alone\n"
