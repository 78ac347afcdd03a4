"""The conversation of one store: send the bytes, finish, and always learn what became of it.

Until the stream is finished, nothing is stored: a reset or a lost link drops it. From then on the version may be
committed without the answer reaching us, so a link lost there is dialled again and the node is asked to settle the
store's id. The answer is an entry of the log: "stored" or "not stored", for ever. Only when no node can be asked within
SETTLE_TIMEOUT_S is it OutcomeUnknown.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from dfs_core.client.loss import THE_NODE, is_ours
from dfs_core.client.source import Source
from dfs_core.encoding.control_messages import FileStored, KeyDetail, StoreFile, StoreSettled
from dfs_core.errors import (
    Cancelled,
    DfsError,
    NodeNotRunning,
    NoMajority,
    OutcomeUnknown,
    PeerError,
    PeerUnreachable,
    RemoteProtocolError,
)
from dfs_core.limits import CLIENT_REPLY_TIMEOUT_S, REQUEST_TIMEOUT_S, SETTLE_TIMEOUT_S

if TYPE_CHECKING:
    from dfs_core.transport.exchange import Exchange
    from dfs_core.transport.link import Link

Progress = Callable[[int], None]  # bytes done so far

_REDIAL_FIRST_S = 0.05
_REDIAL_MAX_S = 1.0
_WHOLE_STORE_TIMEOUT_S = 30 * 86400.0  # a refusal may come at any time while the bytes are sent


class Asker(Protocol):
    """What settling needs of the client: calls that dial again when the link is gone."""

    async def settle(self, store_id: bytes) -> StoreSettled: ...
    async def stat(self, key: str, version: int = 0) -> KeyDetail: ...


async def store(
    link: Link, request: StoreFile, source: Source, asker: Asker, progress: Progress | None = None
) -> FileStored:
    """Store `source` under the request's key. Returned: the version is committed, and applied at the node.

    Failed or cancelled before the last byte: nothing is stored. FileChanged: the source was not still.
    PeerUnreachable: the link broke, and the file is not stored. OutcomeUnknown: the node went away after the last
    byte and did not come back in time.
    """
    exchange = await link.open(request, timeout_s=REQUEST_TIMEOUT_S)
    said_whole = False
    refusal: asyncio.Task[FileStored] | None = None
    try:
        held_back = b""  # one block, so that the last one goes out with the stream's end, after the source's check
        sent = 0
        async for block in source.blocks():
            if held_back:
                await exchange.send(held_back)
                sent += len(held_back)
                if progress is not None:
                    progress(sent)
                if refusal is None:
                    refusal = asyncio.create_task(_answer(exchange, timeout_s=_WHOLE_STORE_TIMEOUT_S))
                elif refusal.done():  # by a full disk, say: the rest need not be read
                    return refusal.result()
            held_back = block
        said_whole = True
        await exchange.send(held_back, last=True)
        if progress is not None:
            progress(sent + len(held_back))
        return await _answer(exchange, timeout_s=CLIENT_REPLY_TIMEOUT_S)
    except PeerError as error:
        if not is_ours(error, link):
            await exchange.reset(error)
            raise
        if not said_whole:
            raise _not_stored(request.key, error) from error
        return await _settle(request, error, asker)
    except DfsError as error:
        await exchange.reset(error)
        raise
    except BaseException:  # cancelled, or the caller's own stream failed
        await exchange.reset(Cancelled("the client gave up"))
        raise
    finally:
        if refusal is not None:
            refusal.cancel()
            await asyncio.gather(refusal, return_exceptions=True)


async def _answer(exchange: Exchange, *, timeout_s: float) -> FileStored:
    reply = await exchange.reply(timeout_s=timeout_s)
    if not isinstance(reply, FileStored):
        raise RemoteProtocolError(f"a store was answered by {type(reply).__name__}")
    return reply


async def _settle(request: StoreFile, lost: PeerError, asker: Asker) -> FileStored:
    """Ask what became of the store until somebody knows. Asking has an effect: not applied by now is void for ever."""
    unknown = OutcomeUnknown(request.id.hex())
    pause_s = _REDIAL_FIRST_S
    try:
        async with asyncio.timeout(SETTLE_TIMEOUT_S):
            while True:
                try:
                    settled = await asker.settle(request.id)
                    break
                except (NodeNotRunning, NoMajority, PeerError):
                    await asyncio.sleep(pause_s)
                    pause_s = min(2 * pause_s, _REDIAL_MAX_S)
    except TimeoutError:
        raise unknown from lost
    if not settled.stored:
        raise _not_stored(request.key, lost) from lost
    entry = (await asker.stat(request.key, settled.version)).entry
    return FileStored(
        key=request.key,
        version=settled.version,
        size=entry.size,
        hash=entry.hash,
        chunks=entry.chunks,
        new_chunks=0,
        sent_bytes=0,
        copies=entry.copies,
    )


def _not_stored(key: str, lost: PeerError) -> PeerUnreachable:
    return PeerUnreachable(THE_NODE, f"{lost.reason}; {key!r} was not stored, store it again")
