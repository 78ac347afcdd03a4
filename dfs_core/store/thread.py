"""Run a blocking call in a thread, and keep what the caller lent it until it has ended.

A thread cannot be cancelled. If the await simply stopped, the caller would take its buffer back while the thread is
still writing it to disk, and a wrong chunk would get a right name.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


async def finish_in_thread(call: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """What `call` returns or raises. When cancelled, wait for its end first, then raise CancelledError."""
    running = asyncio.get_running_loop().run_in_executor(None, partial(call, *args, **kwargs))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        while not running.done():
            try:
                await asyncio.wait([running])
            except asyncio.CancelledError:  # told once more: the answer is the same
                continue
        if not running.cancelled():
            running.exception()  # looked at, so that the loop does not report it as lost
        raise
