"""Asking with bytes over one link."""

from __future__ import annotations

import asyncio

import pytest

from dfs_core.encoding.peer_messages import AskChunks, ChunkFollows, FetchChunk, StoreChunk, Stored
from dfs_core.errors import ChunkNotFound, PeerTimeout, PeerUnreachable, RemoteProtocolError
from dfs_core.limits import MIB
from dfs_core.transport.asking import fetch_bytes, send_bytes
from dfs_core.transport.deadlines import Timing

from .nodes import content, linked, until


@pytest.mark.parametrize("size", [0, 1, 4096, 262_144, 262_145, MIB + 16, 3 * MIB])
async def test_bytes_of_any_size_go_and_come(size: int) -> None:
    async with linked() as (here, there, _, _):
        data = content(size)
        assert await send_bytes(here, StoreChunk(b"a", size), data, timeout_s=9) == Stored(False, True)
        reply, fetched = await fetch_bytes(here, FetchChunk(b"any %d" % size), size_max=size, timeout_s=9)
        assert reply == ChunkFollows(size)
        assert fetched == data
        await until(lambda: here.idle and there.idle)


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
async def test_any_buffer_is_sent(kind: type) -> None:
    async with linked() as (here, _, _, _):
        stored = await send_bytes(here, StoreChunk(b"a", 500_000), kind(content(500_000)), timeout_s=9)
        assert stored == Stored(False, True)


async def test_more_than_wanted_is_not_taken() -> None:
    async with linked() as (here, there, _, _):
        with pytest.raises(RemoteProtocolError, match="1000 bytes were announced, at most 999"):
            await fetch_bytes(here, FetchChunk(b"any 1000"), size_max=999, timeout_s=9)
        await until(lambda: here.idle and there.idle)


@pytest.mark.parametrize("lie", [b"short 1000", b"long 1000"])
async def test_a_size_that_is_a_lie_is_noticed(lie: bytes) -> None:
    async with linked() as (here, _, _, _):
        with pytest.raises(RemoteProtocolError, match="not as many came"):
            await fetch_bytes(here, FetchChunk(lie), size_max=5000, timeout_s=9)


async def test_a_failure_is_the_holders_own() -> None:
    async with linked() as (here, _, _, _):
        for what in (b"missing ", b"broken 100000"):
            with pytest.raises(ChunkNotFound):
                await fetch_bytes(here, FetchChunk(what), size_max=MIB, timeout_s=9)


async def test_a_deadline_is_the_answers() -> None:
    async with linked() as (here, there, _, answers):
        with pytest.raises(PeerTimeout, match=r"no answer within 0\.05 s"):
            await fetch_bytes(here, AskChunks(b"a"), size_max=MIB, timeout_s=0.05)
        await until(lambda: here.idle and there.idle and answers.ended == ["CancelledError"])


async def test_bytes_that_stand_still_are_given_up_by_the_link() -> None:
    async with linked(timing=Timing(stall_s=0.05)) as (here, there, _, answers):
        with pytest.raises(PeerTimeout, match="stood still"):
            await fetch_bytes(here, FetchChunk(b"later 9"), size_max=MIB, timeout_s=9)
        await until(lambda: here.idle and there.idle and answers.ended == ["CancelledError"])


async def test_a_link_lost_on_the_way_is_unreachable() -> None:
    async with linked() as (here, there, _, answers):
        fetching = asyncio.create_task(fetch_bytes(here, FetchChunk(b"later 9"), size_max=MIB, timeout_s=9))
        await answers.begun.wait()
        there.wire.abort("pulled the plug")
        with pytest.raises(PeerUnreachable):
            await fetching
