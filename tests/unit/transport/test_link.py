"""Links over real TLS sockets, under both loops: requests, streams, giving up, getting lost."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import pytest

from dfs_core.encoding.control_messages import EventsDropped, GetStatus, ListKeys, StoreFile, Watch, WatchStarted
from dfs_core.encoding.message import Done
from dfs_core.encoding.peer_messages import (
    AskChunks,
    AskMembers,
    ChunkFollows,
    ChunksHeld,
    FetchChunk,
    MembersKnown,
    ReadIndex,
    StoreChunk,
    Stored,
)
from dfs_core.errors import (
    Cancelled,
    ChunkNotFound,
    DfsError,
    NodeNotRunning,
    NotAllowed,
    NotEnoughCopies,
    PeerTimeout,
    PeerUnreachable,
)
from dfs_core.limits import MIB, STREAM_CREDIT_BYTES
from dfs_core.model.raft_messages import TimeoutNow
from dfs_core.transport.asking import fetch_bytes, send_bytes
from dfs_core.transport.link import Link, connect_local
from dfs_core.transport.listener import ControlListener

from .nodes import ANN, BEN, Answers, content, dial, linked, listening, until

# -- asking


async def test_both_sides_know_who_the_other_is() -> None:
    async with linked() as (here, there, _, _):
        assert (here.peer, here.role, here.dialled) == (ANN.node_id, "full", True)
        assert (there.peer, there.role, there.dialled) == (BEN.node_id, "full", False)
        assert here.hello.node == ANN.node_id.digest
        assert here.name == str(ANN.node_id)


async def test_requests_are_answered_both_ways() -> None:
    async with linked() as (here, there, _, _):
        assert await here.call(AskMembers(1), timeout_s=5) == MembersKnown(1, 3, [])
        assert await there.call(AskMembers(2), timeout_s=5) == MembersKnown(2, 3, [])


@pytest.mark.parametrize("codecs", [("msgpack",), ("compact",)])
async def test_a_link_works_when_one_side_has_one_codec_only(codecs: tuple[str, ...]) -> None:
    async with linked(codecs=codecs) as (here, there, _, _):
        assert await here.call(AskMembers(1), timeout_s=5) == MembersKnown(1, 3, [])
        assert await there.call(AskMembers(2), timeout_s=5) == MembersKnown(2, 3, [])


async def test_a_failure_is_raised_as_the_error_it_was() -> None:
    async with linked() as (here, _, _, _):
        with pytest.raises(ChunkNotFound) as caught:
            await here.call(FetchChunk(b"missing "), timeout_s=5)
        assert caught.value.address == "ab" * 32
        with pytest.raises(NotEnoughCopies) as failed:
            await here.call(StoreChunk(b"full disk", 1), timeout_s=5)
        assert failed.value.failures == {"ab" * 32: "no room"}


async def test_a_bug_in_a_handler_is_answered_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    async with linked() as (here, _, _, _):
        with pytest.raises(DfsError, match="internal error"):
            await here.call(ReadIndex(), timeout_s=5)
        assert "a bug in a handler" in caplog.text
        assert await here.call(AskMembers(1), timeout_s=5)


async def test_a_request_has_a_deadline_and_the_other_side_is_told() -> None:
    async with linked() as (here, _, _, answers):
        with pytest.raises(PeerTimeout, match=r"no answer within 0\.05 s"):
            await here.call(AskChunks(b"a"), timeout_s=0.05)
        await answers.stopped.wait()
        assert answers.ended == ["CancelledError"]
        assert await here.call(AskMembers(1), timeout_s=5)


async def test_a_cancelled_request_cancels_its_handler() -> None:
    async with linked() as (here, _, _, answers):
        asking = asyncio.create_task(here.call(AskChunks(b"a"), timeout_s=60))
        await answers.begun.wait()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        await answers.stopped.wait()
        assert answers.ended == ["CancelledError"]
        await until(lambda: here.idle)


async def test_one_way_messages_arrive_and_are_not_answered() -> None:
    async with linked() as (here, _, _, answers):
        assert here.notify(TimeoutNow(7))
        await answers.begun.wait()
        assert answers.notes == [TimeoutNow(7)]
    assert not here.notify(TimeoutNow(8))


async def test_two_hundred_exchanges_both_ways_at_once_are_all_right() -> None:
    rng = random.Random(5)
    async with linked() as (here, there, _, _):

        async def exchange(link: Link, number: int) -> bool:
            size = rng.choice([0, 1, 1000, 70_000, 300_000])
            if number % 3 == 0:
                stored = await send_bytes(link, StoreChunk(b"a", size), content(size), timeout_s=60)
                return stored == Stored(False, True)
            if number % 3 == 1:
                reply, data = await fetch_bytes(link, FetchChunk(b"any %d" % size), size_max=MIB, timeout_s=60)
                return reply == ChunkFollows(size) and data == content(size)
            return await link.call(AskMembers(number), timeout_s=60) == MembersKnown(number, 3, [])

        done = await asyncio.gather(*(exchange(rng.choice([here, there]), number) for number in range(200)))
        assert all(done)
        await until(lambda: here.idle and there.idle)


async def test_more_requests_than_fit_wait_for_their_turn() -> None:
    async with linked() as (here, _, _, answers):
        asking = [asyncio.create_task(here.call(AskChunks(b"a"), timeout_s=60)) for _ in range(1100)]
        await until(lambda: len(answers.started) == 1024)
        assert not here.connection.requests_free
        with pytest.raises(PeerTimeout, match="too much is waiting"):
            await here.open(AskMembers(1), timeout_s=0.01)
        answers.go_on.set()
        assert await asyncio.gather(*asking) == [ChunksHeld(b"a")] * 1100


# -- streams


async def test_a_slow_reader_holds_its_sender_and_memory_stays_bounded() -> None:
    async with linked() as (here, there, answers, _):
        exchange = await here.open(FetchChunk(b"any %d" % (20 * MIB)), timeout_s=5)
        assert await exchange.reply(timeout_s=5) == ChunkFollows(20 * MIB)
        for _ in range(200):
            await asyncio.sleep(0)
            await here.call(AskMembers(1), timeout_s=5)  # the link itself is not held up
        assert there.sent_bytes < STREAM_CREDIT_BYTES + 100_000
        first = await exchange.read(MIB)
        assert first == content(20 * MIB)[: len(first)]
        rest = bytearray(20 * MIB - len(first))
        assert await exchange.read_into(rest) == len(rest)
        assert first + rest == content(20 * MIB)
        assert await exchange.read(1) == b""
        assert answers.started == []


async def test_a_sender_may_use_its_memory_again() -> None:
    async with linked() as (here, _, _, _):
        async with await here.open(FetchChunk(b"pieces 700000"), timeout_s=5) as exchange:
            await exchange.reply(timeout_s=5)
            data = bytearray(700_000)
            assert await exchange.read_into(data) == 700_000
        assert data == content(700_000)


async def test_a_chunk_that_is_there_already_is_not_sent() -> None:
    async with linked() as (here, _, _, _):
        exchange = await here.open(StoreChunk(b"have it", 20 * MIB), timeout_s=5)
        assert await exchange.reply(timeout_s=5) == Stored(True)
        before = here.sent_bytes
        await exchange.send(content(20 * MIB))
        await exchange.finish()
        assert here.sent_bytes - before < 1000
        assert await exchange.reply(timeout_s=5) == Stored(True)


async def test_an_early_answer_stops_a_sender_in_the_middle() -> None:
    async with linked() as (here, _, _, answers):
        data = content(20 * MIB)
        assert await send_bytes(here, StoreChunk(b"have it", len(data)), data, timeout_s=5) == Stored(True)
        with pytest.raises(NotEnoughCopies):
            await send_bytes(here, StoreChunk(b"full disk", len(data)), data, timeout_s=5)
        assert here.sent_bytes < 10 * MIB
        assert answers.ended == ["", "NotEnoughCopies"]


async def test_a_responder_that_breaks_off_is_heard_by_the_reader() -> None:
    async with linked() as (here, _, _, _):
        exchange = await here.open(FetchChunk(b"broken 100000"), timeout_s=5)
        assert await exchange.reply(timeout_s=5) == ChunkFollows(100_000)
        with pytest.raises(ChunkNotFound):
            await exchange.read_into(bytearray(100_000))
        assert exchange.cancelled.is_set()


async def test_a_requester_that_breaks_off_is_heard_by_the_handler() -> None:
    async with linked() as (here, _, _, answers):
        exchange = await here.open(StoreChunk(b"a", 1000), timeout_s=5)
        await exchange.send(bytes(500))
        await answers.begun.wait()
        await exchange.reset(Cancelled("Ctrl-C"))
        await answers.stopped.wait()
        assert answers.ended in (["Cancelled"], ["CancelledError"])
        with pytest.raises(Cancelled, match="Ctrl-C"):
            await exchange.send(b"more")
        await until(lambda: here.idle)


async def test_leaving_an_exchange_unfinished_resets_it() -> None:
    async with linked() as (here, there, _, _):
        async with await here.open(FetchChunk(b"any %d" % (20 * MIB)), timeout_s=5) as exchange:
            await exchange.reply(timeout_s=5)
        await until(lambda: there.idle and here.idle)


async def test_a_cancelled_send_leaves_no_hole_behind() -> None:
    """The stretch is half sent and its memory goes back to the caller, so the exchange must end."""
    async with linked() as (here, _, _, answers):
        exchange = await here.open(AskChunks(b"never reads"), timeout_s=5)
        sending = asyncio.create_task(exchange.send(bytes(5 * MIB)))
        await answers.begun.wait()
        await until(lambda: here.sent_bytes > MIB)
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        with pytest.raises(Cancelled):
            await exchange.send(b"more")
        await answers.stopped.wait()


async def test_a_read_that_is_cancelled_can_be_repeated() -> None:
    async with linked() as (here, _, _, answers):
        exchange = await here.open(FetchChunk(b"later 1000"), timeout_s=5)
        await exchange.reply(timeout_s=5)
        reading = asyncio.create_task(exchange.read_into(bytearray(10)))
        await asyncio.sleep(0)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        answers.go_on.set()
        data = bytearray(1000)
        assert await exchange.read_into(data) == 1000
        assert data == content(1000)


# -- getting lost


async def test_closing_ends_what_is_open_on_both_sides() -> None:
    async with linked() as (here, there, _, answers):
        asking = asyncio.create_task(here.call(AskChunks(b"a"), timeout_s=60))
        await answers.begun.wait()
        await there.close("the node stops")
        assert answers.ended == ["CancelledError"]
        with pytest.raises(PeerUnreachable, match="the node stops"):
            await asking
        assert "the node stops" in await here.wait_closed()
        with pytest.raises(PeerUnreachable, match="the node stops"):
            await here.call(AskMembers(1), timeout_s=5)
        with pytest.raises(PeerUnreachable):
            await here.open(AskMembers(1), timeout_s=5)
        await there.close("again")


async def test_a_lost_socket_fails_every_exchange() -> None:
    async with linked() as (here, there, _, answers):
        reading = await here.open(FetchChunk(b"any %d" % (20 * MIB)), timeout_s=5)
        await reading.reply(timeout_s=5)
        asking = asyncio.create_task(here.call(AskChunks(b"a"), timeout_s=60))
        await until(lambda: len(answers.started) == 2)
        there.wire.abort("pulled the plug")
        with pytest.raises(PeerUnreachable):
            await asking
        with pytest.raises(PeerUnreachable):
            await reading.read_into(bytearray(20 * MIB))
        await here.wait_closed()
        await until(lambda: len(answers.ended) == 2)


async def test_what_arrived_whole_before_the_loss_can_be_read() -> None:
    async with linked() as (here, there, _, _):
        exchange = await here.open(FetchChunk(b"any 1000"), timeout_s=5)
        await exchange.reply(timeout_s=5)
        await until(lambda: here.idle)
        there.wire.abort("pulled the plug")
        await here.wait_closed()
        assert await exchange.read(5000) == content(1000)
        assert await exchange.read(5000) == b""


# -- the local side


async def test_a_client_asks_over_the_control_socket(tmp_path: Path) -> None:
    answers = Answers()
    listener = ControlListener(answers)
    path = f"{tmp_path}/control"
    await listener.listen(path)
    link = await connect_local(path)
    try:
        assert (link.role, link.peer, link.address) == ("local", None, path)
        exchange = await link.open(StoreFile("k", bytes(16), -1, 0, 0), timeout_s=5)
        scratch = bytearray(100_001)
        for _ in range(50):
            await exchange.send(scratch)
        await exchange.finish()
        reply = await exchange.reply(timeout_s=5)
        assert getattr(reply, "size", 0) == 50 * 100_001
        with pytest.raises(NotAllowed):
            await link.call(StoreChunk(b"a", 1), timeout_s=5)
    finally:
        await link.close()
        await listener.close()


async def test_watching_ends_when_the_watched_says_so(tmp_path: Path) -> None:
    listener = ControlListener(Answers())
    await listener.listen(f"{tmp_path}/control")
    link = await connect_local(f"{tmp_path}/control")
    try:
        exchange = await link.open(Watch(3.0), timeout_s=5)
        assert await exchange.reply(timeout_s=5) == WatchStarted()
        events = [await exchange.interim() for _ in range(4)]
        assert events == [EventsDropped(0), EventsDropped(1), EventsDropped(2), None]
    finally:
        await link.close()
        await listener.close()


async def test_a_client_without_a_node_is_told_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NodeNotRunning, match="dfs-core node"):
        await connect_local(f"{tmp_path}/nobody")


async def test_a_client_takes_no_requests() -> None:
    async with listening() as node:
        here = await dial(node)
        there = await node.links.get()
        with pytest.raises(NotAllowed, match="takes no requests"):
            await there.call(AskMembers(1), timeout_s=5)
        await here.close()


async def test_what_a_role_may_not_ask_is_refused_and_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    async with linked() as (here, _, _, answers):
        for _ in range(3):
            with pytest.raises(NotAllowed, match="ListKeys is not for the role 'full'"):
                await here.call(ListKeys(), timeout_s=5)
            with pytest.raises(NotAllowed):
                await here.call(GetStatus(), timeout_s=5)
        here.notify(Done())
        await here.call(AskMembers(1), timeout_s=5)
        assert answers.notes == []
        assert caplog.text.count("ListKeys is not for") == 1
