"""Re-read every chunk this node holds and check it against its address.

Disks fail silently: a bad sector is noticed only when it is read. Left alone, a second replica may fail before the
first failure is seen; scrubbing keeps that window short.

The tour follows address order and keeps its place on disk, so a restart goes on where it stopped, and what is next is
always what was checked longest ago (a chunk that is put was checked as it was put). Addresses are spread evenly, so the
share of the address space that lies behind is the share of the chunks: a tour is spread over its period by comparing
that with the share of the time. Time counts while the node is up, by its monotonic clock; a pause counts, too, which
is how a tour gets late, and then `alarm` says so. `start_now` makes a tour from the beginning as fast as the pace
allows.

A damaged or unreadable copy is reported and set aside at once and a good one is owed; it is never deleted here, because
its bytes may be the last there are. What somebody took away behind the node's back is noticed by its absence: each
bucket that the tour leaves behind is compared with what the inventory believes of it, so that the audit learns what is
missing, and at the end of a tour the store's own counters are put right.

What rots in the catalog's file is noticed at the end of a tour, too: its rows are compared with the digest that was
kept while they came. It is only told, as an alarm. Pacing is `worker.py`'s business.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

import msgspec

from dfs_core.clock import Clock
from dfs_core.encoding.upkeep_messages import ScrubStatus
from dfs_core.errors import ChunkCorrupt, ChunkNotFound, StoreError
from dfs_core.model.bucket import EMPTY, BucketSum
from dfs_core.model.ids import BUCKET_COUNT, Address
from dfs_core.replication.workers.crew import Kept
from dfs_core.replication.workers.worker import Figures
from dfs_core.store.base import ChunkStore

_log = logging.getLogger(__name__)

TOUR_NAME = "scrub"
PAGE = 8  # chunks checked in one step
SAVE_S = 30.0  # between writes of the place: so much is checked twice after a crash
LOOK_S = 30.0  # between looks at whether the next chunk is due
LATE = 1.25  # times its period: a tour that takes longer is late
_END = b"\xff" * 32
CATALOG_DAMAGED = (
    "the catalog of this node is damaged ({}): stop the node, move its catalog.sqlite* away and start it: it is made"
    " anew from the log. Where the log was cut off the start is refused; then 'dfs-core remove' it and join again"
)


class Tour(msgspec.Struct):
    """Where the tour is, as it is kept."""

    after: bytes = b""
    elapsed_s: float = 0.0
    checked: int = 0
    damaged: int = 0
    hurried: bool = False
    tours: int = 0
    missing: int = 0
    last_checked: int = 0
    last_damaged: int = 0


class Scrub:
    """The worker that checks what is held."""

    name = "scrub"

    def __init__(
        self,
        *,
        store: ChunkStore,
        kept: Kept,
        clock: Clock,
        period_ms: Callable[[], int],
        damaged_here: Callable[[Address, str], Awaitable[None]],
        passed: Callable[[int, BucketSum, int], None],
        note: Callable[[str, str], None],
    ) -> None:
        """`damaged_here` deals with a bad copy; `passed(bucket, sum, end)` hears what was met in a
        bucket, and that nothing was between it and `end`.

        `note(level, text)` is a line for people.
        """
        self._store, self._kept, self._clock, self._period_ms = store, kept, clock, period_ms
        self._damaged_here, self._passed, self._note = damaged_here, passed, note
        self.figures = Figures()
        self._tour: Tour | None = None
        self._since = self._saved_at = clock.now()
        self._bucket, self._met = 0, EMPTY  # the bucket that the tour is in, and what it has met there
        self._total = 0
        self._wake = asyncio.Event()
        self._check_catalog: Callable[[], object] | None = None
        self._catalog_wrong = ""

    def follow(self, check: Callable[[], object]) -> None:
        """This node has a catalog: `check` walks it, which blocks. StoreError: it is damaged."""
        self._check_catalog = check

    # -- what others do

    async def start_now(self) -> ScrubStatus:
        """Begin a tour from the first chunk on, and do not spread it over time."""
        tour = await self._loaded()
        self._begin(Tour(hurried=True, tours=tour.tours, missing=tour.missing))
        await self._save()
        self._wake.set()
        return await self.status()

    async def status(self) -> ScrubStatus:
        """How far the tour is."""
        tour = await self._loaded()
        self._total = (await self._store.usage()).chunks
        return ScrubStatus(
            checked=tour.checked,
            total=max(self._total, tour.checked),
            damaged=tour.damaged,
            missing=tour.missing,
            elapsed_s=self._elapsed_s(tour),
            period_s=self._period_s,
            late=self._is_late(tour),
            hurried=tour.hurried,
            tours=tour.tours,
            last_checked=tour.last_checked,
            last_damaged=tour.last_damaged,
            catalog=self._catalog_wrong,
        )

    def alarm(self) -> list[str]:
        """What is wrong with the scrub, in words; empty when nothing is."""
        wrong = [self._catalog_wrong] if self._catalog_wrong else []
        tour = self._tour
        if tour is not None and self._is_late(tour):
            days = self._elapsed_s(tour) / 86400
            wrong.append(
                f"the scrub is late: {tour.checked:,} of {self._total:,} chunks are checked since {days:.1f} days"
            )
        return wrong

    # -- the worker

    async def step(self) -> bool:
        """Check the next few chunks, if they are due. As `Worker.step`."""
        self._wake.clear()
        tour = await self._loaded()
        if not tour.hurried and _share(tour.after) > self._elapsed_s(tour) / self._period_s:
            self._show(tour)
            return False
        page = await self._store.list(Address(tour.after) if tour.after else None, PAGE)
        for address, size_bytes in page:
            await self._check(tour, address, size_bytes)
        if tour is not self._tour:  # somebody began another one meanwhile
            return True
        self._pass(page)
        tour.after = page[-1][0].digest if page else _END
        if not page and (tour.hurried or self._elapsed_s(tour) >= self._period_s):
            await self._end(tour)
        elif self._clock.now() - self._saved_at >= SAVE_S:
            await self._save()
        self._show(self._tour or tour)
        return bool(page)

    async def wait(self) -> None:
        """Until somebody wants a tour now, and not for long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK_S):
                await self._wake.wait()

    async def _check(self, tour: Tour, address: Address, size_bytes: int) -> None:
        try:
            await self._store.get(address)
        except ChunkNotFound:
            return  # it was deleted since it was listed
        except ChunkCorrupt as error:
            tour.damaged += 1
            await self._damaged_here(address, f"found by scrub: {error}")
        tour.checked += 1
        self.figures.done += 1
        self.figures.done_bytes += size_bytes

    def _pass(self, page: Sequence[tuple[Address, int]]) -> None:
        """Tell what was met in the buckets that lie behind now; an empty page is the end of all of them."""
        for address, _ in page:
            self._leave(address.bucket)
            self._met = self._met.plus(address.digest)
        if not page:
            self._leave(BUCKET_COUNT)

    def _leave(self, bucket: int) -> None:
        if self._bucket < bucket:
            self._passed(self._bucket, self._met, bucket)
            self._bucket, self._met = bucket, EMPTY

    async def _end(self, tour: Tour) -> None:
        """Put the counters right, say how it was, and begin again."""
        await self._look_at_catalog()
        before = (await self._store.usage()).chunks
        await self._store.recount()
        missing = max(0, before - (await self._store.usage()).chunks)
        if tour is not self._tour:  # as in `step`
            return
        if missing:
            self._note("error", f"scrub: {missing:,} chunk files are gone; what is missing is fetched again")
        level = "warning" if tour.damaged or missing else "info"
        self._note(level, f"scrub: {tour.checked:,} chunks are checked, {tour.damaged:,} were damaged")
        ended = Tour(tours=tour.tours + 1, missing=missing, last_checked=tour.checked, last_damaged=tour.damaged)
        self._begin(ended)
        await self._save()

    async def _look_at_catalog(self) -> None:
        if self._check_catalog is None:
            return
        try:
            await asyncio.to_thread(self._check_catalog)
        except StoreError as error:
            self._catalog_wrong = CATALOG_DAMAGED.format(error)
            self._note("error", f"scrub: {self._catalog_wrong}")
        else:
            self._catalog_wrong = ""

    # -- where it is

    async def _loaded(self) -> Tour:
        if self._tour is None:
            kept = await asyncio.to_thread(self._kept.get, TOUR_NAME)
            if self._tour is None:
                self._tour = Tour() if kept is None else msgspec.msgpack.decode(kept, type=Tour)
                self._begin(self._tour)
        return self._tour

    def _begin(self, tour: Tour) -> None:
        self._tour, self._since = tour, self._clock.now()
        after = Address(tour.after) if tour.after else None
        self._bucket, self._met = after.bucket if after else 0, EMPTY

    async def _save(self) -> None:
        assert self._tour is not None
        now = self._clock.now()
        self._tour.elapsed_s, self._since, self._saved_at = self._elapsed_s(self._tour), now, now
        self._total = (await self._store.usage()).chunks
        await asyncio.to_thread(self._kept.put, TOUR_NAME, msgspec.msgpack.encode(self._tour))

    @property
    def _period_s(self) -> float:
        return self._period_ms() / 1000

    def _elapsed_s(self, tour: Tour) -> float:
        return tour.elapsed_s + self._clock.now() - self._since

    def _is_late(self, tour: Tour) -> bool:
        return self._elapsed_s(tour) > LATE * self._period_s

    def _show(self, tour: Tour) -> None:
        share = _share(tour.after)
        self.figures.waiting = max(0, self._total - tour.checked) if tour.hurried else 0
        self.figures.detail = f"{share:.0%} of {'a tour at once' if tour.hurried else 'this tour'}"


def _share(after: bytes) -> float:
    """How much of the address space lies up to here."""
    return int.from_bytes(after[:8].ljust(8, b"\0"), "big") / 2**64
