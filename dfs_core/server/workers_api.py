"""A node's background workers as clients see and steer them, on vaults too."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec

from dfs_core.encoding.worker_messages import GetWorkers, SetWorker, WorkersListed
from dfs_core.replication.workers.crew import Crew
from dfs_core.server.events import EventBus
from dfs_core.transport.exchange import Exchange


class WorkersApi:
    """Handlers for whoever looks at a node's workers or steers them."""

    def __init__(self, *, crew: Crew, events: EventBus) -> None:
        self._crew, self._events = crew, events
        self.handlers: dict[type[msgspec.Struct], Callable[[Exchange], Awaitable[None]]] = {
            GetWorkers: self._get,
            SetWorker: self._set,
        }

    async def _get(self, exchange: Exchange) -> None:
        await exchange.respond(WorkersListed(self._crew.listing()))

    async def _set(self, exchange: Exchange) -> None:
        request = exchange.request
        assert isinstance(request, SetWorker)
        status = await self._crew.set(request.name, request.action, request.pace)
        done = {"pause": "is paused", "resume": "goes on"}.get(request.action, f"has the pace {status.pace:g}")
        self._events.record("info", f"the worker {status.name} {done} now, as somebody asked")
        await exchange.respond(status)
