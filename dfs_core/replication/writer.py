"""From a stream of bytes to a committed version: cut, seal, place, send, commit (design, section 3, "Store").

Chunks are the work of `upload.py`: what is in flight is bounded, so a slow holder slows its stores down and costs no
memory, and what a holder has already is not sent, so storing the same content again moves no bytes.

Order of truth: chunks are durable on `needed` holders *before* the log hears of them; the version is committed once
all are; `store` returns when it is applied here. A store that ends in between leaves chunks that nothing refers to,
and at most an upload that `Abandon` ends: nothing that a listing shows.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Protocol

import msgspec
from blake3 import blake3

from dfs_core.catalog.apply import CONDEMNED_REASONS
from dfs_core.clock import Clock
from dfs_core.crypto.seal import Sealed, content_token, seal, seal_manifest_part
from dfs_core.crypto.secrets import ClusterSecrets
from dfs_core.encoding.commands import AnyCommand, Commit, KeepSnapshot, ManifestPage, Outcome, Settle
from dfs_core.encoding.control_messages import FileStored
from dfs_core.errors import ChunksCondemned, DfsError, OutcomeUnknown, Refused
from dfs_core.limits import (
    INLINE_BYTES_MAX,
)
from dfs_core.model.chunking import pad
from dfs_core.model.ids import Address, ClusterId, NodeId, VersionId
from dfs_core.model.manifest import Head, encode_head
from dfs_core.replication.budget import Budget, Windows
from dfs_core.replication.chunks import Chunks
from dfs_core.replication.upload import ByteSource, Claim, Progress, StoreRequest, Upload, check_size

_log = logging.getLogger(__name__)

CLAIMS_MAX = 4  # how often a page is claimed: each time, another entry must have condemned one of its chunks


class Log(Protocol):
    """The part of consensus that a store needs."""

    async def propose(self, command: AnyCommand) -> Outcome: ...


class FileWriter:
    """Stores files through one node. Safe to use for many stores at once."""

    def __init__(
        self,
        *,
        node: NodeId,
        cluster: ClusterId,
        secrets: Callable[[], ClusterSecrets],
        chunks: Chunks,
        log: Log,
        durable_copies: Callable[[], int],
        chunk_bytes: Callable[[], int],
        clock: Clock,
        token: Callable[[int], bytes],
        windows: Windows | None = None,
    ) -> None:
        self._node, self._cluster, self._secrets, self._chunks = node, cluster, secrets, chunks
        self._log, self._durable_copies, self._chunk_bytes, self._clock = log, durable_copies, chunk_bytes, clock
        self._token = token
        self.windows = windows or Windows()
        self._window = Budget(self.windows.stores)
        self._stragglers: set[asyncio.Task[None]] = set()

    async def store(self, request: StoreRequest, source: ByteSource, progress: Progress) -> FileStored:
        """Store `source` as a new version of the key; returns once it is committed and applied on this node.

        At most once for a version id. Cancelled or failed before the commit: nothing is listed, chunks that arrived
        stay and are not sent again next time.
        FileChanged: the stream is not as long as announced. NotEnoughCopies, NoMajority, OutcomeUnknown, Refused.
        """
        epoch = self.epoch
        chunk_bytes = self._chunk_bytes()
        first = bytearray(min(chunk_bytes, request.size + 1) if request.size >= 0 else chunk_bytes)
        length = await source.read_into(memoryview(first))
        if length <= INLINE_BYTES_MAX and length < len(first):
            check_size(request, length)
            content = bytes(first[:length])
            progress(length, frozenset(), 0)
            head = Head(chunk_bytes, length, blake3(content).digest(), content)
            return await self._commit(request, epoch, head, [], 0, None)
        upload = Upload(self, request, epoch, chunk_bytes, progress)
        try:
            await upload.take(first, length, source)
            head = Head(chunk_bytes, upload.size, upload.content_hash())
            last_page = await upload.last_page()
            return await self._commit(request, epoch, head, [last_page], last_page.number, upload)
        except BaseException:
            await upload.give_up()
            raise

    async def _commit(
        self,
        request: StoreRequest,
        epoch: int,
        head: Head,
        pages: list[ManifestPage],
        page_count: int,
        upload: Upload | None,
    ) -> FileStored:
        secrets = self._secrets()
        command = Commit(
            id=request.version_id.digest,
            version_id=request.version_id.digest,
            key=request.key,
            size=head.size,
            mtime_ns=request.mtime_ns,
            mode=request.mode,
            content_token=content_token(head.content_hash, secrets=secrets, epoch=epoch),
            head=self.seal_part(encode_head(head), request.key, request.version_id, 0, epoch),
            pages=pages,
            page_count=page_count,
            as_of=upload.as_of if upload else self._chunks.fence.newest,
            stored_by=self._node.digest,
            wall_ms=int(self._clock.wall() * 1000),
        )
        outcome = await (self.claim(command, upload.renew_last) if upload else self.decide(command))
        return FileStored(
            key=request.key,
            version=outcome.version,
            size=head.size,
            hash=head.content_hash.hex(),
            chunks=upload.chunk_count if upload else 0,
            new_chunks=upload.new_chunks if upload else 0,
            sent_bytes=upload.sent_bytes if upload else 0,
            copies=upload.copies if upload else self._durable_copies(),
        )

    async def decide(self, command: AnyCommand) -> Outcome:
        """Have the log take `command`. Refused when applying it says no."""
        outcome = await self._log.propose(command)
        if outcome.reason in CONDEMNED_REASONS:
            raise ChunksCondemned(outcome.reason, outcome.text, _in_hex(outcome.addresses))
        if outcome.reason:
            raise Refused(outcome.reason, outcome.text)
        return outcome

    async def claim(self, command: Claim, renew: Callable[[], Awaitable[int]]) -> Outcome:
        """Have the log take a command that counts on what holders answered.

        Refused because chunks were condemned since, it comes again with the `as_of` that `renew` returns, a few times.
        Refused. ChunksCondemned, or what `renew` raises: it is not taken, and never will be.
        """
        for attempt in range(1, CLAIMS_MAX + 1):
            try:
                return await self.decide(command)
            except ChunksCondemned as refused:
                try:
                    if attempt == CLAIMS_MAX:
                        raise
                    command = msgspec.structs.replace(command, as_of=await renew())
                except DfsError as error:
                    if isinstance(command, Commit | KeepSnapshot) and (outcome := await self._settle(command, error)):
                        return outcome
                    raise error from refused
        raise AssertionError("the last attempt returns or raises")

    async def _settle(self, commit: Commit | KeepSnapshot, error: DfsError) -> Outcome | None:
        """Make sure that a commit which was refused for now is not applied later, handed over twice as it may be.

        Its outcome, if it was applied after all. OutcomeUnknown: the log could not be asked.
        """
        try:
            outcome = await self._log.propose(Settle(self.command_id(), commit.id))
        except DfsError:
            raise OutcomeUnknown(commit.id.hex()) from error
        return None if outcome.reason else outcome

    def command_id(self) -> bytes:
        """A fresh id for a command."""
        return self._token(16)

    def seal_part(self, plain: bytes, key: str, version_id: VersionId, part: int, epoch: int) -> bytes:
        """Seal one part of a version's manifest."""
        return seal_manifest_part(
            plain,
            secrets=self._secrets(),
            epoch=epoch,
            cluster_id=self._cluster,
            key=key,
            version_id=version_id,
            part=part,
        )

    def seal_chunk(self, buffer: bytearray, length: int, epoch: int) -> Sealed:
        """Pad and seal one chunk. Pure work for a thread."""
        return seal(pad(buffer, length), secrets=self._secrets(), epoch=epoch, cluster_id=self._cluster)

    def straggle(self, task: asyncio.Task[None]) -> None:
        """Let a send that its store no longer waits for finish in the background."""
        self._stragglers.add(task)
        task.add_done_callback(self._stragglers.discard)

    async def close(self) -> None:
        """Stop what still goes on in the background; resync finds what it left out."""
        for task in list(self._stragglers):
            task.cancel()
        await asyncio.gather(*self._stragglers, return_exceptions=True)

    @property
    def epoch(self) -> int:
        """The secret epoch that new versions are sealed under."""
        return self._secrets().current

    @property
    def window(self) -> Budget:
        return self._window

    @property
    def chunks(self) -> Chunks:
        return self._chunks

    def needed(self, request: StoreRequest) -> int:
        """How many durable copies each chunk of this store must have."""
        return request.min_copies or self._durable_copies()


def _in_hex(addresses: bytes) -> list[str]:
    return [addresses[at : at + Address.size].hex() for at in range(0, len(addresses), Address.size)]
