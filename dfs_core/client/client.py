"""A typed conversation with one running node, over its control socket or, as an operator, over TLS.

A client holds one link and dials again when a call finds it gone, so it outlives a restart of its node; a call that was
under way when the link broke raises PeerUnreachable (a store settles its outcome first, `storing`). Calls may
run at once; each is safe to cancel. Errors are `dfs_core.errors`, as the node raised them.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeVar

from dfs_core.client.layout import LayoutCalls
from dfs_core.client.links import LinkCalls
from dfs_core.client.loss import naming_loss
from dfs_core.client.places import IfExists, Place
from dfs_core.client.recovering import RecoveryCalls
from dfs_core.client.retrieving import (
    Retrieval,
    Retrieved,
    request_for,
    retrieve_into,
    retrieve_to,
)
from dfs_core.client.source import Source, StreamSource, open_file
from dfs_core.client.storing import Progress, store
from dfs_core.client.upkeep import UpkeepCalls
from dfs_core.encoding.collect_messages import CollectNow, CollectReported
from dfs_core.encoding.control_messages import (
    CancelTransfer,
    CopyKey,
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
    SettleStore,
    StatKey,
    StoreFile,
    StoreSettled,
    Watch,
    WatchStarted,
)
from dfs_core.encoding.history_messages import FindKeys, GetHistory, VersionPage
from dfs_core.encoding.message import Done, Message
from dfs_core.encoding.settings_messages import ChangeSetting, GetSettings, SettingsListed
from dfs_core.errors import Cancelled, InvalidInput, NotFound, RemoteProtocolError
from dfs_core.limits import CLIENT_REPLY_TIMEOUT_S, INVITATION_EXPIRES_S_DEFAULT, REQUEST_TIMEOUT_S
from dfs_core.model.ids import check_key

if TYPE_CHECKING:
    from dfs_core.transport.link import Link

Reply = TypeVar("Reply", bound=Message)


class Client(RecoveryCalls, LayoutCalls, UpkeepCalls, LinkCalls):
    """The verbs of one node. Made by `connect`; close it, or use it as `async with await Client.connect(...)`."""

    def __init__(self, link: Link, dial: Callable[[], Awaitable[Link]]) -> None:
        """`dial` opens the next link, when this one is gone."""
        self._link, self._dial = link, dial
        self._dialling = asyncio.Lock()

    @classmethod
    async def connect(cls, control: Path | str, *, timeout_s: float = 5.0) -> Client:
        """Reach the node behind the socket `control`. NodeNotRunning when none answers within `timeout_s`."""
        from dfs_core.transport.link import connect_local  # here: the value types can be had without sockets

        def dial() -> Awaitable[Link]:
            return connect_local(control, timeout_s=timeout_s)

        return cls(await dial(), dial)

    @classmethod
    async def connect_tls(cls, operator_dir: Path | str, address: str = "", *, timeout_s: float = 5.0) -> Client:
        """Reach the node at `address` (HOST:PORT; empty: any of the cluster) with an operator's certificate.

        `operator_dir` was made by `dfs-core join` with an operator's invitation. Only a node of its member list is
        talked to. ConfigError: it is no such folder. PeerUnreachable: nobody answers there. NotAdmitted:
        it is not a member, or does not know this operator.
        """
        from dfs_core.client.operator import Operator  # here: cryptography is not for every client

        operator = await asyncio.to_thread(Operator.load, Path(operator_dir))

        def dial() -> Awaitable[Link]:
            return operator.dial(address, timeout_s=timeout_s)

        return cls(await dial(), dial)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Say goodbye. Calls under way end with PeerUnreachable; what they committed stays."""
        await self._link.close()

    async def _open_link(self) -> Link:
        async with self._dialling:
            if self._link.ended:
                self._link = await self._dial()
            return self._link

    async def _call(self, request: Message, kind: type[Reply], *, timeout_s: float = REQUEST_TIMEOUT_S) -> Reply:
        link = await self._open_link()
        with naming_loss(link):
            reply = await link.call(request, timeout_s=timeout_s)
        if not isinstance(reply, kind):
            raise RemoteProtocolError(f"{type(request).__name__} was answered by {type(reply).__name__}")
        return reply

    # -- the node and its cluster

    async def status(self) -> NodeStatus:
        return await self._call(GetStatus(), NodeStatus)

    async def peers(self) -> list[PeerStatus]:
        """Every member as this node sees it, this node included."""
        return (await self._call(ListPeers(), PeersListed)).peers

    async def invite(
        self, role: str = "full", expires_s: float = INVITATION_EXPIRES_S_DEFAULT, addresses: bool = True
    ) -> Invited:
        """A line that lets one node join, once, within `expires_s`. It is a secret until it is used.

        Without `addresses` it is shorter, for a joiner that finds the node on its local network.
        """
        return await self._call(Invite(role, expires_s, addresses), Invited)

    async def remove_member(self, node: str, force: bool = False) -> None:
        """Take a node (its id, or how that begins) off the member list for ever.

        Without `force`, Refused if that loses the last copies.
        """
        await self._call(RemoveMember(node, force), Done, timeout_s=CLIENT_REPLY_TIMEOUT_S)

    async def settings(self) -> SettingsListed:
        """The cluster's settings, each with its bounds and what it means."""
        return await self._call(GetSettings(), SettingsListed, timeout_s=CLIENT_REPLY_TIMEOUT_S)

    async def change_setting(self, name: str, value: int) -> None:
        """Give a setting of the cluster another value. InvalidInput: there is none of that name, or out of bounds."""
        await self._call(ChangeSetting(name, value), Done, timeout_s=CLIENT_REPLY_TIMEOUT_S)

    async def collect(self, *, dry_run: bool = False) -> CollectReported:
        """Condemn what nothing refers to and has waited for its grace time; `dry_run`: only say what that is."""
        return await self._call(CollectNow(dry_run), CollectReported, timeout_s=CLIENT_REPLY_TIMEOUT_S)

    async def cancel_transfer(self, transfer: str) -> None:
        """Stop a store or retrieve of any client of this node, by its id. A store cancelled so stores nothing."""
        await self._call(CancelTransfer(transfer), Done)

    async def watch(self, interval_s: float = 1.0, quiet_s: float = 0.0) -> AsyncIterator[Message]:
        """Events as they happen (`control_messages`), and a StatusReported every `interval_s` at least.

        One that says nothing new is left out until `quiet_s` after the last; an older node leaves none out. A slow
        reader loses the oldest events and is told how many (EventsDropped). Raises PeerUnreachable when the node goes
        away.
        """
        link = await self._open_link()
        with naming_loss(link):
            exchange = await link.open(Watch(interval_s, quiet_s), timeout_s=REQUEST_TIMEOUT_S)
            try:
                while (event := await exchange.interim()) is not None:
                    if not isinstance(event, WatchStarted):
                        yield event
            finally:
                await exchange.reset(Cancelled("the client watches no longer"))

    # -- storing

    async def store(
        self, key: str, data: bytes, *, mode: int = 0, mtime_ns: int | None = None, min_copies: int = 0
    ) -> FileStored:
        """Store `data` under `key`. Returned: it is committed, with enough durable copies. As `store_path`."""
        return await self.store_stream(
            _one_block(data), key, size=len(data), mode=mode, mtime_ns=mtime_ns, min_copies=min_copies
        )

    async def store_stream(
        self,
        stream: AsyncIterable[bytes],
        key: str,
        *,
        size: int = -1,
        mode: int = 0,
        mtime_ns: int | None = None,
        min_copies: int = 0,
        progress: Progress | None = None,
    ) -> FileStored:
        """Store the blocks of `stream` until it ends; if it raises, nothing is stored. `size` -1: not known before.

        `mode` 0 means none in particular, `mtime_ns` None now.
        """
        stored_at = time.time_ns() if mtime_ns is None else mtime_ns
        source = StreamSource(stream, size=size, mtime_ns=stored_at, mode=mode)
        return await self._store(key, source, min_copies, progress)

    async def store_path(
        self, path: Path | str, key: str, *, min_copies: int = 0, progress: Progress | None = None
    ) -> FileStored:
        """Store a regular file under `key`, with its modification time and permissions.

        `min_copies` 0 waits for the cluster's usual number of durable copies. `progress` is told the bytes sent so far.
        Cancelled: nothing is stored, and chunks that reached their holders need not be sent again.
        FileUnusable, FileChanged: the file cannot be read, or not while it stands still. NotEnoughCopies, NoMajority:
        nothing is stored now. OutcomeUnknown: the node died at the end; storing again is safe.
        """
        return await self._store(key, await open_file(Path(path)), min_copies, progress)

    async def _store(self, key: str, source: Source, min_copies: int, progress: Progress | None) -> FileStored:
        try:
            request = StoreFile(
                key=check_key(key),
                id=secrets.token_bytes(16),
                size=source.size,
                mtime_ns=source.mtime_ns,
                mode=source.mode,
                min_copies=min_copies,
            )
            return await store(await self._open_link(), request, source, self, progress)
        finally:
            await source.close()

    async def settle(self, store_id: bytes) -> StoreSettled:
        """What became of the store with this id: stored, or not and never to be. Asking makes the answer final."""
        return await self._call(SettleStore(store_id), StoreSettled)

    # -- retrieving

    async def retrieve(self, name: str, *, version: int = 0, start: int = 0, end: int = -1) -> bytes:
        """A whole file (or the bytes from `start` up to `end`) in memory, checked. `name`: a key or "b3:<hash>"."""
        async with self.retrieve_stream(name, version=version, start=start, end=end) as retrieval:
            return b"".join([block async for block in retrieval])

    @contextlib.asynccontextmanager
    async def retrieve_stream(
        self, name: str, *, version: int = 0, start: int = 0, end: int = -1
    ) -> AsyncIterator[Retrieval]:
        """`async with client.retrieve_stream(name) as file:` has `file.entry`, `file.stale` and, iterated, the blocks.

        They end normally only if the whole file was right (`Retrieval`).
        """
        request = request_for(name, version=version, start=start, end=end)
        link = await self._open_link()
        with naming_loss(link):
            async with Retrieval(link, request) as retrieval:
                yield retrieval

    async def retrieve_path(
        self,
        name: str,
        path: Path | str,
        *,
        version: int = 0,
        start: int = 0,
        end: int = -1,
        progress: Progress | None = None,
        if_exists: IfExists = IfExists.REPLACE,
    ) -> Retrieved:
        """Bring a file (a key or "b3:<hash>") to `path`, which changes only at the end and all at once.

        An interrupted run of a whole file is gone on with by the next one. A device or fifo at `path` is written into.
        `progress` is told the bytes there so far. `if_exists` holds for a file that comes to be there meanwhile, too:
        FileThere. KeyNotFound, VersionNotFound; IntegrityError: what came is not what was stored, and nothing is
        written; FileUnusable: no permission, no room, or `path` is a folder.
        """
        link = await self._open_link()
        request = request_for(name, version=version, start=start, end=end)
        with naming_loss(link):
            return await retrieve_to(link, request, Place(Path(path), if_exists), progress)

    async def retrieve_into(
        self,
        name: str,
        write: Callable[[memoryview], int],
        *,
        version: int = 0,
        start: int = 0,
        end: int = -1,
        progress: Progress | None = None,
    ) -> Retrieved:
        """Hand a file to `write`, in order, in a thread. IntegrityError comes only after the bytes have gone out."""
        request = request_for(name, version=version, start=start, end=end)
        link = await self._open_link()
        with naming_loss(link):
            return await retrieve_into(link, request, write, progress)

    # -- keys

    async def page_keys(
        self, prefix: str = "", after: str = "", limit: int = 1000, copies: bool = False, removed: bool = False
    ) -> KeyPage:
        """Up to `limit` current keys (or `removed` ones) that start with `prefix`, after `after`, in UTF-8 order.

        `copies`: count them.
        """
        request = ListKeys(prefix, after, limit, copies, removed)
        return await self._call(request, KeyPage, timeout_s=CLIENT_REPLY_TIMEOUT_S)

    async def keys(self, prefix: str = "", copies: bool = False) -> AsyncIterator[KeyEntry]:
        """All current keys that start with `prefix`, a page at a time."""
        page = await self.page_keys(prefix, copies=copies)
        while True:
            for entry in page.entries:
                yield entry
            if not page.after:
                return
            page = await self.page_keys(prefix, page.after, copies=copies)

    async def stat(self, key: str, version: int = 0, chunk_list: bool = False) -> KeyDetail:
        """Everything about one key, its holders asked just now. KeyNotFound, VersionNotFound."""
        return await self._call(StatKey(key, version, chunk_list), KeyDetail, timeout_s=CLIENT_REPLY_TIMEOUT_S)

    async def page_found(self, text: str, after: str = "", limit: int = 1000) -> KeyPage:
        """Up to `limit` current keys that contain `text`, after `after`. ASCII letters match in either case."""
        return await self._call(FindKeys(text, after, limit), KeyPage, timeout_s=CLIENT_REPLY_TIMEOUT_S)

    async def page_history(self, key: str, before: int = 0, limit: int = 1000) -> VersionPage:
        """Up to `limit` versions of a key, newest first, with numbers below `before`. KeyNotFound: it has none."""
        return await self._call(GetHistory(key, before, limit), VersionPage, timeout_s=CLIENT_REPLY_TIMEOUT_S)

    async def history(self, key: str) -> AsyncGenerator[KeyEntry, None]:
        """All versions of a key that are kept, newest first, tombstones included, a page at a time."""
        before = 0
        while True:
            page = await self.page_history(key, before)
            for entry in page.entries:
                yield entry
            if not page.before:
                return
            before = page.before

    async def restore(self, key: str, version: int = 0) -> FileStored:
        """Make an older version of a key current again, as a new version; no chunk is sent.

        `version` 0 undoes a removal: it takes what the key was before; InvalidInput if the key is not removed.
        KeyNotFound, VersionNotFound, NotFound: it is not kept any more.
        """
        return await self.copy(key, key, version or await self._before_removal(key))

    async def _before_removal(self, key: str) -> int:
        removed = False
        async with contextlib.aclosing(self.history(key)) as entries:
            async for entry in entries:
                if not entry.removed:
                    if removed:
                        return entry.version
                    raise InvalidInput(f"{key!r} is not removed; name a version ('dfs-core history' lists them)")
                removed = True
        raise NotFound(f"nothing is left of {key!r} but its removal")

    async def remove(self, keys: Sequence[str], prefix: bool = False, purge: bool = False) -> KeysRemoved:
        """Put a tombstone on each key; with `prefix`, each names a folder and all below it goes. History stays.

        With `purge` neither tombstone nor history stays, also of keys that were removed before: it cannot be undone.
        """
        return await self._call(RemoveKeys(list(keys), prefix, purge), KeysRemoved, timeout_s=CLIENT_REPLY_TIMEOUT_S)

    async def copy(self, source: str, target: str, version: int = 0) -> FileStored:
        """`target` gets a new version with the content of `source`; no chunk is sent."""
        return await self._copy(CopyKey(source, check_key(target), False, version, secrets.token_bytes(16)))

    async def move(self, source: str, target: str) -> FileStored:
        """As `copy`, and `source` ends in the same step: no reader sees both or neither."""
        return await self._copy(CopyKey(source, check_key(target), True, 0, secrets.token_bytes(16)))

    async def _copy(self, request: CopyKey) -> FileStored:
        return await self._call(request, FileStored, timeout_s=CLIENT_REPLY_TIMEOUT_S)


async def _one_block(data: bytes) -> AsyncIterator[bytes]:
    if data:
        yield data
