"""A node in a few lines, behind a real control socket: for tests of what talks to nodes, and for trying things out.

It keeps files in memory and answers as a node does. Its knobs make it misbehave at exactly one point: lose the link
between commit and answer, refuse half-way, send damaged bytes, stop in the middle of a file.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec
from blake3 import blake3

from dfs_core.encoding.collect_messages import CollectNow, CollectReported, PendingFree
from dfs_core.encoding.control_messages import (
    CancelTransfer,
    ConfirmRecovery,
    CopyKey,
    FileFollows,
    FileStored,
    GetStatus,
    Invite,
    Invited,
    KeyDetail,
    KeyEntry,
    KeyPage,
    KeysRemoved,
    ListKeys,
    ListPeers,
    NodeStatus,
    PeersListed,
    PeerStatus,
    RemoveKeys,
    RemoveMember,
    RetrieveFile,
    SettleStore,
    StatKey,
    StatusReported,
    StoreFile,
    StoreSettled,
    Watch,
    WatchStarted,
)
from dfs_core.encoding.history_messages import FindKeys, GetHistory, VersionPage
from dfs_core.encoding.layout_messages import ChangeLayout, GetLayout, PreviewLayout
from dfs_core.encoding.message import Done, Message
from dfs_core.encoding.recovery_messages import (
    GetSecretEpochs,
    GetSnapshots,
    LiftForcedHold,
    RotateSecret,
    SecretEpochEntry,
    SecretEpochsListed,
    SecretRotated,
    SnapshotEntry,
    SnapshotsListed,
    TakeSnapshot,
)
from dfs_core.encoding.settings_messages import ChangeSetting, GetSettings, SettingEntry, SettingsListed
from dfs_core.encoding.upkeep_messages import VerifyKey, VerifyProgressed
from dfs_core.errors import DfsError, InvalidInput, KeyNotFound, VersionNotFound
from dfs_core.testing.fake_layout import FakeLayout
from dfs_core.testing.fake_upkeep import FakeUpkeep
from dfs_core.transport.exchange import Exchange
from dfs_core.transport.listener import ControlListener

NODE_ID = "ab" * 32
_PART_BYTES = 64 * 1024


@dataclass
class StoredVersion:
    """One version as the fake keeps it."""

    entry: KeyEntry
    data: bytes
    id: bytes


@dataclass
class Faults:
    """What goes wrong, each once, and only where it is set."""

    lose_link_after_commit: bool = False
    lose_link_before_commit: bool = False
    refuse_store: DfsError | None = None  # raised when `refuse_after` bytes have come
    refuse_after: int = 0
    lose_link_after_sending: int = -1  # bytes of a retrieve
    damage: bool = False  # flip a bit of what is sent; stays until it is taken back
    fail_settle: list[DfsError] = field(default_factory=list)  # one an answer


class FakeNode:
    """`async with FakeNode(socket) as node:` listens there; `node.control` is what a client dials."""

    def __init__(self, control: Path) -> None:
        self.control = control
        self.faults = Faults()
        self.stale = False
        self.requests: list[Message] = []
        self.files: dict[str, list[StoredVersion]] = {}
        self.settings = {
            "history_versions": 10,
            "history_ms": 30 * 86_400_000,
            "chunk_bytes": 1 << 20,
            "repair_bytes_s": 0,
        }
        self.upkeep = FakeUpkeep(NODE_ID)
        self.collected = CollectReported(0, 0, PendingFree())
        self.epochs: list[SecretEpochEntry] = []
        self.snapshots: list[SnapshotEntry] = []
        self.settled_void: set[bytes] = set()
        self.uploaded = 0  # bytes of uploads that arrived, whatever became of them
        self.under_way = self.under_way_most = 0  # stores
        self.stores_may_end = asyncio.Event()  # cleared, it keeps every store waiting behind its last byte
        self.stores_may_end.set()
        self.decides = asyncio.Event()  # cleared, it is without a majority: what changes something waits
        self.decides.set()
        self._listener = ControlListener(self._handle)
        self._number = 0

        self.layouts = FakeLayout(NODE_ID)

    async def __aenter__(self) -> Self:
        await self._listener.listen(self.control)
        self.loop = asyncio.get_running_loop()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._listener.close()

    def asked(self, kind: type[Message]) -> list[Message]:
        """The requests of one kind that came, in order."""
        return [request for request in self.requests if isinstance(request, kind)]

    def put(self, key: str, data: bytes, *, mtime_ns: int = 0, mode: int = 0, id: bytes = b"") -> KeyEntry:  # noqa: A002
        """Make a version, as a store would."""
        self._number += 1
        entry = KeyEntry(
            key=key,
            version=self._number,
            size=len(data),
            mtime_ns=mtime_ns,
            mode=mode,
            stored_ms=int(time.time() * 1000),
            chunks=-(-len(data) // (1 << 20)),
            hash=blake3(data).hexdigest(),
            stored_by=NODE_ID,
            copies=3,
        )
        self.files.setdefault(key, []).append(StoredVersion(entry, data, id))
        return entry

    def current(self, key: str) -> StoredVersion:
        """The newest version. KeyNotFound."""
        versions = self.files.get(key)
        if not versions or versions[-1].entry.removed:
            raise KeyNotFound(key)
        return versions[-1]

    def keys(self) -> list[str]:
        """All current keys, in UTF-8 order."""
        found = [key for key, versions in self.files.items() if not versions[-1].entry.removed]
        return sorted(found, key=str.encode)

    def status(self) -> NodeStatus:
        """A healthy cluster of one."""
        return NodeStatus(
            node=NODE_ID, cluster="cd" * 16, name="fake", version="0", state="ready", role="full",
            listen="127.0.0.1:1", advertise=[], control=str(self.control), data_dir="/nowhere", pid=1, up_s=61.0,
            health="HEALTHY", reasons=[], copies=3, durable_copies=2, leader=NODE_ID, term=1, commit_index=1,
            applied_index=1, voters=[NODE_ID], keys=len(self.keys()), versions=0, logical_bytes=0, chunks=0, bytes=0,
            capacity=2**30, free=2**30, durability="durable", recovery_confirmed=True, peers=self.peers(),
            transfers=[],
        )  # fmt: skip

    def peers(self) -> list[PeerStatus]:
        """Itself."""
        return [
            PeerStatus(
                node=NODE_ID, role="full", zone="", member_state="joined", liveness="self", addresses=["127.0.0.1:1"],
                voter=True, leader=True, seen_s=0.0, rtt_ms=0.0, chunks=0, bytes=0, capacity=2**30, free=2**30,
                applied=1, version="0", up_s=61.0,
            )
        ]  # fmt: skip

    # -- requests

    async def _handle(self, exchange: Exchange) -> None:
        request = exchange.request
        assert isinstance(request, Message)
        self.requests.append(request)
        if isinstance(request, StoreFile):
            await self._store(exchange, request)
        elif isinstance(request, RetrieveFile):
            await self._retrieve(exchange, request)
        elif isinstance(request, Watch):
            await exchange.event(WatchStarted())
            await exchange.event(StatusReported(self.status()))
            await exchange.event(StatusReported(self.status()))
            await exchange.respond(Done())
        else:
            if isinstance(request, VerifyKey):
                self.current(request.key)
                await exchange.event(VerifyProgressed(1, 2))
            if isinstance(request, RemoveKeys | CopyKey | ChangeSetting | ChangeLayout | CollectNow):
                await self.decides.wait()
            await exchange.respond(self.upkeep.answer(request) or self._answer(request))

    def _answer(self, request: Message) -> Message:
        match request:
            case GetStatus():
                return self.status()
            case ListPeers():
                return PeersListed(self.peers())
            case SettleStore():
                return self._settle(request)
            case ListKeys():
                return self._list(request)
            case FindKeys() | GetHistory():
                return self._look_up(request)
            case GetSettings():
                listed = [SettingEntry(name, value, value, 1, 1 << 40, name) for name, value in self.settings.items()]
                return SettingsListed(listed, self.stale)
            case ChangeSetting():
                if request.name not in self.settings:
                    raise InvalidInput(f"there is no setting '{request.name}'")
                self.settings[request.name] = request.value
                return Done()
            case GetLayout() | PreviewLayout() | ChangeLayout():
                return self.layouts.answer(request)
            case CollectNow():
                return self.collected
            case StatKey():
                found = self._find(request.key, "", request.version)
                history = [version.entry for version in reversed(self.files[request.key])]
                return KeyDetail(found.entry, {NODE_ID: found.entry.chunks}, {}, [], history, self.stale)
            case RemoveKeys():
                return self._remove(request)
            case CopyKey():
                return self._copy(request)
            case Invite():
                return Invited("dfs-invitation", request.role, request.expires_s)
            case GetSecretEpochs():
                return SecretEpochsListed(self.epochs, self.stale)
            case GetSnapshots() | TakeSnapshot():
                if isinstance(request, TakeSnapshot):
                    self.snapshots.append(SnapshotEntry(len(self.snapshots) + 1, 9, 1, 69_632, 3600.0, 2))
                return SnapshotsListed(self.snapshots, 3, self.stale)
            case RotateSecret():
                return SecretRotated(2, [NODE_ID], ["cd" * 32])
            case RemoveMember() | CancelTransfer() | ConfirmRecovery() | LiftForcedHold():
                return Done()
        raise InvalidInput(f"the fake knows no {type(request).__name__}")

    async def _store(self, exchange: Exchange, request: StoreFile) -> None:
        self.under_way += 1
        self.under_way_most = max(self.under_way_most, self.under_way)
        try:
            data = bytearray()
            while part := await exchange.read(_PART_BYTES):
                data += part
                self.uploaded += len(part)
                if self.faults.refuse_store is not None and len(data) >= self.faults.refuse_after:
                    raise self.faults.refuse_store
            await self.stores_may_end.wait()
        finally:
            self.under_way -= 1
        if self.faults.refuse_store is not None:
            raise self.faults.refuse_store
        if self.faults.lose_link_before_commit:
            self.faults.lose_link_before_commit = False
            exchange.link.drop("the fake node is told to go away")
            return
        if request.id in self.settled_void:
            raise InvalidInput("that store is void")
        entry = self.put(request.key, bytes(data), mtime_ns=request.mtime_ns, mode=request.mode, id=request.id)
        if self.faults.lose_link_after_commit:
            self.faults.lose_link_after_commit = False
            exchange.link.drop("the fake node is told to go away")
            return
        await exchange.respond(stored_reply(entry))

    def _settle(self, request: SettleStore) -> StoreSettled:
        if self.faults.fail_settle:
            raise self.faults.fail_settle.pop(0)
        for versions in self.files.values():
            for version in versions:
                if version.id == request.id:
                    return StoreSettled(True, version.entry.version)
        self.settled_void.add(request.id)
        return StoreSettled(False)

    def _find(self, key: str, content: str, version: int) -> StoredVersion:
        if content:
            for versions in self.files.values():
                for candidate in versions:
                    if candidate.entry.hash == content:
                        return candidate
            raise KeyNotFound(f"b3:{content}")
        if not version:
            return self.current(key)
        for candidate in self.files.get(key, ()):
            if candidate.entry.version == version:
                return candidate
        raise VersionNotFound(key, version)

    async def _retrieve(self, exchange: Exchange, request: RetrieveFile) -> None:
        found = self._find(request.key, request.hash, request.version)
        size = len(found.data)
        end = size if request.end < 0 else min(request.end, size)
        if not 0 <= request.start <= end:
            raise InvalidInput(f"the range {request.start}-{request.end} lies outside the file's {size} bytes")
        await exchange.respond(FileFollows(found.entry, request.start, end - request.start, self.stale))
        data = bytearray(found.data[request.start : end])
        if self.faults.damage and data:
            data[len(data) // 2] ^= 1
        cut = self.faults.lose_link_after_sending
        if cut >= 0:
            self.faults.lose_link_after_sending = -1
            await exchange.send(memoryview(data)[:cut])
            exchange.link.drop("the fake node is told to go away")
            return
        for start in range(0, len(data), _PART_BYTES):
            await exchange.send(memoryview(data)[start : start + _PART_BYTES])
        await exchange.finish()

    def _list(self, request: ListKeys) -> KeyPage:
        after = request.after.encode()
        there = sorted(self.files.keys() - self.keys(), key=str.encode) if request.removed else self.keys()
        wanted = [key for key in there if key.startswith(request.prefix) and key.encode() > after]
        page = wanted[: request.limit]
        entries = [msgspec.structs.replace(self.files[key][-1].entry, hash="") for key in page]
        return KeyPage(entries, page[-1] if len(page) == request.limit else "", self.stale)

    def _look_up(self, request: FindKeys | GetHistory) -> KeyPage | VersionPage:
        if isinstance(request, FindKeys):
            text, after = request.text.lower(), request.after.encode()
            wanted = [key for key in self.keys() if text in key.lower() and key.encode() > after]
            page = wanted[: request.limit]
            entries = [msgspec.structs.replace(self.current(key).entry, hash="") for key in page]
            return KeyPage(entries, page[-1] if len(page) == request.limit else "", self.stale)
        versions = [version.entry for version in reversed(self.files.get(request.key, ()))]
        if not versions:
            raise KeyNotFound(request.key)
        older = [entry for entry in versions if not request.before or entry.version < request.before]
        some = older[: request.limit]
        return VersionPage(some, some[-1].version if len(some) == request.limit else 0, self.stale)

    def _remove(self, request: RemoveKeys) -> KeysRemoved:
        removed: list[str] = []
        missing: list[str] = []
        for name in request.keys:
            there = sorted(self.files) if request.purge else self.keys()
            below = [key for key in there if key.startswith(f"{name}/")] if request.prefix else [name]
            known = [key for key in below if key in there]
            removed += known
            missing += [] if known else [name]
        for key in removed:
            if request.purge:
                del self.files[key]
                continue
            versions = self.files[key]
            self._number += 1
            gone = msgspec.structs.replace(versions[-1].entry, version=self._number, removed=True, size=0)
            versions.append(StoredVersion(gone, b"", b""))
        return KeysRemoved(removed, missing)

    def _copy(self, request: CopyKey) -> FileStored:
        source = self._find(request.source, "", request.version)
        entry = self.put(request.target, source.data, mtime_ns=source.entry.mtime_ns, mode=source.entry.mode)
        if request.move:
            self._remove(RemoveKeys([request.source]))
        return stored_reply(entry)


def stored_reply(entry: KeyEntry) -> FileStored:
    """The answer to a store that made this entry."""
    return FileStored(
        entry.key, entry.version, entry.size, entry.hash, entry.chunks, entry.chunks, entry.size, entry.copies
    )
