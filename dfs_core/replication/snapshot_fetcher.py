"""Getting a catalog snapshot when the leader has cut off what this node lacks, and making it this node's own.

    wanted by the core → pages into `snapshot.part` → whole, hash right, rows right: `snapshot.incoming`
        → the core takes it → the writer installs: catalog, then log → the file goes

Everything else goes on meanwhile. What has come is kept, with its name, so that after a lost link or a restart of this
node it goes on where it was. From when it has the name `snapshot.incoming` it is a promise: whatever crashes then, the
next start installs it (`finish_incoming`). The log begins behind it only after the catalog has it durably; installing
again is harmless.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from blake3 import blake3

from dfs_core.catalog.apply import Applier
from dfs_core.catalog.database import sync_folder
from dfs_core.catalog.log import LogStore
from dfs_core.catalog.snapshot import check_snapshot, snapshot_place
from dfs_core.clock import Clock
from dfs_core.encoding.snapshot_messages import FetchSnapshot, SnapshotPage
from dfs_core.errors import DfsError, RemoteProtocolError, StoreError, StoreFull
from dfs_core.limits import MIB, SNAPSHOT_PAGE_BYTES
from dfs_core.model.ids import NodeId
from dfs_core.model.raft_ready import SnapshotPlace, SnapshotWanted
from dfs_core.transport.peers import Peers

_log = logging.getLogger(__name__)

INCOMING_NAME, PART_NAME = "snapshot.incoming", "snapshot.part"
PAGE_TIMEOUT_S = 60.0  # until the first page: the other node may have to write the snapshot first
RETRY_S = 1.0
NAME_BYTES = 32


class SnapshotFetcher:
    """This node's way to a snapshot. `run` fetches one at a time; `install` and `installed` are the consensus's."""

    def __init__(
        self,
        *,
        folder: Path,
        log: LogStore,
        applier: Applier,
        peers: Peers,
        clock: Clock,
        installed: Callable[[], None],
    ) -> None:
        """`installed()` hears in the loop that the whole catalog is another one."""
        self._folder, self._log, self._applier = folder, log, applier
        self._peers, self._clock, self._on_installed = peers, clock, installed
        self._wanted: SnapshotWanted | None = None
        self._source: NodeId | None = None  # that the part came from
        self._wake = asyncio.Event()
        self._offer: Callable[[SnapshotPlace], bool] = lambda place: False

    def offer_to(self, offer: Callable[[SnapshotPlace], bool]) -> None:
        """`offer(place)` asks the core whether it takes a snapshot that is whole here."""
        self._offer = offer

    def want(self, wanted: SnapshotWanted) -> None:
        """The core lacks what `wanted.source` has cut off. Repeated while it does."""
        self._wanted = wanted
        self._wake.set()

    async def run(self) -> None:
        """Fetch what is wanted, for ever."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            wanted, self._wanted = self._wanted, None
            if wanted is None or (self._folder / INCOMING_NAME).exists():  # the last one is being installed
                continue
            try:
                await self._fetch(wanted)
            except DfsError as error:
                _log.warning("the catalog snapshot did not come yet: %s", error)
                await self._clock.sleep(RETRY_S)

    async def _fetch(self, wanted: SnapshotWanted) -> None:
        part = self._folder / PART_NAME
        name, offset = await asyncio.to_thread(_resume, part)
        total = -1
        while offset != total:
            source = self._source if self._source in self._peers.alive() else NodeId(wanted.source)
            assert source is not None
            reply, data = await self._peers.fetch_bytes(
                source,
                FetchSnapshot(wanted.index, name, offset),
                size_max=SNAPSHOT_PAGE_BYTES,
                timeout_s=PAGE_TIMEOUT_S,
            )
            assert isinstance(reply, SnapshotPage)
            if reply.snapshot != name or reply.offset != offset:
                name, offset = reply.snapshot, 0
            if reply.offset != offset or not 0 < reply.size <= reply.total - offset or len(name) != NAME_BYTES:
                raise RemoteProtocolError("a snapshot page that does not follow the last one")
            if not offset:
                _log.info("a catalog snapshot of %d bytes comes from %s", reply.total, source.short)
            self._source = source
            await asyncio.to_thread(_append, part, name, offset, data)
            offset, total = offset + reply.size, reply.total
        self._source = None
        place = await asyncio.to_thread(_complete, part, self._folder / INCOMING_NAME, name)
        if not self._offer(place):
            (self._folder / INCOMING_NAME).unlink()

    def install(self, place: SnapshotPlace) -> None:
        """Make the snapshot that the core took this node's catalog, and have the log begin behind it. Blocks."""
        incoming = self._folder / INCOMING_NAME
        self._applier.install(incoming)
        self._log.install(place)
        incoming.unlink()
        _log.info("the catalog is that of a snapshot up to log index %d", place.index)

    def installed(self) -> None:
        """Tell this node's other parts."""
        self._on_installed()


def finish_incoming(folder: Path, log: LogStore, applier: Applier) -> None:
    """At a start: install what was promised before a crash. Afterwards there is nothing incoming. StoreError."""
    incoming = folder / INCOMING_NAME
    if not incoming.exists():
        return
    try:
        check_snapshot(incoming)
        place = replace(snapshot_place(incoming), keeps_tail=True)
    except StoreFull:
        raise
    except StoreError as error:
        _log.warning("the incoming snapshot is of no use: %s", error)
        incoming.unlink()
        return
    if place.index > applier.applied_index:
        applier.install(incoming)
    if place.index == applier.applied_index:
        log.install(place)
    incoming.unlink()


def _resume(part: Path) -> tuple[bytes, int]:
    """What of which snapshot is here: the file begins with its name. (b"", 0) when nothing is."""
    try:
        with part.open("rb") as file:
            name = file.read(NAME_BYTES)
        return (name, part.stat().st_size - NAME_BYTES) if len(name) == NAME_BYTES else (b"", 0)
    except FileNotFoundError:
        return b"", 0
    except OSError as error:
        raise StoreError(f"cannot read {part}: {error.strerror}") from error


def _append(part: Path, name: bytes, offset: int, data: bytes | bytearray) -> None:
    try:
        with part.open("r+b" if offset else "wb") as file:
            if not offset:
                file.write(name)
            file.seek(NAME_BYTES + offset)
            file.write(data)
            file.truncate()
    except OSError as error:
        raise StoreError(f"cannot write {part}: {error.strerror}") from error


def _complete(part: Path, incoming: Path, name: bytes) -> SnapshotPlace:
    """Check everything, take the name off its front, and make it a promise. Whatever was wrong is gone afterwards."""
    whole = part.with_suffix(".whole")
    try:
        hasher = blake3()
        with part.open("rb") as source, whole.open("wb") as target:
            source.seek(NAME_BYTES)
            while block := source.read(MIB):
                hasher.update(block)
                target.write(block)
            target.flush()
            os.fsync(target.fileno())
        if hasher.digest() != name:
            raise RemoteProtocolError("the snapshot that came is not the one that was sent")
        check_snapshot(whole)
        whole.replace(incoming)
    except OSError as error:
        raise StoreError(f"cannot keep the snapshot: {error.strerror}") from error
    finally:
        part.unlink(missing_ok=True)
        whole.unlink(missing_ok=True)
    sync_folder(incoming.parent)
    return snapshot_place(incoming)
