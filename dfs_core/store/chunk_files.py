"""Chunks as files: `chunks/<3 hex>/<64 hex>`, one a chunk, never changed once it has its name.

The folder is the index: what is held is what has a name there. A chunk gets its name by these steps, each needed:

    write tmp/<address>.<n> · sync the file · rename to its name · sync the bucket's folder · answer

A crash before the rename leaves a file in tmp/, which the next start removes; after it, the whole chunk. The name is
durable only after the last step, so until then `has` says no. One thread at a time changes an address; different
addresses run side by side, and that is what makes a disk fast: four threads that sync write twice as much as one or
more (docs/store.md, "Measured"). Syncing one folder for several puts was considered: with 4,096 buckets two puts in
flight hardly ever share one.

How many chunks and bytes are held is counted in memory. A clean close leaves the count in `chunks.count`, and the next
open takes it away before anything changes; without it (a crash) open counts the files, and syncs the whole disk once,
because names found there may never have been synced.

Damage is found by reading: a file that is too short, too long or not what its name says is ChunkCorrupt.
"""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
import re
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

from dfs_core.errors import ChunkCorrupt, ChunkNotFound, StoreError, StoreFull
from dfs_core.limits import SEALED_BYTES_MAX
from dfs_core.model.ids import Address
from dfs_core.store import count
from dfs_core.store.base import Buffer, Durability, Usage, check_content, reserve_bytes, size_of
from dfs_core.store.disk import Disk, our_errors, store_error

_BUCKET = re.compile(r"[0-9a-f]{3}")
_CHUNK = re.compile(r"[0-9a-f]{64}")
_TEMPORARY = re.compile(r"[0-9a-f]{64}\.[0-9]+|chunks\.count")
_HERE = "this node"
_RECOUNTS = 3  # tries to find a moment without changes


class ChunkFiles:
    """Every call blocks and may run in any thread, many at once. Promises and errors are those of `ChunkStore`."""

    def __init__(self, folder: Path, *, capacity_bytes: int | None, durability: Durability, disk: Disk) -> None:
        self._folder = str(folder)
        self._chunks = f"{folder}/chunks"
        self._tmp = f"{folder}/tmp"
        self._quarantined = f"{folder}/quarantine"
        self._capacity_bytes = capacity_bytes
        self._durable = durability == "durable"
        self._disk = disk
        self._serial = itertools.count()
        self._change = threading.Condition()  # guards all below
        self._busy: set[Address] = set()  # one thread at a time changes an address
        self._unsettled: set[Address] = set()  # has its name, but the name is not durable yet
        self._buckets: set[str] = set()  # folders whose names are durable
        self._held = count.Count(0, 0)
        self._changes = 0  # of the count, so far
        self._pending_bytes = 0  # of puts under way
        self._closed = False

    # -- opening and closing

    def open(self) -> None:
        with our_errors(self._folder):
            for folder in (self._chunks, self._tmp, self._quarantined):
                self._disk.ensure_folder(folder)
            for name in filter(_TEMPORARY.fullmatch, os.listdir(self._tmp)):  # a crash left it
                self._disk.unlink(f"{self._tmp}/{name}")
            held = count.take(self._folder, self._disk)
            if held is None:
                held = count.count_files(self._chunks)
                if held.chunks and self._durable:  # a crash may have come between a rename and its sync
                    self._disk.sync_everything()
            self._held = held
            if self._durable:
                self._buckets = set(os.listdir(self._chunks))

    def close(self) -> None:
        with self._change:
            settled = not self._busy and not self._closed and self._durable
            self._closed = True
        if settled:
            with our_errors(self._folder):
                count.leave(self._folder, self._held, self._disk)

    # -- one address

    def _path(self, address: Address) -> str:
        text = str(address)
        return f"{self._chunks}/{text[:3]}/{text}"

    @contextlib.contextmanager
    def _changing(self, address: Address) -> Iterator[None]:
        """Inside, no other thread changes this address."""
        with self._change:
            while address in self._busy:
                self._change.wait()
            if self._closed:
                raise ValueError("the chunk store is closed")
            self._busy.add(address)
        try:
            yield
        finally:
            with self._change:
                self._busy.remove(address)
                self._change.notify_all()

    def set_capacity(self, capacity_bytes: int) -> None:
        """From now on there is room for so much."""
        self._capacity_bytes = capacity_bytes

    @contextlib.contextmanager
    def _room(self, size_bytes: int) -> Iterator[None]:
        """Inside, `size_bytes` are set aside for one put. StoreFull: there is no room."""
        with self._change:
            usage = self.usage()
            if size_bytes > usage.free_bytes:
                raise StoreFull(
                    f"{self._folder} is full: {usage.stored_bytes} of {usage.capacity_bytes} bytes are used, and "
                    f"{reserve_bytes(usage.capacity_bytes)} bytes of the disk stay reserved; free space or add a node"
                )
            self._pending_bytes += size_bytes
        try:
            yield
        finally:
            with self._change:
                self._pending_bytes -= size_bytes

    def _recount(self, chunks: int, size_bytes: int) -> None:
        with self._change:
            self._changes += 1
            self._held = count.Count(self._held.chunks + chunks, self._held.stored_bytes + size_bytes)

    def put(self, address: Address, data: Buffer, verify: bool) -> bool:
        size_bytes = size_of(data)
        if verify:
            check_content(address, data)
        with our_errors(self._folder), self._changing(address):
            try:
                self.get(address, verify=True)
                return False
            except ChunkNotFound:
                damaged = False
            except ChunkCorrupt:
                damaged = True
            with self._room(size_bytes):
                self._write(address, data, damaged)
                self._recount(1, size_bytes)
        return True

    def _write(self, address: Address, data: Buffer, damaged: bool) -> None:
        path = self._path(address)
        bucket = os.path.dirname(path)
        temporary = f"{self._tmp}/{address}.{next(self._serial)}"
        self._disk.write_new(temporary, data, sync=self._durable)
        try:
            self._ensure_bucket(bucket)
            if damaged:
                self._set_aside(address)
            self._unsettled.add(address)
            self._disk.rename(temporary, path)
        except BaseException:
            self._unsettled.discard(address)
            with contextlib.suppress(OSError):  # the first error is the one to tell
                self._disk.unlink(temporary)
            raise
        try:
            self._sync_folder(bucket)
        except BaseException:  # nobody was told that it is here, and it may not stay
            with contextlib.suppress(OSError):
                self._disk.unlink(path)
            raise
        finally:
            self._unsettled.discard(address)

    def _ensure_bucket(self, bucket: str) -> None:
        name = os.path.basename(bucket)
        if name not in self._buckets:  # two threads may both come here: each syncs before it goes on
            self._disk.ensure_folder(bucket, sync=self._durable)
            self._buckets.add(name)

    def _sync_folder(self, folder: str) -> None:
        if self._durable:
            self._disk.sync_folder(folder)

    def get(self, address: Address, verify: bool) -> bytes:
        with self._opened(address) as file:
            size_bytes = os.fstat(file).st_size
            if size_bytes > SEALED_BYTES_MAX:  # before its bytes take memory
                raise ChunkCorrupt(str(address), _HERE)
            data = self._read(file, address, size_bytes, 0)
        if verify:
            check_content(address, data, _HERE)
        return data

    def get_range(self, address: Address, start: int, length: int) -> bytes:
        with self._opened(address) as file:
            return self._read(file, address, min(length, SEALED_BYTES_MAX), start)

    @contextlib.contextmanager
    def _opened(self, address: Address) -> Iterator[int]:
        path = self._path(address)
        with our_errors(path):
            try:
                file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            except FileNotFoundError:
                self._check_mounted()
                raise ChunkNotFound(str(address), "this node has no copy") from None
        try:
            yield file
        finally:
            os.close(file)

    def _read(self, file: int, address: Address, length: int, start: int) -> bytes:
        try:
            return os.pread(file, length, start)
        except OSError as error:
            if error.errno in (errno.EIO, errno.EISDIR):  # a bad sector, or no file at all: this copy is lost
                raise ChunkCorrupt(str(address), f"{_HERE} ({error.strerror})") from error
            raise store_error(error, self._path(address)) from error

    def which(self, addresses: Sequence[Address]) -> list[bool]:
        held: list[bool] = []
        with our_errors(self._chunks):
            for address in addresses:
                found = self._size_of(address) is not None
                held.append(found and address not in self._unsettled)  # in this order: see _write
            if not all(held):
                self._check_mounted()
        return held

    def _size_of(self, address: Address) -> int | None:
        """Of the file, whatever is in it. None: there is none; any other trouble is not taken for that."""
        try:
            return os.lstat(self._path(address)).st_size
        except FileNotFoundError:
            return None

    def _check_mounted(self) -> None:
        """A disk that went away looks like an empty one: never say that a chunk is missing because of that."""
        try:
            os.stat(self._chunks)
        except FileNotFoundError:
            raise StoreError(f"{self._chunks} is gone: is its disk mounted? Mount it, then restart the node") from None

    def delete(self, address: Address) -> bool:
        path = self._path(address)
        with our_errors(path), self._changing(address):
            size_bytes = self._size_of(address)
            if size_bytes is None:
                self._check_mounted()
                return False
            self._disk.unlink(path)
            self._recount(-1, -size_bytes)
            self._sync_folder(os.path.dirname(path))
        return True

    def quarantine(self, address: Address) -> bool:
        with our_errors(self._path(address)), self._changing(address):
            try:
                self.get(address, verify=True)
            except ChunkNotFound:
                return False
            except ChunkCorrupt:
                self._set_aside(address)
                return True
        return False

    def _set_aside(self, address: Address) -> None:
        path = self._path(address)
        size_bytes = os.lstat(path).st_size
        target = f"{self._quarantined}/{address}"
        while os.path.lexists(target):  # damaged before: keep that copy too
            target = f"{self._quarantined}/{address}.{next(self._serial)}"
        self._disk.rename(path, target)
        self._recount(-1, -size_bytes)
        self._sync_folder(self._quarantined)
        self._sync_folder(os.path.dirname(path))

    # -- all of it

    def page(self, after: Address | None, limit: int) -> list[tuple[Address, int]]:
        first = "" if after is None else str(after)
        page: list[tuple[Address, int]] = []
        with our_errors(self._chunks):
            for bucket in sorted(filter(_BUCKET.fullmatch, os.listdir(self._chunks))):
                if bucket < first[:3]:
                    continue
                for name in self._names_in(bucket):
                    if name <= first:
                        continue
                    address = Address.parse(name)
                    size_bytes = self._size_of(address)
                    if size_bytes is None or address in self._unsettled:  # deleted meanwhile, or not quite put
                        continue
                    page.append((address, size_bytes))
                    if len(page) == limit:
                        return page
        return page

    def _names_in(self, bucket: str) -> list[str]:
        """What a bucket's folder holds, in order, without what is none of ours."""
        try:
            names = os.listdir(f"{self._chunks}/{bucket}")
        except NotADirectoryError:
            return []
        return sorted(name for name in names if _CHUNK.fullmatch(name) and name.startswith(bucket))

    def recount(self) -> None:
        """Count the files, and believe it if nothing changed meanwhile."""
        for _ in range(_RECOUNTS):
            with self._change:
                changes, quiet = self._changes, not self._busy
            with our_errors(self._chunks):
                held = count.count_files(self._chunks)
            with self._change:
                if quiet and changes == self._changes and not self._busy:
                    self._held = held
                    return

    def usage(self) -> Usage:
        with our_errors(self._chunks):
            disk = os.statvfs(self._chunks)
        whole_bytes = disk.f_blocks * disk.f_frsize
        capacity_bytes = whole_bytes if self._capacity_bytes is None else self._capacity_bytes
        with self._change:
            held, pending_bytes = self._held, self._pending_bytes
        below_capacity = capacity_bytes - held.stored_bytes
        above_reserve = disk.f_bavail * disk.f_frsize - reserve_bytes(capacity_bytes)
        free_bytes = max(0, min(below_capacity, above_reserve) - pending_bytes)
        return Usage(held.chunks, held.stored_bytes, capacity_bytes, free_bytes)
