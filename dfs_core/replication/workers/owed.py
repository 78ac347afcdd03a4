"""What this node knows to be owed, on its way into the queue on disk, for the workers that work it off.

Writers and readers note a gap in passing and do not wait; it is durable a moment later, and noticing it again is cheap.
The leader's audit is answered only once what it tells is on disk.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress

from dfs_core.clock import Clock
from dfs_core.limits import COPIES_MAX
from dfs_core.model.ids import Address, NodeId
from dfs_core.store.queue import COPIES_UNKNOWN, Item, ResyncQueue

_log = logging.getLogger(__name__)

ARRIVED_MAX = 65_536  # noticed and not on disk yet: beyond that it is left to the audit to notice
LOOK_S = 0.5  # between looks at a queue in which everything waits for its backoff


class Owed:
    """The queue, and what has arrived for it."""

    def __init__(self, *, node: NodeId, queue: ResyncQueue, clock: Clock, length: Callable[[int], None]) -> None:
        """`length` hears how many items wait, after each change."""
        self._node, self._queue, self._clock, self._length = node, queue, clock, length
        self._arrived: dict[Item, int] = {}  # with the copies known, in the order of arrival, so that a seed replays it
        self._returned: dict[NodeId | None, None] = {None: None}  # a start is news, too
        self._sourceless: dict[NodeId, None] = {}  # who is owed a chunk that nobody had
        self._wakes: list[asyncio.Event] = []
        self._flushing = asyncio.Lock()
        self.returns = 0  # how often anybody came back: what failed meanwhile may have been tried before that

    # -- what happens

    def owe(self, address: Address, holder: NodeId, copies: int = COPIES_UNKNOWN) -> None:
        """Note that `holder` should have this chunk, of which so many copies are known, and has not. Durable later."""
        if len(self._arrived) < ARRIVED_MAX:
            self._arrived[address, holder] = copies
        self._wake()

    async def owe_here(self, addresses: Sequence[Address], copies: Sequence[int]) -> None:
        """This node should have these chunks, of which so many copies are known each. Durable on return.

        StoreError, StoreFull: some of them are not noted.
        """
        for number in sorted(set(copies)):
            items = [(address, self._node) for address, known in zip(addresses, copies, strict=True) if known == number]
            await asyncio.to_thread(self._queue.add_all, items, self._clock.wall(), min(number, COPIES_MAX))
        self._tell_length()
        self._wake()

    def returned(self, peer: NodeId) -> None:
        """A peer is back: what it is owed, and what it may have for this node or others, waits no longer."""
        self._returned |= dict.fromkeys((peer, self._node, *self._sourceless))
        self._sourceless.clear()
        self.returns += 1
        self._wake()

    def hurry(self) -> None:
        """Whatever waits for its backoff waits no longer."""
        self._returned[None] = None
        self.returns += 1
        self._wake()

    # -- for the workers

    def listen(self) -> asyncio.Event:
        """An event of the caller's own, set whenever there may be more to do."""
        event = asyncio.Event()
        self._wakes.append(event)
        return event

    async def wait(self, event: asyncio.Event) -> None:
        """Until that event is set, and not for long: backoffs end by themselves."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK_S):
                await event.wait()

    async def flush(self) -> None:
        """Put what has arrived into the queue. StoreError, StoreFull: it stays here, and is put there later."""
        async with self._flushing:
            while self._returned:
                returned = next(iter(self._returned))
                await asyncio.to_thread(self._queue.hurry, returned, self._clock.wall())
                self._returned.pop(returned, None)
            for copies in sorted(set(self._arrived.values())):
                arrived = [item for item, known in self._arrived.items() if known == copies]
                await asyncio.to_thread(self._queue.add_all, arrived, self._clock.wall(), copies)
                for item in arrived:  # only now: a full disk must not make the node forget them
                    self._arrived.pop(item, None)
            self._tell_length()

    async def take(self, limit: int, least: int, most: int) -> list[Item]:
        """The next items of chunks with so many copies; each is the caller's until `done`, `failed` or `give_back`."""
        return await asyncio.to_thread(self._queue.take, self._clock.wall(), limit, least, most)

    async def done(self, items: Sequence[Item]) -> None:
        """These are settled."""
        await asyncio.to_thread(self._queue.done_all, items)
        self._tell_length()

    async def failed(self, item: Item, error: str, returns: int, *, sourceless: bool = False) -> None:
        """It could not be done now. `returns`: as it was when the item was begun.

        `sourceless`: because nobody had the chunk, so it is tried again whoever comes back.
        """
        address, holder = item
        if sourceless:
            self._sourceless[holder] = None
        _log.debug("chunk %s for %s waits: %s", address.short, holder.short, error)
        await asyncio.to_thread(self._queue.failed, address, holder, self._clock.wall(), error)
        if returns != self.returns:  # only now: before, another flush would have hurried what did not wait yet
            self._returned[holder] = None
            self._wake()

    def give_back(self, items: Sequence[Item]) -> None:
        """Whatever could be written of these, nobody works on them any more. Any that are settled already is fine."""
        self._queue.give_back(items)

    async def oldest_s(self, least: int, most: int) -> float:
        """Since the oldest item of chunks with so many copies came; -1: there is none."""
        oldest = await asyncio.to_thread(self._queue.oldest, self._clock.wall(), least, most)
        return -1.0 if oldest is None else oldest

    def length(self, least: int = 0, most: int = COPIES_MAX) -> int:
        """How many items wait of chunks with so many copies, as far as they are in the queue."""
        return self._queue.length(least, most)

    def _tell_length(self) -> None:
        self._length(self._queue.length())

    def _wake(self) -> None:
        for event in self._wakes:
            event.set()
