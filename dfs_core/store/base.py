"""The contract between a node and the place where its chunks lie.

A chunk store is a map from address to sealed bytes. Chunks are immutable and name themselves, so there is no update,
no lock and no transaction: a chunk is there whole, or it is not there.

Content is verified here, in the thread that moves the bytes: hashing 1 MiB costs about 0.15 ms and a second
trip to a thread nearly as much again (docs/store.md, "Measured"). So `put` refuses bytes that do not hash to their
address, and `get` returns right bytes or raises. `verify=False` is for a caller that has just hashed these very bytes.

The promises are tested by `dfs_core.testing.store_contract`, which every backend runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from blake3 import blake3

from dfs_core.errors import ChunkCorrupt
from dfs_core.limits import RESERVE_BYTES_MIN, RESERVE_PERCENT, SEALED_BYTES_MAX
from dfs_core.model.ids import Address

Buffer = bytes | bytearray | memoryview
Durability = Literal["durable", "relaxed"]  # relaxed: a power cut may take what the last half minute put or deleted


@dataclass(frozen=True, slots=True)
class Usage:
    """How much a store holds and how much more it would take. Quarantined copies are not counted."""

    chunks: int
    stored_bytes: int
    capacity_bytes: int
    free_bytes: int  # what may still be put: the reserve is taken off, never negative


class ChunkStore(Protocol):
    """Chunks by address. Any number of calls may run at once, on the same address too.

    Every call may raise StoreError: the place itself cannot be used (not mounted, not writable, failing), and nothing
    is known about the chunk.
    """

    async def put(self, address: Address, data: Buffer, *, verify: bool = True) -> bool:
        """Keep a chunk. True: it is new here. False: a sound copy was here already.

        Durable: the chunk survives a power cut once this returned, whichever it returned (unless the store was opened
        as relaxed). Atomic: no reader ever sees a part. Idempotent: a second put changes nothing; of several at once
        exactly one returns True. A damaged copy that is in the way goes to quarantine and is replaced. Cancellable: it
        ends what it began before it raises CancelledError, so the chunk is then there whole or not at all.
        Buffer: `data` is borrowed until this returns or raises, also when cancelled.
        ChunkCorrupt: `data` does not hash to `address` (with `verify`); nothing was stored.
        StoreFull: it would eat the reserve or exceed the capacity, or the disk is full; nothing was stored.
        ValueError: `data` is larger than any sealed chunk.
        """
        ...

    async def get(self, address: Address, *, verify: bool = True) -> bytes:
        """The chunk's bytes, checked against `address`. They are the caller's own. Safe to cancel.

        ChunkNotFound: this store has no copy.
        ChunkCorrupt: its copy is damaged, too large or unreadable; `quarantine` it and fetch another.
        """
        ...

    async def get_range(self, address: Address, start: int, length: int) -> bytes:
        """Up to `length` bytes from `start` on, cut at the chunk's end. **Not verified**: only the whole can be.

        For a caller that puts the whole together and checks that. ChunkNotFound as for `get`. Safe to cancel.
        """
        ...

    async def has(self, address: Address) -> bool:
        """Whether a durable copy is here. Its content is not looked at. Safe to cancel."""
        ...

    async def which(self, addresses: Sequence[Address]) -> list[bool]:
        """`has` for each of `addresses`, in their order, at the cost of one trip to a thread."""
        ...

    async def delete(self, address: Address) -> bool:
        """Forget a chunk. True: it was here. Its space is free again.

        Durable: it does not come back after a power cut. Idempotent. Works on a full disk. Cancellable: as `put`.
        """
        ...

    async def quarantine(self, address: Address) -> bool:
        """Set a damaged copy aside, bytes and all, so that a sound one can be put. True: one was set aside.

        The copy is read again first, and a sound one stays: another task may have repaired it meanwhile. Durable,
        idempotent, cancellable as `put`. What is in quarantine is never deleted here: it may be the last copy.
        """
        ...

    async def list(self, after: Address | None, limit: int) -> list[tuple[Address, int]]:
        """Up to `limit` chunks above `after` with their sizes in bytes, in address order. Empty at the end.

        A chunk that is here during the whole walk is listed exactly once; one put or deleted meanwhile may or may not.
        """
        ...

    def set_capacity(self, capacity_bytes: int) -> None:
        """From now on the store may hold so much. What is there stays, also when it is more; never blocks."""
        ...

    async def usage(self) -> Usage:
        """How full the store is now."""
        ...

    async def recount(self) -> None:
        """Look at what is there, and have `usage` tell that: chunks may have been taken away behind the store's back.

        While chunks come and go all the time, the counts may stay as they are. Safe to cancel and to repeat.
        """
        ...

    async def close(self) -> None:
        """Release what is held. To be called once no other call is under way; none may follow."""
        ...


def check_content(address: Address, data: Buffer, where: str = "") -> None:
    """Raise ChunkCorrupt unless `data` hashes to `address`. Costs about 0.15 ms a MiB: call it in a thread."""
    if blake3(data).digest() != address.digest:
        raise ChunkCorrupt(str(address), where)


def size_of(data: Buffer) -> int:
    """How many bytes a chunk to be put has. ValueError: more than a sealed chunk may have."""
    size_bytes = memoryview(data).nbytes
    if size_bytes > SEALED_BYTES_MAX:
        raise ValueError(f"a sealed chunk has at most {SEALED_BYTES_MAX} bytes, got {size_bytes}")
    return size_bytes


def reserve_bytes(capacity_bytes: int) -> int:
    """How much of the disk under a store of this capacity no chunk may take."""
    return max(RESERVE_BYTES_MIN, capacity_bytes * RESERVE_PERCENT // 100)
