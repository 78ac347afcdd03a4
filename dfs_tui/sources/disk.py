"""Blocking looks at this machine's disks, which may lie beyond a network that is gone: each has a deadline.

A thread that hangs in the kernel cannot be stopped. It is a daemon, so that it keeps nobody: neither who asked, who is
told after the deadline, nor the dashboard when it is left.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import TypeVar

from dfs_tui.sources.base import SourceError

DISK_TIMEOUT_S = 5.0
LOOKS_MAX = 200  # at once; with so many the disk hangs, and no more is begun

_looks: set[threading.Thread] = set()  # that were begun; they may have ended since

R = TypeVar("R")


async def within(timeout_s: float, work: Callable[[], R]) -> R:
    """Run blocking `work` in a thread of its own. SourceError when it has not ended by the deadline.

    Or when very many of those before still hang: each letter of a path on a dead disk is a look.
    """
    _looks.difference_update([thread for thread in _looks if not thread.is_alive()])
    if len(_looks) >= LOOKS_MAX:
        raise SourceError(
            "a disk of this machine does not answer; leave paths on it alone, or start the dashboard anew"
        )
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[R] = loop.create_future()

    def tell(result: R | None, error: Exception | None) -> None:
        if ended.done():  # nobody waits any more
            return
        if error is not None:
            ended.set_exception(error)
        else:
            ended.set_result(result)  # type: ignore[arg-type] # None only where R is

    def run() -> None:
        result, error = None, None
        try:
            result = work()
        except Exception as raised:  # noqa: BLE001 - it is raised where it is waited for
            error = raised
        with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(tell, result, error)

    thread = threading.Thread(target=run, name="disk", daemon=True)
    _looks.add(thread)
    thread.start()
    try:
        async with asyncio.timeout(timeout_s):
            return await ended
    except TimeoutError:
        raise SourceError(f"the disk did not answer within {timeout_s:.0f} s") from None
