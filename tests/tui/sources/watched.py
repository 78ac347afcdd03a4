"""A fake node that can be watched: it says what the test tells it to say, for as long as the test wants."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from dfs_core.encoding.control_messages import StatusReported, Watch, WatchStarted
from dfs_core.encoding.message import Message
from dfs_core.testing.fake_node import FakeNode
from dfs_core.transport.exchange import Exchange
from dfs_tui.view.events import SourceEvent

PATIENCE_S = 10.0


class WatchedNode(FakeNode):
    """`say` hands an event to every watcher; `hang_up` ends their watch."""

    def __init__(self, control: Path) -> None:
        super().__init__(control)
        self._watchers: list[asyncio.Queue[Message | None]] = []

    def say(self, event: Message) -> None:
        for queue in self._watchers:
            queue.put_nowait(event)

    def hang_up(self) -> None:
        for queue in self._watchers:
            queue.put_nowait(None)

    async def _handle(self, exchange: Exchange) -> None:
        if not isinstance(exchange.request, Watch):
            await super()._handle(exchange)
            return
        self.requests.append(exchange.request)
        queue: asyncio.Queue[Message | None] = asyncio.Queue()
        self._watchers.append(queue)
        await exchange.event(WatchStarted())
        await exchange.event(StatusReported(self.status()))
        while (event := await queue.get()) is not None:
            await exchange.event(event)
        await exchange.link.close("the node was stopped")


class Heard(list[SourceEvent]):
    """Events in the order in which they came."""

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until something is so; fails with what was heard."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not condition():
                    await asyncio.sleep(0.01)
        except TimeoutError:
            raise AssertionError(f"it never happened; heard {list(self)}") from None

    async def has(self, kind: type[SourceEvent], count: int = 1) -> None:
        """Wait until `count` events of this kind were heard."""
        await self.until(lambda: len(self.of(kind)) >= count)

    def of(self, kind: type[SourceEvent]) -> list[SourceEvent]:
        return [event for event in self if isinstance(event, kind)]
