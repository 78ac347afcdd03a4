"""What this node holds, a sum a bucket: kept up with every change, and told to whoever asks, as far as it changed.

`Inventory` is the sums. `InventoriedStore` is the chunk store that everybody on this node uses: it tells the inventory
of each put and delete. At a start the store is walked through, in pages, while it is in use; a bucket counts as counted
only if nothing in it changed while it was listed, otherwise it is listed again.

A sum can go wrong where the store's answer does not say what happened: a call was cancelled or failed, two changes of
one chunk overlapped, or files were taken away behind the node's back. So such a bucket is *doubted* and counted again
soon, and all the others now and then (`TOUR_S` a bucket). A wrong sum is never a danger: before anything is deleted,
holders are asked for the chunk itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from dfs_core.clock import Clock
from dfs_core.encoding.inventory_messages import BUCKET_SUM, CHUNK_HELD, AskBucket, BucketListed, InventoryKnown
from dfs_core.errors import ChunkNotFound, RemoteProtocolError, StoreError
from dfs_core.limits import BUCKET_PAGE_MAX
from dfs_core.model.bucket import DIGEST_BYTES, EMPTY, BucketSum, before_bucket
from dfs_core.model.ids import BUCKET_COUNT, Address
from dfs_core.store.base import Buffer, ChunkStore, Usage

Counted = TypeVar("Counted", Address, int)

PAGE = 1024  # chunks listed at once
DOUBT_S = 0.25  # between two buckets that are counted again because of a doubt
TOUR_S = 5.0  # and without one: all of them in less than six hours


class _Change:
    """A change under way, as `InventoriedStore` fills it in."""

    by = 0  # +1: the chunk is new here; -1: it is gone
    sure = False


class Inventory:
    """A sum for each bucket. Everything happens in the event loop."""

    def __init__(self, nonce: bytes) -> None:
        """`nonce`: other than at any start before."""
        self._nonce = nonce
        self._sums: dict[int, BucketSum] = {}  # of those that are not empty
        self._changed: dict[int, int] = {}  # bucket → sequence of its last change, oldest first
        self._sequence = 0
        self._uncounted = set(range(BUCKET_COUNT))
        self._doubted: dict[int, None] = {}
        self._changing: dict[Address, int] = {}  # changes under way
        self._busy: dict[int, int] = {}  # the same, by bucket
        self._touched: set[int] = set()  # since the listing under way began
        self._moved = asyncio.Event()
        self._doubts = asyncio.Event()

    # -- what is known

    @property
    def counted(self) -> bool:
        """All buckets were counted since the start."""
        return not self._uncounted

    def sum_of(self, bucket: int) -> BucketSum:
        """What is held of this bucket, as far as it is counted."""
        return self._sums.get(bucket, EMPTY)

    def known(self, nonce: bytes, since: int) -> InventoryKnown:
        """What changed since an asker's last answer; everything, if that was of another start."""
        if nonce != self._nonce:
            since = 0
        changed: list[bytes] = []
        for bucket, sequence in reversed(self._changed.items()):
            if sequence <= since:
                break
            found = self.sum_of(bucket)
            changed.append(BUCKET_SUM.pack(bucket, found.digest.to_bytes(DIGEST_BYTES, "big"), found.chunks))
        return InventoryKnown(self._nonce, self._sequence, self.counted, b"".join(changed))

    async def list_bucket(self, store: ChunkStore, request: AskBucket) -> BucketListed:
        """The chunks themselves, of one bucket. RemoteProtocolError: there is no such bucket. InvalidInput: address."""
        if not 0 <= request.bucket < BUCKET_COUNT:
            raise RemoteProtocolError(f"buckets are 0 to {BUCKET_COUNT - 1}, not {request.bucket}")
        after = Address(request.after) if request.after else before_bucket(request.bucket)
        limit = min(BUCKET_PAGE_MAX, self.sum_of(request.bucket).chunks + 1)  # no look into the buckets behind it
        page = await store.list(after, limit)
        inside = [(address, size) for address, size in page if address.bucket == request.bucket]
        packed = b"".join(CHUNK_HELD.pack(address.digest, size) for address, size in inside)
        return BucketListed(packed, more=len(inside) == limit)

    # -- changes

    @contextmanager
    def changing(self, address: Address) -> Iterator[_Change]:
        """Around a change of the store. What it came to is noted at the end, or the bucket is doubted."""
        bucket = address.bucket
        overlaps = address in self._changing
        self._changing[address] = self._changing.get(address, 0) + 1
        self._busy[bucket] = self._busy.get(bucket, 0) + 1
        self._touched.add(bucket)
        change = _Change()
        try:
            yield change
        finally:
            overlaps = overlaps or self._changing[address] > 1
            _less(self._changing, address)
            _less(self._busy, bucket)
            self._touched.add(bucket)
            if bucket not in self._uncounted:
                if change.by:
                    before = self.sum_of(bucket)
                    self._set(bucket, before.plus(address.digest) if change.by > 0 else before.minus(address.digest))
                if overlaps or not change.sure:
                    self.doubt(bucket)
            self._moved.set()

    def compare(self, bucket: int, found: BucketSum, end: int) -> None:
        """Somebody has just walked through this bucket and met that, and nothing between it and `end`.

        Buckets of which that is news are counted again.
        """
        for passed in [bucket, *self._filled_between(bucket, end)]:
            if passed not in self._uncounted and self.sum_of(passed) != (found if passed == bucket else EMPTY):
                self.doubt(passed)

    def _filled_between(self, bucket: int, end: int) -> list[int]:
        """The buckets behind this one and before `end` that are believed to hold something."""
        between = range(bucket + 1, end)
        if len(between) > len(self._sums):
            return sorted(filled for filled in self._sums if filled in between)
        return [passed for passed in between if passed in self._sums]

    def doubt(self, bucket: int) -> None:
        """Have this bucket counted again soon."""
        self._doubted[bucket] = None
        self._doubts.set()

    def _set(self, bucket: int, found: BucketSum) -> None:
        if found == self.sum_of(bucket):
            return
        if found.chunks or found.digest:
            self._sums[bucket] = found
        else:
            self._sums.pop(bucket, None)
        self._sequence += 1
        self._changed.pop(bucket, None)
        self._changed[bucket] = self._sequence

    # -- counting

    async def run(self, store: ChunkStore, clock: Clock) -> None:
        """Count everything, then what is doubted, then all again, slowly, for ever. `store`: the bare one."""
        while not self.counted:
            try:
                await self._count_all(store)
                for bucket in sorted(self._uncounted):
                    await self.count(store, bucket)
            except StoreError:  # a disk that fails now may not for ever; what was counted stays
                await clock.sleep(TOUR_S)
        tour = 0
        while True:
            self._doubts.clear()
            if not self._doubted:
                try:
                    async with asyncio.timeout(TOUR_S):
                        await self._doubts.wait()
                except TimeoutError:
                    tour = (tour + 1) % BUCKET_COUNT
                    self._doubted[tour] = None
            bucket = next(iter(self._doubted))
            del self._doubted[bucket]
            try:
                await self.count(store, bucket)
            except StoreError:
                self._doubted[bucket] = None
            await clock.sleep(DOUBT_S)

    async def _count_all(self, store: ChunkStore) -> None:
        """Walk through the store once; buckets that change meanwhile stay uncounted."""
        after: Address | None = None
        bucket, found = 0, EMPTY
        self._touched.clear()
        while True:
            self._touched = {touched for touched in self._touched if touched <= bucket}
            self._touched |= self._busy.keys()
            page = await store.list(after, PAGE)
            for address, _ in page:
                if address.bucket != bucket:
                    self._accept_all(bucket, address.bucket, found)
                    bucket, found = address.bucket, EMPTY
                found = found.plus(address.digest)
            if not page:
                self._accept_all(bucket, BUCKET_COUNT, found)
                return
            after = page[-1][0]

    def _accept_all(self, bucket: int, end: int, found: BucketSum) -> None:
        """The walk has passed `bucket`, in which it found this, and has met nothing between it and `end`."""
        passed = self._uncounted.intersection(range(bucket, end)) - self._touched
        for filled in [bucket, *self._filled_between(bucket, end)]:
            if filled in passed:
                self._set(filled, found if filled == bucket else EMPTY)
        if passed:
            self._uncounted -= passed
            self._sequence += self.counted  # that is news, too

    def _accept(self, bucket: int, found: BucketSum) -> None:
        self._set(bucket, found)
        if bucket in self._uncounted:
            self._uncounted.remove(bucket)
            self._sequence += self.counted  # that is news, too

    async def count(self, store: ChunkStore, bucket: int) -> None:
        """List one bucket and know its sum, whatever is believed of it now. StoreError: it stays as it was."""
        while True:
            while bucket in self._busy:
                self._moved.clear()
                await self._moved.wait()
            self._touched.discard(bucket)
            found, after = EMPTY, before_bucket(bucket)
            while True:
                page = await store.list(after, PAGE)
                inside = [address for address, _ in page if address.bucket == bucket]
                for address in inside:
                    found = found.plus(address.digest)
                if not inside or len(inside) < len(page) or len(page) < PAGE:
                    break
                after = inside[-1]
            if bucket not in self._touched:
                self._accept(bucket, found)
                return


def _less(counts: dict[Counted, int], key: Counted) -> None:
    counts[key] -= 1
    if not counts[key]:
        del counts[key]


class InventoriedStore(ChunkStore):
    """A chunk store whose changes an inventory hears of. Its promises are those of the store within."""

    def __init__(self, store: ChunkStore, inventory: Inventory) -> None:
        self._store, self._inventory = store, inventory

    async def put(self, address: Address, data: Buffer, *, verify: bool = True) -> bool:
        with self._inventory.changing(address) as change:
            had = await self._store.has(address)  # a damaged copy is replaced, and that is new as well
            new = await self._store.put(address, data, verify=verify)
            change.by, change.sure = int(new and not had), True
        return new

    async def delete(self, address: Address) -> bool:
        with self._inventory.changing(address) as change:
            was_here = await self._store.delete(address)
            change.by, change.sure = -int(was_here), True
        return was_here

    async def quarantine(self, address: Address) -> bool:
        with self._inventory.changing(address) as change:
            set_aside = await self._store.quarantine(address)
            change.by, change.sure = -int(set_aside), True
        return set_aside

    async def get(self, address: Address, *, verify: bool = True) -> bytes:
        try:
            return await self._store.get(address, verify=verify)
        except ChunkNotFound:
            self._inventory.doubt(address.bucket)  # somebody thought that it is here
            raise

    async def get_range(self, address: Address, start: int, length: int) -> bytes:
        return await self._store.get_range(address, start, length)

    async def has(self, address: Address) -> bool:
        return await self._store.has(address)

    async def which(self, addresses: Sequence[Address]) -> list[bool]:
        return await self._store.which(addresses)

    async def list(self, after: Address | None, limit: int) -> list[tuple[Address, int]]:
        return await self._store.list(after, limit)

    def set_capacity(self, capacity_bytes: int) -> None:
        self._store.set_capacity(capacity_bytes)

    async def usage(self) -> Usage:
        return await self._store.usage()

    async def recount(self) -> None:
        await self._store.recount()

    async def close(self) -> None:
        await self._store.close()
