"""All background workers of one node: what is set for them is kept, and what changes is told.

Pace and pause are one small document a worker in the node's state, so that who paused a worker before a restart finds
it paused after it. Reports are coalesced: one a second and worker at most, and only when something changed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

import msgspec

from dfs_core.clock import Clock
from dfs_core.encoding.message import Message
from dfs_core.encoding.worker_messages import WorkerReported, WorkerStatus
from dfs_core.errors import InvalidInput, NotFound
from dfs_core.replication.workers.worker import Runner, Worker

REPORT_INTERVAL_S = 1.0
PACE_DEFAULT = 1.0  # half of the time at most


class Kept(Protocol):
    """The part of a node's state that is needed here. Both calls block."""

    def get(self, name: str) -> bytes | None: ...
    def put(self, name: str, value: bytes) -> None: ...


class WorkerSettings(msgspec.Struct, frozen=True):
    """What was set for one worker, as it is kept."""

    paused: bool
    pace: float


class Crew:
    """The workers of a node. `add` all, then `run`; `set` and `listing` at any time."""

    def __init__(self, *, kept: Kept, clock: Clock, reported: Callable[[Message], None]) -> None:
        """`reported` hears of changes (WorkerReported)."""
        self._kept, self._clock, self._reported = kept, clock, reported
        self._runners: dict[str, Runner] = {}
        self._told: dict[str, WorkerStatus] = {}

    def add(self, worker: Worker, *, pace: float = PACE_DEFAULT) -> None:
        """Have `worker` run, at `pace` unless somebody set another one. ValueError: there is one of that name."""
        if worker.name in self._runners:
            raise ValueError(f"two workers are called {worker.name}")
        self._runners[worker.name] = Runner(worker, self._clock, pace=pace)

    def listing(self) -> list[WorkerStatus]:
        """How each worker is, in the order of `add`."""
        return [runner.status() for runner in self._runners.values()]

    def status(self, name: str) -> WorkerStatus:
        """NotFound: there is no such worker here."""
        return self._runner(name).status()

    def hurry(self, name: str) -> None:
        """Have a worker take its next step now. NotFound: there is no such worker here."""
        self._runner(name).hurry()

    async def set(self, name: str, action: str, pace: float = 0.0) -> WorkerStatus:
        """`pause`, `resume`, or set the `pace`. It holds at once, and over restarts when this returned.

        NotFound, InvalidInput: nothing was changed. StoreError, StoreFull: it holds, and a restart forgets it.
        """
        runner = self._runner(name)
        match action:
            case "pause":
                runner.pause()
            case "resume":
                runner.resume()
            case "pace":
                try:
                    runner.set_pace(pace)
                except ValueError as error:
                    raise InvalidInput(str(error)) from error
            case _:
                raise InvalidInput(f"a worker can be told to pause, to resume or its pace, not to {action[:20]!r}")
        self._report()
        kept = msgspec.msgpack.encode(WorkerSettings(runner.paused, runner.pace))
        await asyncio.to_thread(self._kept.put, _document(name), kept)
        return runner.status()

    async def run(self) -> None:
        """Run all workers, and report what changes, for ever. Raises what is a bug in one of them."""
        for name, runner in self._runners.items():
            kept = await asyncio.to_thread(self._kept.get, _document(name))
            if kept is not None:
                settings = msgspec.msgpack.decode(kept, type=WorkerSettings)
                runner.paused, runner.pace = settings.paused, settings.pace
        async with asyncio.TaskGroup() as group:
            for name, runner in self._runners.items():
                group.create_task(runner.run(), name=name)
            group.create_task(self._report_for_ever(), name="worker reports")

    def _runner(self, name: str) -> Runner:
        runner = self._runners.get(name)
        if runner is None:
            raise NotFound(f"there is no worker {name[:40]!r} on this node; there are {', '.join(self._runners)}")
        return runner

    async def _report_for_ever(self) -> None:
        while True:
            self._report()
            await self._clock.sleep(REPORT_INTERVAL_S)

    def _report(self) -> None:
        for name, runner in self._runners.items():
            status = runner.status()
            last = self._told.get(name)
            if last is None or _gist(last) != _gist(status):
                self._told[name] = status
                self._reported(WorkerReported(status))


def _gist(status: WorkerStatus) -> tuple[object, ...]:
    """What is worth a report. Ages and rates only go along, and working and resting take turns all the time."""
    active = "active" if status.state in ("busy", "resting") else status.state
    return (active, status.paused, status.pace, status.waiting, status.done, status.last_error, status.detail)


def _document(name: str) -> str:
    return f"worker {name}"
