"""A look at a disk has a deadline, and one that hangs keeps nobody."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest

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
