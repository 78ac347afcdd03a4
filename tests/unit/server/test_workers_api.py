"""A node's workers as clients see and steer them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dfs_core.encoding.control_messages import EventRecorded
from dfs_core.encoding.message import Message
from dfs_core.encoding.worker_messages import GetWorkers, SetWorker, WorkersListed, WorkerStatus
from dfs_core.errors import InvalidInput, NotFound
from dfs_core.replication.workers.crew import Crew
from dfs_core.server.events import EventBus
from dfs_core.server.workers_api import WorkersApi
from dfs_core.store.state import NodeState
from dfs_core.testing.clock import ManualClock

from ..replication.workers.working import Diligent
from .exchanges import FakeExchange


class Desk:
    """The handlers over one worker, and the real state that its settings are kept in."""

    def __init__(self, folder: Path) -> None:
        clock = ManualClock()
        self.state = NodeState(folder / "state.sqlite")
        self.bus = EventBus(clock)
        self.watcher = self.bus.subscribe()
        self.crew = Crew(kept=self.state, clock=clock, reported=lambda event: None)
        self.crew.add(Diligent(clock))
        self.api = WorkersApi(crew=self.crew, events=self.bus)

    async def ask(self, request: Message) -> Message:
        exchange = FakeExchange(request)
        await self.api.handlers[type(request)](exchange.real)
        (reply,) = exchange.replies
        return reply


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.state.close()


async def test_workers_are_listed(desk: Desk) -> None:
    reply = await desk.ask(GetWorkers())
    assert isinstance(reply, WorkersListed)
    assert [(one.name, one.state) for one in reply.workers] == [("diligent", "stopped")]


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        (SetWorker("diligent", "pause"), "is paused"),
        (SetWorker("diligent", "resume"), "goes on"),
        (SetWorker("diligent", "pace", 3.0), "pace 3"),
    ],
)
async def test_a_worker_is_steered_and_that_is_noted(desk: Desk, request_: SetWorker, said: str) -> None:
    reply = await desk.ask(request_)
    assert isinstance(reply, WorkerStatus)
    assert (reply.paused, reply.pace) == (request_.action == "pause", 3.0 if request_.action == "pace" else 1.0)
    event = await desk.watcher.next()
    assert isinstance(event, EventRecorded) and said in event.text
    assert await asyncio.to_thread(desk.state.get, "worker diligent") is not None


@pytest.mark.parametrize(
    ("request_", "error"),
    [(SetWorker("nobody", "pause"), NotFound), (SetWorker("diligent", "dance"), InvalidInput)],
)
async def test_what_cannot_be_is_refused(desk: Desk, request_: SetWorker, error: type[Exception]) -> None:
    with pytest.raises(error):
        await desk.ask(request_)
    assert await asyncio.to_thread(desk.state.get, "worker diligent") is None
