"""The fence: how far this holder has carried out what the log condemned, and that nobody counts on it sooner.

Carrying out a verdict is deleting its chunks from the own store. It is done entry by entry in the order of the log;
how far is a number on disk, written only once everything up to it is deleted. A store, a "have you?" or a confirmation
names `as_of`, a log index, and is answered only when the fence has reached it. So whatever was answered with `as_of` is
there *after* all verdicts up to it, and can only be deleted by a later one, which applying compares with `as_of`
(`catalog/pages.py`). A crash in between carries the same verdict out once more; nobody was answered with it yet, so no
copy that counts can fall to it.

    asked with as_of ──▶ fence < as_of: wait, at most REACH_S, then FenceBehind (this holder counts as unreachable)
                         fence ≥ as_of: look, store, confirm, answer

Verdicts come from the node's own catalog, or, on a vault, from what a majority of the voters say alike (`verdicts.py`).
A verdict that the log has forgotten is known to nobody, so nobody carries it out, however long a node was away: what it
left behind is found by the audit and condemned anew.

Which `as_of` to name is decided here, too. Any index is safe; a low one is refused more often, a high one makes holders
wait. So the lowest fence that a reachable holder has reported is named, unless one of the chunks was condemned since.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from dfs_core.catalog.facts import Verdict
from dfs_core.clock import Clock
from dfs_core.errors import DfsError, FenceBehind
from dfs_core.model.ids import Address
from dfs_core.store.base import ChunkStore

_log = logging.getLogger(__name__)

REACH_S = 1.5  # an asker gives up after two seconds
RETRY_S = 1.0  # after a failing disk, or when no majority of the voters could be asked
FENCE_NAME = "fence"
_DELETES_AT_ONCE = 8


class VerdictSource(Protocol):
    """Where verdicts come from. `poll_s`: how often to ask when nobody wakes the fence."""

    poll_s: float | None

    @property
    def read_to(self) -> int:
        """Every verdict up to this log index is known."""
        ...

    @property
    def newest(self) -> int:
        """The newest verdict that is known. Read after `read_to`, it is no older than what that covers."""
        ...

    @property
    def horizon(self) -> int:
        """Verdicts up to here are forgotten."""
        ...

    async def verdict(self, after: int) -> Verdict:
        """The oldest verdict behind `after`; one without addresses when none of those up to its index is in force."""
        ...

    async def condemned(self, addresses: Sequence[Address]) -> dict[bytes, int]:
        """Those of these chunks that are condemned, and by which entry."""
        ...


class Kept(Protocol):
    """The part of a node's state that the fence needs. Both calls block."""

    def get(self, name: str) -> bytes | None: ...
    def put(self, name: str, value: bytes) -> None: ...


class Fence:
    """One node's fence. Make it, `follow` where verdicts come from, `run` it."""

    def __init__(
        self,
        *,
        store: ChunkStore,
        kept: Kept,
        clock: Clock,
        source: VerdictSource,
        slowest: Callable[[], int],
        carried_out: Callable[[int, int], None],
    ) -> None:
        """Blocks while it reads `kept`. `slowest()`: the lowest fence among the holders that can be reached.

        `carried_out(index, chunks)` hears of each step, and how many chunks it deleted here.
        """
        self._store, self._kept, self._clock, self._source = store, kept, clock, source
        self._slowest, self._carried_out = slowest, carried_out
        self._up_to = int.from_bytes(kept.get(FENCE_NAME) or b"", "big")
        self._wake = asyncio.Event()
        self._moved = asyncio.Event()

    # -- what is known

    @property
    def up_to(self) -> int:
        """Every verdict up to this log index is carried out here, and that is on disk."""
        return self._up_to

    @property
    def newest(self) -> int:
        """The newest verdict this node knows: the strictest `as_of` it can name."""
        return max(self._up_to, self._source.newest)

    async def as_of(self, addresses: Iterable[Address]) -> int:
        """The log index to name to the holders of these chunks: one that they need not wait for, if any will do."""
        newest = self.newest
        slowest = min(newest, self._slowest())
        if slowest == newest or slowest < self._source.horizon:
            return newest
        condemned = await self._source.condemned(list(addresses))
        return max([newest, *condemned.values()]) if any(at > slowest for at in condemned.values()) else slowest

    # -- waiting for it

    async def reach(self, as_of: int) -> None:
        """Return once every verdict up to `as_of` is carried out here and that is on disk. FenceBehind."""
        if self._is_reached(as_of):
            return
        try:
            async with asyncio.timeout(REACH_S):
                while not self._is_reached(as_of):
                    self._wake.set()
                    await self._moved.wait()
        except TimeoutError:
            raise FenceBehind(as_of, self._up_to) from None

    def _is_reached(self, as_of: int) -> bool:
        if as_of <= self._up_to:
            return True
        read_to = self._source.read_to  # first: see `newest`
        return as_of <= read_to and self._source.newest <= self._up_to

    # -- moving it

    def follow(self, source: VerdictSource) -> None:
        """Take verdicts from `source` from now on."""
        self._source = source
        self._wake.set()

    def look(self) -> None:
        """The source has read further."""
        if self._source.newest > self._up_to:
            self._wake.set()
        self._tell()

    async def run(self) -> None:
        """Carry out, for ever."""
        while True:
            self._wake.clear()
            try:
                while await self.step():
                    pass
            except DfsError as error:
                _log.warning("what was condemned stays for now: %s", error)
                await self._clock.sleep(RETRY_S)
                continue
            try:
                async with asyncio.timeout(self._source.poll_s):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def step(self) -> bool:
        """Carry out the next verdict. False: there is none. StoreError: it is met again, whole."""
        verdict = await self._source.verdict(self._up_to)
        if verdict.index <= self._up_to:
            return False
        gone = await self._delete([Address(address) for address in verdict.addresses])
        await self._save(verdict.index)
        self._up_to = verdict.index
        self._tell()
        self._carried_out(verdict.index, gone)
        return True

    async def _delete(self, addresses: Sequence[Address]) -> int:
        gone = 0
        for start in range(0, len(addresses), _DELETES_AT_ONCE):
            some = addresses[start : start + _DELETES_AT_ONCE]
            gone += sum(await asyncio.gather(*(self._store.delete(address) for address in some)))
        return gone

    async def _save(self, index: int) -> None:
        await asyncio.to_thread(self._kept.put, FENCE_NAME, index.to_bytes(8, "big"))

    def _tell(self) -> None:
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()
