"""Pausing: what is under way is broken off at once, and done again when it may go on.

A node takes what a client sends it, so nothing can be held back in the middle of a file. It costs little: chunks that
arrived are not sent a second time, and a file that was retrieved in part is gone on with.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

R = TypeVar("R")


class Gate:
    """Open at first. `pass_through` runs something as often as it takes to run it without a pause in between."""

    def __init__(self) -> None:
        self._open = asyncio.Event()
        self._open.set()
        self._inside: set[asyncio.Task[Any]] = set()
        self._broken_off: set[asyncio.Task[Any]] = set()  # and not ended yet

    @property
    def paused(self) -> bool:
        return not self._open.is_set()

    def pause(self) -> None:
        """Break off what is under way; nothing new begins."""
        self._open.clear()
        for task in self._inside:
            task.cancel()
            self._broken_off.add(task)

    def resume(self) -> None:
        """Begin again what was broken off."""
        self._open.set()

    async def wait(self) -> None:
        """Return when it is open."""
        await self._open.wait()

    async def pass_through(self, act: Callable[[], Coroutine[Any, Any, R]]) -> R:
        """Return what `act` does when it has run to its end. Raises what it raises; cancelled from outside, it ends."""
        own = asyncio.current_task()
        assert own is not None
        while True:
            await self._open.wait()
            task = asyncio.create_task(act())
            self._inside.add(task)
            try:
                return await task
            except asyncio.CancelledError:
                if own.cancelling() or task not in self._broken_off:  # open again already counts as broken off, too
                    raise
            finally:
                self._inside.discard(task)
                self._broken_off.discard(task)
