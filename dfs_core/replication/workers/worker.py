"""What a background worker is, and the loop that runs one: paced, pausable, and never silent.

A worker does one bounded step of work and returns; when it goes on is decided here. After a step that did something it
rests `pace` times as long as the step took (its tranquility), so that background work takes a bounded share of the
machine however slow the machine is. After a step without work it waits until there may be some.

An expected error (DfsError) is shown, and the worker tries again after a rest that doubles while the errors go on; any
other exception is a bug, leaves the loop, and with it stops the node, loudly. A pause lets the step under way end.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Protocol

from dfs_core.clock import Clock
from dfs_core.encoding.worker_messages import WorkerStatus
from dfs_core.errors import DfsError

_log = logging.getLogger(__name__)

PACE_MAX = 1000.0  # a worker that should do less than a thousandth is better paused
REST_S_MAX = 60.0  # a step that hung on a slow peer does not stop the work for an hour
ERROR_REST_S_MIN, ERROR_REST_S_MAX = 1.0, 30.0
RATE_HORIZON_S = 5.0


@dataclass(slots=True)
class Figures:
    """What a worker counts for those who look at it. Only the worker changes it."""

    waiting: int = 0  # things to do, as far as it knows
    oldest_s: float = -1.0  # for how long the oldest of them has waited; -1: none, or not known
    done: int = 0  # since the start
    done_bytes: int = 0
    detail: str = ""  # for people: where it is, what it waits for


class Worker(Protocol):
    """A background behaviour. One runner calls it, one call at a time."""

    @property
    def name(self) -> str:
        """One word, the same in every cluster: it is what `dfs-core workers pause` takes."""
        ...

    @property
    def figures(self) -> Figures:
        """Always the same object, up to date after each step."""
        ...

    async def step(self) -> bool:
        """Do one bounded unit of work. False when there was none to do.

        DfsError: it cannot be done now, which is expected; what was to be done is met again.
        """
        ...

    async def wait(self) -> None:
        """Return when there may be work again, at once if there is. May be cancelled at any time."""
        ...


class Runner:
    """Runs one worker, and knows how it is. `run` once; the rest at any time, from the same loop."""

    def __init__(self, worker: Worker, clock: Clock, *, pace: float) -> None:
        self.worker = worker
        self.pace, self.paused = pace, False
        self._clock = clock
        self._state = "stopped"
        self._waiting: asyncio.Timeout | None = None
        self._hurried = False
        self._error, self._failed_at, self._failures = "", 0.0, 0
        self._rate, self._rate_bytes = Rate(), Rate()

    # -- what others do

    def pause(self) -> None:
        """Begin no further step. Paused already is fine."""
        self.paused = True
        self._interrupt()

    def resume(self) -> None:
        """Go on, at once."""
        self.paused = False
        self._interrupt()

    def set_pace(self, pace: float) -> None:
        """Rest `pace` times as long as each step takes, from now on. ValueError: not 0 … PACE_MAX."""
        if not 0.0 <= pace <= PACE_MAX:
            raise ValueError(f"a pace is 0 to {PACE_MAX:g} (rest divided by work), not {pace:g}")
        self.pace = pace
        self._interrupt()

    def hurry(self) -> None:
        """Take the next step now rather than after a rest or a wait; a paused worker stays paused."""
        self._hurried = True
        self._interrupt()

    def status(self) -> WorkerStatus:
        """How the worker is now."""
        figures, now = self.worker.figures, self._clock.now()
        return WorkerStatus(
            name=self.worker.name,
            state=self._state,
            paused=self.paused,
            pace=self.pace,
            waiting=figures.waiting,
            oldest_s=figures.oldest_s,
            done=figures.done,
            done_bytes=figures.done_bytes,
            rate=self._rate.at(now, figures.done),
            rate_bytes=self._rate_bytes.at(now, figures.done_bytes),
            last_error=self._error,
            last_error_s=now - self._failed_at if self._error else -1.0,
            detail=figures.detail,
        )

    # -- the loop

    async def run(self) -> None:
        """Step for ever. Raises only what is a bug."""
        try:
            while True:
                if self.paused:
                    self._state, self._hurried = "paused", False
                    await self._unless_interrupted(asyncio.Event().wait())
                else:
                    await self._turn()
        finally:
            self._state = "stopped"

    async def _turn(self) -> None:
        """One step, and the rest or the wait after it."""
        self._state, self._hurried = "busy", False
        started = self._clock.now()
        try:
            worked = await self.worker.step()
        except DfsError as error:
            self._failed(str(error))
            self._state = "resting"
            rest_s = min(ERROR_REST_S_MIN * 2.0 ** min(self._failures - 1, 16), ERROR_REST_S_MAX)
            await self._unless_interrupted(self._clock.sleep(rest_s))
            return
        self._failures = 0
        if self.paused:
            return
        if worked:
            self._state = "resting"
            rest_s = min(self.pace * (self._clock.now() - started), REST_S_MAX)
            await self._unless_interrupted(self._clock.sleep(rest_s))
        else:
            self._state = "idle"
            await self._unless_interrupted(self.worker.wait())

    def _failed(self, text: str) -> None:
        self._failures += 1
        again = text == self._error
        self._error, self._failed_at = text, self._clock.now()
        _log.log(logging.DEBUG if again else logging.WARNING, "%s: %s", self.worker.name, text)

    async def _unless_interrupted(self, waiting: Awaitable[object]) -> None:
        """Await `waiting`, which is cancelled when somebody pauses, resumes, paces or hurries the worker."""
        scope = asyncio.timeout(None)
        try:
            async with scope:
                self._waiting = scope
                if self._hurried:
                    self._interrupt()
                await waiting
        except TimeoutError:
            if not scope.expired():
                raise
        finally:
            self._waiting = None

    def _interrupt(self) -> None:
        scope, self._waiting = self._waiting, None
        if scope is not None:
            scope.reschedule(asyncio.get_running_loop().time())


class Rate:
    """Of a number that only grows, a second, weighted exponentially: a pause shows, a burst does not jump."""

    def __init__(self) -> None:
        self._at: float | None = None
        self._total, self._rate = 0, 0.0

    def at(self, now: float, total: int) -> float:
        """The rate, now that the number is `total`. Ask as often as you like."""
        if self._at is None:
            self._at, self._total = now, total
            return 0.0
        passed = now - self._at
        if passed >= 0.25:  # less than that says nothing, and asking more often must not change the answer
            weight = min(1.0, passed / RATE_HORIZON_S)
            self._rate += ((total - self._total) / passed - self._rate) * weight
            self._at, self._total = now, total
        return self._rate
