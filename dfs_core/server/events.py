"""A bounded event bus: whoever is too slow loses the oldest events and is told how many, and nobody else notices."""

from __future__ import annotations

import asyncio
import logging
from collections import deque

from dfs_core.clock import Clock
from dfs_core.encoding.control_messages import EventRecorded, EventsDropped
from dfs_core.encoding.message import Message
from dfs_core.limits import EVENTS_PENDING_MAX

_log = logging.getLogger(__name__)
_LEVELS = {"info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


class Subscription:
    """One watcher's queue."""

    def __init__(self, size_max: int) -> None:
        self._events: deque[Message] = deque()
        self._size_max, self._dropped = size_max, 0
        self._wake = asyncio.Event()

    def put(self, event: Message) -> None:
        """Queue `event`; when the queue is full the oldest goes."""
        if len(self._events) >= self._size_max:
            self._events.popleft()
            self._dropped += 1
        self._events.append(event)
        self._wake.set()

    async def next(self) -> Message:
        """The next event; EventsDropped first when some were lost."""
        while True:
            if self._dropped:
                count, self._dropped = self._dropped, 0
                return EventsDropped(count)
            if self._events:
                return self._events.popleft()
            self._wake.clear()
            await self._wake.wait()


class EventBus:
    """Everything that happens on this node, for whoever watches. Publishing never waits."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._subscriptions: set[Subscription] = set()

    def publish(self, event: Message) -> None:
        """Hand `event` to every watcher."""
        for subscription in self._subscriptions:
            subscription.put(event)

    def record(self, level: str, text: str) -> None:
        """A line for people: into the node's log, and to every watcher. `level`: info, warning or error."""
        _log.log(_LEVELS[level], "%s", text)
        self.publish(EventRecorded(int(self._clock.wall() * 1000), level, text))

    def subscribe(self) -> Subscription:
        """Watch from now on; `unsubscribe` when done."""
        subscription = Subscription(EVENTS_PENDING_MAX)
        self._subscriptions.add(subscription)
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        self._subscriptions.discard(subscription)
