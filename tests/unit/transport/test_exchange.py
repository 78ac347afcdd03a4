"""Exchange: the rules of one request, on a link without a socket."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from dfs_core.encoding.control_messages import EventsDropped, GetStatus, Watch, WatchStarted
from dfs_core.encoding.message import Done, Failed, Message
from dfs_core.encoding.peer_messages import ChunkFollows, FetchChunk, ReadIndex, StoreChunk, Stored
from dfs_core.errors import (
    Cancelled,
    ChunkNotFound,
    KeyNotFound,
    LocalProtocolError,
    PeerTimeout,
    PeerUnreachable,
    RemoteProtocolError,
)
from dfs_core.model.raft_messages import TimeoutNow
from dfs_core.transport.events import InterimReceived, ReplyReceived, ResetReceived
from dfs_core.transport.exchange import Exchange, Signal, failure
from dfs_core.transport.protocol import Connection

from .talk import Pair


class Wire:
    """Counts how often something was to be written."""

    def __init__(self) -> None:
        self.pumped = 0

    def pump(self) -> None:
        self.pumped += 1


class Carrier:
    """As much of a link as an exchange needs."""

    peer, role, name, address, closed = None, "full", "ann", "h:1", False

    def __init__(self, connection: Connection) -> None:
        self.connection, self.wire = connection, Wire()

    def drop(self, reason: str) -> None:
        raise AssertionError(reason)

    def send_reply(self, exchange: object, message: Message, *, last: bool) -> None:
        self.connection.send_reply(exchange, message, last=last)  # type: ignore[arg-type]

    async def room(self) -> None:
        await asyncio.sleep(0)

    async def in_time(self, waiting: Awaitable[None]) -> None:
        await waiting

    @property
    def hello(self) -> object:
        return self.connection.hello


class Talk:
    """A request, seen by its requester and its responder."""

    def __init__(self, request: Message, *, last: bool = False, pair: Pair | None = None) -> None:
        self.pair = pair or Pair()
        wire = self.pair.dialler.send_request(request, last=last)
        self.asker = Exchange(Carrier(self.pair.dialler), wire, request)  # type: ignore[arg-type]
        self.pair.carry()
        self.asked = Exchange(Carrier(self.pair.listener), self.pair.asked(self.pair.listener), request)  # type: ignore[arg-type]

    def carry(self) -> None:
        """What either side said reaches the other."""
        self.pair.carry()
        for exchange, connection in ((self.asker, self.pair.dialler), (self.asked, self.pair.listener)):
            for reply in self.pair.got(connection, ReplyReceived):
                exchange.heard(reply.message)
            for interim in self.pair.got(connection, InterimReceived):
                exchange.heard_interim(interim.message, interim.size)
            for reset in self.pair.got(connection, ResetReceived):
                assert isinstance(reset.message, Failed)
                exchange.lost(KeyNotFound(reset.message.text))
            exchange.may_read()
            exchange.may_write()
            exchange.over()
        self.pair.forget()


async def soon(talk: Talk, work: Awaitable[object]) -> object:
    """The result of `work`, with the talk going on meanwhile."""
    task = asyncio.ensure_future(work)
    while not task.done():
        await asyncio.sleep(0)
        talk.carry()
    return await task


async def test_a_reply_may_be_asked_for_again() -> None:
    talk = Talk(ReadIndex(), last=True)
    await talk.asked.respond(Failed("key_not_found", "no", {"key": "k"}))
    talk.asked.answered()
    for _ in range(2):
        with pytest.raises(KeyNotFound):
            await soon(talk, talk.asker.reply(timeout_s=5))


async def test_a_reply_goes_out_with_the_handlers_return_or_soon_after() -> None:
    returned, working = Talk(FetchChunk(b"a"), last=True), Talk(FetchChunk(b"a"), last=True)
    await returned.asked.respond(ChunkFollows(0))
    returned.asked.answered()
    returned.pair.carry()
    assert returned.asker._open.over  # one frame: the reply was the last
    await working.asked.respond(ChunkFollows(0))
    assert await soon(working, working.asker.reply(timeout_s=5)) == ChunkFollows(0)
    assert not working.asker._open.over  # the handler may still send bytes
    working.asked.answered()
    working.carry()
    assert working.asker._open.over


async def test_a_request_is_answered_once() -> None:
    talk = Talk(ReadIndex(), last=True)
    await talk.asked.respond(Done())
    with pytest.raises(LocalProtocolError, match="once"):
        await talk.asked.respond(Done())


async def test_a_handler_that_says_nothing_has_done_it() -> None:
    talk = Talk(GetStatus(), last=True)
    talk.asked.answered()
    with pytest.raises(RemoteProtocolError, match="Done is no answer to GetStatus"):
        await soon(talk, talk.asker.reply(timeout_s=5))


async def test_a_reply_that_does_not_come_times_out() -> None:
    talk = Talk(ReadIndex(), last=True)
    with pytest.raises(PeerTimeout, match="ann"):
        await talk.asker.reply(timeout_s=0.01)


async def test_a_failure_after_the_reply_is_a_reset() -> None:
    talk = Talk(FetchChunk(b"a"), last=True)
    await talk.asked.respond(ChunkFollows(10))
    assert await soon(talk, talk.asker.reply(timeout_s=5)) == ChunkFollows(10)
    talk.asked.failed(ChunkNotFound("ab"))
    with pytest.raises(KeyNotFound):  # what this test makes of a reset
        await soon(talk, talk.asker.read(10))
    assert talk.asker.cancelled.is_set()


async def test_bytes_flow_both_ways() -> None:
    talk = Talk(StoreChunk(b"a", 6))
    data = bytearray(6)
    reading = asyncio.create_task(talk.asked.read_into(data))
    await soon(talk, talk.asker.send(b"abc"))
    await soon(talk, talk.asker.send(b"def", last=True))
    assert await soon(talk, reading) == 6
    assert data == b"abcdef"
    await talk.asked.respond(Stored(False))
    await soon(talk, talk.asked.send(b"xyz"))
    await talk.asked.finish()
    assert await soon(talk, talk.asker.reply(timeout_s=5)) == Stored(False)
    assert await soon(talk, talk.asker.read(99)) == b"xyz"
    assert await soon(talk, talk.asker.read(99)) == b""


async def test_reading_less_than_came_leaves_the_rest() -> None:
    talk = Talk(StoreChunk(b"a", 6))
    await soon(talk, talk.asker.send(b"abcdef", last=True))
    assert [await talk.asked.read(4), await talk.asked.read(4), await talk.asked.read(4)] == [b"abcd", b"ef", b""]
    assert await talk.asked.read_into(bytearray(3)) == 0


async def test_interim_messages_are_read_before_the_end() -> None:
    talk = Talk(Watch(), last=True)
    for number in range(3):
        await talk.asked.event(EventsDropped(number))
    talk.asked.failed(KeyNotFound("k"))
    talk.carry()
    assert [await talk.asker.interim() for _ in range(3)] == [EventsDropped(number) for number in range(3)]
    with pytest.raises(KeyNotFound):
        await talk.asker.interim()


async def test_watching_ends_quietly_when_the_handler_returns() -> None:
    talk = Talk(Watch(), last=True)
    await talk.asked.event(EventsDropped(1))
    await talk.asked.respond(WatchStarted())
    talk.asked.answered()
    talk.carry()
    assert [await talk.asker.interim(), await talk.asker.interim()] == [EventsDropped(1), None]


async def test_what_is_no_event_is_refused() -> None:
    talk = Talk(Watch(), last=True)
    talk.asker.heard_interim(TimeoutNow(1), 5)
    with pytest.raises(RemoteProtocolError, match="no event"):
        await talk.asker.interim()
    talk.asker.heard(TimeoutNow(1))
    with pytest.raises(RemoteProtocolError, match="no answer"):
        await talk.asker.reply(timeout_s=5)


CALLS: list[Callable[[Exchange], Awaitable[object]]] = [
    lambda exchange: exchange.send(b"a"),
    lambda exchange: exchange.finish(),
    lambda exchange: exchange.read(1),
    lambda exchange: exchange.read_into(bytearray(1)),
    lambda exchange: exchange.reply(timeout_s=5),
    lambda exchange: exchange.interim(),
    lambda exchange: exchange.respond(Done()),
    lambda exchange: exchange.event(Done()),
]


@pytest.mark.parametrize("call", CALLS)
async def test_after_the_loss_every_call_raises_it(call: Callable[[Exchange], Awaitable[object]]) -> None:
    talk = Talk(StoreChunk(b"a", 6))
    talk.asker.lost(PeerUnreachable("ann", "pulled the plug"))
    with pytest.raises(PeerUnreachable, match="pulled the plug"):
        await call(talk.asker)
    assert talk.asker.cancelled.is_set()


@pytest.mark.parametrize("call", CALLS[2:6])
async def test_the_loss_wakes_whoever_waits(call: Callable[[Exchange], Awaitable[object]]) -> None:
    talk = Talk(StoreChunk(b"a", 6))
    waiting = asyncio.ensure_future(call(talk.asker))
    await asyncio.sleep(0)
    assert not waiting.done()
    talk.asker.lost(PeerUnreachable("ann", "pulled the plug"))
    with pytest.raises(PeerUnreachable):
        await waiting


async def test_leaving_resets_with_the_error_that_made_one_leave() -> None:
    talk = Talk(StoreChunk(b"a", 6))
    with pytest.raises(ChunkNotFound):
        async with talk.asker:
            raise ChunkNotFound("ab")
    talk.carry()
    with pytest.raises(KeyNotFound, match="chunk ab"):
        await talk.asked.read(1)


async def test_giving_up_twice_is_giving_up_once() -> None:
    talk = Talk(StoreChunk(b"a", 6))
    await talk.asker.reset(Cancelled("one"))
    await talk.asker.reset(Cancelled("two"))
    with pytest.raises(Cancelled, match="one"):
        await talk.asker.read(1)


def test_an_error_travels_with_its_facts() -> None:
    assert failure(KeyNotFound("k")) == Failed("key_not_found", str(KeyNotFound("k")), {"key": "k"})


async def test_a_signal_wakes_all_who_wait_and_nobody_later() -> None:
    signal = Signal()
    waiting = [asyncio.ensure_future(signal.wait()) for _ in range(3)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    signal.wake()
    await asyncio.gather(*waiting[1:])
    later = asyncio.ensure_future(signal.wait())
    await asyncio.sleep(0)
    assert not later.done()
    later.cancel()


async def test_bytes_may_take_any_time_while_they_move_and_not_when_they_stand_still() -> None:
    """Each turn the stall deadline is over; in between a slow wire has carried a little, until it carries no more."""
    talk = Talk(StoreChunk(b"a", 1000))
    target = bytearray(1000)
    carried = 0

    async def overdue(waiting: Awaitable[None]) -> None:
        nonlocal carried
        task = asyncio.ensure_future(waiting)
        if carried < 300:
            await soon(talk, talk.asker.send(bytes(100)))
            carried += 100
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        raise PeerTimeout("ann", "its stream stood still")

    talk.asked.link.in_time = overdue  # type: ignore[method-assign]
    with pytest.raises(PeerTimeout):
        await soon(talk, talk.asked.read_into(target))
    assert carried == 300
