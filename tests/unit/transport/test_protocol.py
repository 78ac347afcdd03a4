"""The connection without a socket: two of them, a fake wire, whole or byte by byte."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from dfs_core.encoding.codec import CODECS
from dfs_core.encoding.frame import (
    END,
    HEADER_BYTES,
    LAST,
    FrameDecoder,
    Kind,
    MessageFlag,
    encode_credit,
    encode_frame,
    encode_header,
)
from dfs_core.encoding.message import Done, Failed
from dfs_core.encoding.peer_messages import AskChunks, ChunkFollows, FetchChunk, ReadIndex, StoreChunk, Stored
from dfs_core.errors import LocalProtocolError, RemoteProtocolError
from dfs_core.limits import FRAME_BYTES_MAX, MESSAGE_BYTES_MAX, STREAM_CREDIT_BYTES
from dfs_core.transport.events import (
    ExchangeOver,
    GoodbyeReceived,
    HelloReceived,
    InterimReceived,
    OneWayReceived,
    ReplyReceived,
    RequestReceived,
    ResetReceived,
    StreamDrained,
    StreamMoved,
)
from dfs_core.transport.states import State

from .talk import WHOLE, Pair, give, hello, said

COMPACT = CODECS["compact"]
STEPS = pytest.mark.parametrize("step", [WHOLE, 4096, 7, 1])


def request_frame(id_: int, flags: int = MessageFlag.REQUEST) -> bytes:
    return encode_frame(Kind.MESSAGE, COMPACT.encode(FetchChunk(b"a")), flags=flags, id_=id_)


def data_frame(id_: int, payload: bytes, flags: int = 0) -> bytes:
    return encode_frame(Kind.DATA, payload, flags=flags, id_=id_)


# -- greeting


@STEPS
def test_both_sides_come_to_the_same_terms(step: int) -> None:
    pair = Pair(step=step, greet=False)
    pair.carry()
    (dialled,) = pair.got(pair.dialler, HelloReceived)
    (listened,) = pair.got(pair.listener, HelloReceived)
    assert dialled.terms == listened.terms
    assert dialled.terms.codec == "compact"
    assert pair.dialler.state is pair.listener.state is State.OPEN


def test_the_listener_says_nothing_before_it_was_spoken_to() -> None:
    pair = Pair(greet=False)
    assert said(pair.listener) == b""


def test_the_listener_repeats_the_purpose_it_was_dialled_for() -> None:
    pair = Pair(dialler=hello(purpose="control", cluster=b""))
    assert pair.dialler.hello is not None
    assert pair.dialler.hello.purpose == "control"


@pytest.mark.parametrize("only", ["msgpack", "compact"])
@pytest.mark.parametrize("side", ["dialler", "listener"])
def test_a_side_that_has_one_codec_only_is_met(only: str, side: str) -> None:
    one = hello(codecs=(only,))
    pair = Pair(dialler=one) if side == "dialler" else Pair(listener=one)
    pair.dialler.send_request(ReadIndex(), last=True)
    frames = FrameDecoder().receive(said(pair.dialler))
    assert CODECS[only].decode(frames[0].payload) == ReadIndex()


def test_without_a_codec_in_common_the_reason_is_told() -> None:
    pair = Pair(dialler=hello(codecs=("compact",)), listener=hello(codecs=("msgpack",)), greet=False)
    with pytest.raises(RemoteProtocolError, match="no codec in common"):
        give(pair.listener, said(pair.dialler))
    give(pair.dialler, said(pair.listener))
    (goodbye,) = [event for event in pair.dialler.events() if isinstance(event, GoodbyeReceived)]
    assert "no codec in common" in goodbye.reason
    assert pair.dialler.state is State.CLOSED


def test_another_cluster_is_told_so_and_dropped() -> None:
    pair = Pair(listener=hello(cluster=b"d" * 16), greet=False)
    with pytest.raises(RemoteProtocolError, match="another cluster"):
        give(pair.listener, said(pair.dialler))
    assert b"another cluster" in said(pair.listener)
    assert pair.listener.state is State.CLOSING


def test_nothing_but_hello_comes_first() -> None:
    for frame in (request_frame(1), encode_frame(Kind.PING, bytes(8)), encode_frame(Kind.RESET, b"", id_=1)):
        pair = Pair(greet=False)
        with pytest.raises(RemoteProtocolError, match="GREETING"):
            give(pair.listener, frame)


def test_a_second_hello_is_an_error() -> None:
    pair = Pair(greet=False)
    greeting = said(pair.dialler)
    give(pair.listener, greeting)
    with pytest.raises(RemoteProtocolError, match="HELLO is not allowed while OPEN"):
        give(pair.listener, greeting)


def test_garbage_is_refused_from_its_first_bytes() -> None:
    pair = Pair(greet=False)
    with pytest.raises(RemoteProtocolError):
        give(pair.listener, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")


def test_no_message_can_be_sent_before_the_greeting() -> None:
    pair = Pair(greet=False)
    assert not pair.dialler.requests_free
    with pytest.raises(LocalProtocolError):
        pair.dialler.send_request(ReadIndex(), last=True)
    with pytest.raises(LocalProtocolError):
        pair.dialler.send_one_way(Done())


# -- requests


@STEPS
@pytest.mark.parametrize("asker", ["dialler", "listener"])
def test_a_request_is_answered_under_its_id(step: int, asker: str) -> None:
    pair = Pair(step=step)
    here, there = (pair.dialler, pair.listener) if asker == "dialler" else (pair.listener, pair.dialler)
    exchange = here.send_request(FetchChunk(b"one"), last=True)
    assert exchange.id % 2 == (asker == "dialler")
    pair.carry()
    (asked,) = pair.got(there, RequestReceived)
    assert asked.message == FetchChunk(b"one")
    there.send_reply(asked.exchange, Done(), last=True)
    pair.carry()
    assert [event.message for event in pair.got(here, ReplyReceived)] == [Done()]
    assert exchange.over
    assert asked.exchange.over
    assert pair.got(here, ExchangeOver) == [ExchangeOver(exchange, lost=False)]


@STEPS
def test_many_requests_are_answered_in_any_order(step: int) -> None:
    pair = Pair(step=step)
    exchanges = [pair.dialler.send_request(FetchChunk(bytes([n])), last=True) for n in range(20)]
    pair.carry()
    asked = pair.got(pair.listener, RequestReceived)
    random.Random(4).shuffle(asked)
    for each in asked:
        assert isinstance(each.message, FetchChunk)
        pair.listener.send_reply(each.exchange, ChunkFollows(each.message.address[0]), last=True)
    pair.carry()
    replies = {event.exchange: event.message for event in pair.got(pair.dialler, ReplyReceived)}
    assert replies == {exchange: ChunkFollows(number) for number, exchange in enumerate(exchanges)}


def test_a_large_message_passes_and_one_beyond_the_bound_does_not() -> None:
    pair = Pair()
    pair.dialler.send_request(AskChunks(bytes(MESSAGE_BYTES_MAX - 100)), last=True)
    pair.carry()
    (asked,) = pair.got(pair.listener, RequestReceived)
    assert asked.message == AskChunks(bytes(MESSAGE_BYTES_MAX - 100))
    with pytest.raises(RemoteProtocolError, match="allowed are"):
        give(pair.listener, encode_header(Kind.MESSAGE, MessageFlag.REQUEST, 3, MESSAGE_BYTES_MAX + 1))


def test_each_side_keeps_to_the_other_sides_bounds() -> None:
    small = hello(message_bytes_max=65536, frame_bytes_max=1024)
    pair = Pair(listener=small)
    with pytest.raises(LocalProtocolError, match="takes no message"):
        pair.dialler.send_request(AskChunks(bytes(65536)), last=True)
    exchange = pair.dialler.send_request(StoreChunk(b"a", 5000), last=False)
    pair.dialler.send_data(exchange, memoryview(bytes(5000)), last=True)
    frames = FrameDecoder().receive(said(pair.dialler))
    assert [len(frame.payload) for frame in frames[1:]] == [1024, 1024, 1024, 1024, 904]


def test_bounds_told_in_hello_are_enforced() -> None:
    pair = Pair(listener=hello(message_bytes_max=65536, frame_bytes_max=1024))
    with pytest.raises(RemoteProtocolError, match="at most 65536"):
        give(pair.listener, encode_header(Kind.MESSAGE, MessageFlag.REQUEST, 1, 65537))
    pair = Pair(listener=hello(message_bytes_max=65536, frame_bytes_max=1024))
    with pytest.raises(RemoteProtocolError, match="at most 1024"):
        give(pair.listener, request_frame(1) + encode_header(Kind.DATA, 0, 1, 1025))


def test_more_requests_than_allowed_end_the_link() -> None:
    pair = Pair(listener=hello(requests_max=3))
    for _ in range(3):
        assert pair.dialler.requests_free
        pair.dialler.send_request(ReadIndex(), last=True)
    assert not pair.dialler.requests_free
    with pytest.raises(LocalProtocolError):
        pair.dialler.send_request(ReadIndex(), last=True)
    give(pair.listener, said(pair.dialler))
    with pytest.raises(RemoteProtocolError, match="more than 3 requests"):
        give(pair.listener, request_frame(7))


def test_a_place_is_free_again_when_a_request_is_over() -> None:
    pair = Pair(listener=hello(requests_max=1))
    for _ in range(5):
        pair.dialler.send_request(ReadIndex(), last=True)
        pair.carry()
        pair.listener.send_reply(pair.asked(pair.listener), Done(), last=True)
        pair.carry()
    assert pair.dialler.requests_free


@pytest.mark.parametrize("id_", [2, 4])
def test_a_request_under_the_other_sides_id_is_an_error(id_: int) -> None:
    with pytest.raises(RemoteProtocolError, match="not its to use"):
        give(Pair().listener, request_frame(id_))


def test_ids_only_go_up() -> None:
    pair = Pair()
    give(pair.listener, request_frame(5))
    for id_ in (5, 3):
        with pytest.raises(RemoteProtocolError, match="not its to use"):
            give(pair.listener, request_frame(id_))
        pair = Pair()
        give(pair.listener, request_frame(5))


@pytest.mark.parametrize(
    "frame",
    [
        data_frame(9, b"x"),
        data_frame(8, b"x"),
        encode_frame(Kind.CREDIT, encode_credit(5), id_=9),
        encode_frame(Kind.RESET, b"", id_=9),
        encode_frame(Kind.MESSAGE, COMPACT.encode(Done()), flags=MessageFlag.REPLY, id_=8),
    ],
)
def test_a_frame_for_an_exchange_that_never_was_is_an_error(frame: bytes) -> None:
    with pytest.raises(RemoteProtocolError, match="which nobody opened"):
        give(Pair().listener, frame)


def test_frames_for_an_exchange_that_is_over_are_late_not_wrong() -> None:
    pair = Pair()
    exchange = pair.dialler.send_request(StoreChunk(b"a", 9), last=False)
    pair.carry()
    pair.listener.send_reply(pair.asked(pair.listener), Stored(True), last=True)
    pair.carry()
    pair.forget()
    late = [
        data_frame(exchange.id, bytes(1000)),
        data_frame(exchange.id, b"", END),
        encode_frame(Kind.CREDIT, encode_credit(9), id_=exchange.id),
        encode_frame(Kind.RESET, b"", id_=exchange.id),
    ]
    give(pair.listener, b"".join(late) + request_frame(exchange.id + 2))
    assert [type(event) for event in pair.listener.events()] == [RequestReceived]


def test_a_reply_is_given_once() -> None:
    pair = Pair()
    pair.dialler.send_request(FetchChunk(b"a"), last=True)
    pair.carry()
    asked = pair.asked(pair.listener)
    pair.listener.send_reply(asked, ChunkFollows(3), last=False)
    with pytest.raises(LocalProtocolError, match="once"):
        pair.listener.send_reply(asked, ChunkFollows(3), last=False)
    reply = encode_frame(Kind.MESSAGE, COMPACT.encode(ChunkFollows(3)), flags=MessageFlag.REPLY, id_=asked.id)
    give(pair.dialler, reply)
    with pytest.raises(RemoteProtocolError, match="second reply"):
        give(pair.dialler, reply)


def test_only_the_asked_side_replies() -> None:
    pair = Pair()
    exchange = pair.dialler.send_request(FetchChunk(b"a"), last=True)
    with pytest.raises(LocalProtocolError):
        pair.dialler.send_reply(exchange, Done(), last=True)
    with pytest.raises(LocalProtocolError):
        pair.dialler.send_interim(exchange, Done())
    pair.carry()
    with pytest.raises(RemoteProtocolError, match="of its own"):
        give(
            pair.listener,
            encode_frame(Kind.MESSAGE, COMPACT.encode(Done()), flags=MessageFlag.REPLY | LAST, id_=exchange.id),
        )


def test_one_way_messages_come_in_order() -> None:
    pair = Pair(step=1)
    for number in range(5):
        pair.dialler.send_one_way(ChunkFollows(number))
    pair.carry()
    assert pair.got(pair.listener, OneWayReceived) == [OneWayReceived(ChunkFollows(number)) for number in range(5)]


def test_an_unknown_message_ends_the_link() -> None:
    with pytest.raises(RemoteProtocolError, match="not a message"):
        give(Pair().listener, encode_frame(Kind.MESSAGE, b"\x91\xa3odd", flags=MessageFlag.REQUEST, id_=1))


# -- streams


@STEPS
def test_bytes_of_an_upload_arrive_in_order(step: int) -> None:
    content = random.Random(1).randbytes(5_000 if step < 4096 else 700_000)
    pair = Pair(step=step)
    exchange = pair.dialler.send_request(StoreChunk(b"a", len(content)), last=False)
    pair.dialler.send_data(exchange, memoryview(content), last=True)
    pair.carry()
    assert pair.got(pair.dialler, StreamDrained) == [StreamDrained(exchange)]
    incoming = pair.asked(pair.listener).incoming
    target = bytearray(len(content))
    assert incoming.offer(memoryview(target))
    assert incoming.withdraw() == len(content)
    assert target == content
    assert incoming.ended


@STEPS
def test_bytes_of_a_download_arrive_where_the_reader_wants_them(step: int) -> None:
    content = random.Random(2).randbytes(5_000 if step < 4096 else 600_000)
    pair = Pair(step=step)
    exchange = pair.dialler.send_request(FetchChunk(b"a"), last=True)
    target = bytearray(len(content))
    exchange.incoming.offer(memoryview(target))
    pair.carry()
    asked = pair.asked(pair.listener)
    pair.listener.send_reply(asked, ChunkFollows(len(content)), last=False)
    pair.listener.send_data(asked, memoryview(content), last=True)
    pair.carry()
    assert exchange.incoming.filled
    assert target == content
    assert exchange.over
    assert asked.over


def test_a_large_payload_is_received_in_place() -> None:
    pair = Pair()
    exchange = pair.dialler.send_request(FetchChunk(b"a"), last=True)
    target = bytearray(FRAME_BYTES_MAX)
    exchange.incoming.offer(memoryview(target))
    pair.carry()
    reply = encode_frame(Kind.MESSAGE, COMPACT.encode(ChunkFollows(1)), flags=MessageFlag.REPLY, id_=exchange.id)
    give(pair.dialler, reply + encode_header(Kind.DATA, 0, exchange.id, FRAME_BYTES_MAX))
    buffer = pair.dialler.receive_buffer()
    assert len(buffer) == FRAME_BYTES_MAX
    buffer[:3] = b"abc"
    assert target[:3] == b"abc"


def test_what_is_sent_is_the_senders_own_memory() -> None:
    pair = Pair()
    content = bytearray(b"0123456789" * 1000)
    exchange = pair.dialler.send_request(StoreChunk(b"a", len(content)), last=False)
    pair.dialler.send_data(exchange, memoryview(content), last=True)
    pieces = pair.dialler.data_to_send()
    content[0:1] = b"!"
    assert b"".join(pieces).endswith(b"!123456789" + b"0123456789" * 999)


def test_no_more_is_sent_than_there_is_credit_for() -> None:
    pair = Pair(listener=hello(stream_credit=1000))
    exchange = pair.dialler.send_request(StoreChunk(b"a", 5000), last=False)
    pair.dialler.send_data(exchange, memoryview(bytes(5000)), last=True)
    pair.carry()
    asked = pair.asked(pair.listener)
    assert pair.got(pair.dialler, StreamDrained) == []
    read = 0
    while data := asked.incoming.take(300):
        read += len(data)
        pair.listener.send_credit(asked)
        pair.carry()
    assert read == 5000
    assert asked.incoming.ended
    assert pair.got(pair.dialler, StreamDrained) == [StreamDrained(exchange)]


def test_a_sender_beyond_its_credit_is_dropped() -> None:
    pair = Pair(listener=hello(stream_credit=1000))
    give(pair.listener, request_frame(1) + data_frame(1, bytes(900)))
    with pytest.raises(RemoteProtocolError, match="credit for 100"):
        give(pair.listener, data_frame(1, bytes(101)))


def test_bytes_after_the_end_are_an_error() -> None:
    for beginning in (request_frame(1) + data_frame(1, b"x", END), request_frame(1, MessageFlag.REQUEST | LAST)):
        pair = Pair()
        give(pair.listener, beginning)
        with pytest.raises(RemoteProtocolError, match="after the end"):
            give(pair.listener, data_frame(1, b"y"))


def test_bytes_before_the_reply_are_an_error_on_both_sides() -> None:
    pair = Pair()
    exchange = pair.dialler.send_request(FetchChunk(b"a"), last=True)
    pair.carry()
    with pytest.raises(LocalProtocolError, match="follow the reply"):
        pair.listener.send_data(pair.asked(pair.listener), memoryview(b"x"), last=True)
    with pytest.raises(RemoteProtocolError, match="before the reply"):
        give(pair.dialler, data_frame(exchange.id, b"x"))


def test_credit_beyond_all_measure_is_an_error() -> None:
    pair = Pair()
    give(pair.listener, request_frame(1))
    with pytest.raises(RemoteProtocolError, match="beyond all measure"):
        give(pair.listener, encode_frame(Kind.CREDIT, encode_credit(2**32 - 1), id_=1) * 300)


def test_a_reply_before_the_upload_was_read_ends_both_streams() -> None:
    pair = Pair(listener=hello(stream_credit=1000))
    exchange = pair.dialler.send_request(StoreChunk(b"a", 5000), last=False)
    pair.dialler.send_data(exchange, memoryview(bytes(5000)), last=True)
    pair.carry()
    pair.listener.send_reply(pair.asked(pair.listener), Stored(True), last=True)
    pair.carry()
    assert exchange.over
    assert not exchange.outgoing.pending
    assert said(pair.dialler) == b""


def test_no_stream_starves_another() -> None:
    pair = Pair()
    exchanges = [pair.dialler.send_request(StoreChunk(b"a", 10**6), last=False) for _ in range(4)]
    said(pair.dialler)
    for exchange in exchanges:
        pair.dialler.send_data(exchange, memoryview(bytes(10**6)), last=True)
    turns = [frame.id for frame in FrameDecoder().receive(said(pair.dialler))]
    assert turns == [exchange.id for exchange in exchanges] * 4


def test_control_overtakes_bulk() -> None:
    pair = Pair()
    exchange = pair.dialler.send_request(StoreChunk(b"a", 10**6), last=False)
    pair.carry()
    pair.dialler.send_data(exchange, memoryview(bytes(10**6)), last=True)
    first = pair.dialler.data_to_send(1)
    pair.dialler.send_one_way(Done())
    give(pair.dialler, encode_frame(Kind.PING, b"12345678"))
    frames = FrameDecoder().receive(b"".join(first) + said(pair.dialler))
    assert [frame.kind for frame in frames[:4]] == [Kind.DATA, Kind.PONG, Kind.MESSAGE, Kind.DATA]


# -- interim messages


def test_interim_messages_come_before_and_after_the_reply() -> None:
    pair = Pair()
    exchange = pair.dialler.send_request(FetchChunk(b"a"), last=True)
    pair.carry()
    asked = pair.asked(pair.listener)
    assert pair.listener.send_interim(asked, ChunkFollows(1))
    pair.listener.send_reply(asked, ChunkFollows(0), last=False)
    assert pair.listener.send_interim(asked, ChunkFollows(2))
    pair.carry()
    assert [event.message for event in pair.got(pair.dialler, InterimReceived)] == [ChunkFollows(1), ChunkFollows(2)]
    assert not exchange.over


def test_a_watcher_that_does_not_read_holds_up_only_itself() -> None:
    pair = Pair(dialler=hello(stream_credit=100))
    exchange = pair.dialler.send_request(FetchChunk(b"a"), last=True)
    pair.carry()
    asked = pair.asked(pair.listener)
    sent = 0
    while pair.listener.send_interim(asked, ChunkFollows(sent)):
        sent += 1
    assert 3 < sent < 100
    pair.carry()
    interims = pair.got(pair.dialler, InterimReceived)
    assert len(interims) == sent
    for interim in interims:
        exchange.incoming.message_read(interim.size)
        pair.dialler.send_credit(exchange)
    pair.carry()
    assert pair.listener.send_interim(asked, Done())


def test_interim_messages_without_credit_end_the_link() -> None:
    pair = Pair(dialler=hello(stream_credit=10))
    exchange = pair.dialler.send_request(FetchChunk(b"a"), last=True)
    interim = encode_frame(Kind.MESSAGE, COMPACT.encode(Done()), flags=MessageFlag.INTERIM, id_=exchange.id)
    with pytest.raises(RemoteProtocolError, match="without credit"):
        give(pair.dialler, interim * 3)


# -- giving up


@pytest.mark.parametrize("quitter", ["dialler", "listener"])
def test_a_reset_ends_the_exchange_for_both_and_says_why(quitter: str) -> None:
    pair = Pair()
    exchange = pair.dialler.send_request(StoreChunk(b"a", 10**6), last=False)
    pair.dialler.send_data(exchange, memoryview(bytes(10**6)), last=False)
    pair.carry()
    asked = pair.asked(pair.listener)
    here, mine, there = (
        (pair.dialler, exchange, pair.listener) if quitter == "dialler" else (pair.listener, asked, pair.dialler)
    )
    here.send_reset(mine, Failed("cancelled", "enough"))
    pair.carry()
    (reset,) = pair.got(there, ResetReceived)
    assert reset.message == Failed("cancelled", "enough")
    assert exchange.over
    assert asked.over
    pair.forget()
    here.send_reset(mine, None)
    pair.carry()
    assert pair.got(there, ResetReceived) == []


def test_a_reset_does_not_overtake_the_request_it_cancels() -> None:
    pair = Pair()
    exchange = pair.dialler.send_request(ReadIndex(), last=True)
    pair.dialler.send_reset(exchange, None)
    pair.carry()
    kinds = [type(event) for event in pair.heard[pair.listener]]
    assert kinds == [RequestReceived, ResetReceived, ExchangeOver]


def test_bytes_under_way_when_an_exchange_is_reset_are_thrown_away() -> None:
    pair = Pair()
    exchange = pair.dialler.send_request(StoreChunk(b"a", 10**6), last=False)
    pair.dialler.send_data(exchange, memoryview(bytes(10**6)), last=True)
    wire = said(pair.dialler)
    cut = len(wire) // 2
    give(pair.listener, wire[:cut])
    asked = next(event.exchange for event in pair.listener.events() if isinstance(event, RequestReceived))
    pair.listener.send_reset(asked, None)
    give(pair.listener, wire[cut:] + request_frame(3))
    assert any(isinstance(event, RequestReceived) for event in pair.listener.events())


# -- the end


def test_goodbye_lets_replies_out_and_ends_everything() -> None:
    pair = Pair()
    first = pair.dialler.send_request(ReadIndex(), last=True)
    second = pair.dialler.send_request(ReadIndex(), last=True)
    pair.carry()
    asked = pair.got(pair.listener, RequestReceived)
    pair.listener.send_reply(asked[0].exchange, Done(), last=True)
    pair.listener.send_goodbye("time to go")
    pair.listener.send_goodbye("twice is once")
    pair.carry()
    assert [event.exchange for event in pair.got(pair.dialler, ReplyReceived)] == [first]
    assert pair.got(pair.dialler, GoodbyeReceived) == [GoodbyeReceived("time to go")]
    assert ExchangeOver(second, lost=True) in pair.heard[pair.dialler]
    assert ExchangeOver(asked[1].exchange, lost=True) in pair.heard[pair.listener]
    assert (pair.listener.state, pair.dialler.state) == (State.CLOSING, State.CLOSED)


def test_after_an_error_nothing_is_heard_any_more() -> None:
    pair = Pair()
    with pytest.raises(RemoteProtocolError):
        give(pair.listener, bytes(HEADER_BYTES))
    pair.listener.events()
    give(pair.listener, request_frame(1))
    assert pair.listener.events() == []
    assert pair.listener.next_deadline() is None
    pair.listener.tick(10**6)


@STEPS
def test_what_follows_a_goodbye_is_not_looked_at(step: int) -> None:
    pair = Pair()
    give(pair.listener, encode_frame(Kind.GOODBYE, b"bye") + request_frame(1) + bytes(99), step=step)
    assert pair.listener.events() == [GoodbyeReceived("bye")]
    assert pair.listener.state is State.CLOSED


def test_what_came_before_a_broken_frame_still_counts() -> None:
    pair = Pair()
    with pytest.raises(RemoteProtocolError):
        give(pair.listener, request_frame(1) + bytes(HEADER_BYTES))
    assert isinstance(pair.listener.events()[0], RequestReceived)


def test_the_end_of_the_bytes_is_the_end_of_all() -> None:
    pair = Pair()
    exchange = pair.dialler.send_request(ReadIndex(), last=True)
    pair.dialler.receive_eof()
    assert pair.dialler.state is State.CLOSED
    assert pair.dialler.events() == [ExchangeOver(exchange, lost=True)]


# -- time


def test_a_silent_stranger_is_dropped() -> None:
    pair = Pair(greet=False)
    assert pair.listener.next_deadline() == 5.0
    pair.listener.tick(4.9)
    with pytest.raises(RemoteProtocolError, match="no HELLO"):
        pair.listener.tick(5.0)


def test_a_frame_of_one_byte_a_second_is_dropped() -> None:
    pair = Pair()
    frame = request_frame(1)
    with pytest.raises(RemoteProtocolError, match="took longer than 20 s"):
        for second, byte in enumerate(frame):
            pair.listener.tick(float(second))
            give(pair.listener, bytes([byte]), now=float(second))
            said(pair.listener)


def test_slow_but_steady_frames_are_fine() -> None:
    pair = Pair()
    now = 0.0
    for number in range(10):
        for byte in request_frame(1 + 2 * number):
            give(pair.listener, bytes([byte]), now=now)
            pair.listener.tick(now)
            now += 0.5
    assert pair.listener.state is State.OPEN


def test_silence_is_asked_about_and_then_believed() -> None:
    pair = Pair()
    pair.dialler.tick(1.0)
    (ping,) = FrameDecoder().receive(said(pair.dialler))
    assert ping.kind is Kind.PING
    for second in range(2, 10):
        pair.dialler.tick(float(second))
    with pytest.raises(RemoteProtocolError, match="nothing heard for 10 s"):
        pair.dialler.tick(10.0)


def test_a_ping_is_answered_and_measures_the_round_trip() -> None:
    pair = Pair()
    assert pair.dialler.deadlines.rtt_s is None
    pair.dialler.tick(1.0)
    pair.now = 1.25
    pair.carry()
    assert pair.dialler.deadlines.rtt_s == 0.25
    assert pair.dialler.deadlines.heard_at == 1.25


def test_a_flood_of_pings_is_answered_once_a_write() -> None:
    pair = Pair()
    give(pair.listener, b"".join(encode_frame(Kind.PING, number.to_bytes(8, "big")) for number in range(1000)))
    (pong,) = FrameDecoder().receive(said(pair.listener))
    assert (pong.kind, pong.payload) == (Kind.PONG, (999).to_bytes(8, "big"))


# -- all at once


def test_two_connections_under_random_use_agree_on_everything() -> None:
    """Every stream's bytes, every reply, whatever the pieces, credits and orders: found by many seeds."""
    for seed in range(30):
        _random_talk(random.Random(seed))


def _random_talk(rng: random.Random) -> None:
    credit = rng.choice([500, 5_000, STREAM_CREDIT_BYTES])
    pair = Pair(
        dialler=hello(stream_credit=credit),
        listener=hello(stream_credit=credit),
        step=rng.choice([1, 13, 1000, WHOLE]),
    )
    askers = [rng.choice([pair.dialler, pair.listener]) for _ in range(12)]
    exchanges = [(asker, asker.send_request(FetchChunk(b"a"), last=True)) for asker in askers]
    content = {exchange: rng.randbytes(rng.choice([0, 1, 400, 3_000])) for _, exchange in exchanges}
    by_id = {exchange.id: content[exchange] for exchange in content}
    pair.carry()
    for side in (pair.dialler, pair.listener):
        for asked in pair.got(side, RequestReceived):
            side.send_reply(asked.exchange, ChunkFollows(len(by_id[asked.exchange.id])), last=False)
            side.send_data(asked.exchange, memoryview(by_id[asked.exchange.id]), last=True)
    received = {exchange: bytearray() for exchange in content}
    for _ in range(40):
        pair.carry()
        for side, exchange in exchanges:
            received[exchange] += exchange.incoming.take(rng.randint(1, 700))
            side.send_credit(exchange)
    assert received == content
    assert all(exchange.over and exchange.incoming.ended for exchange in content)


def test_ids_go_up_by_two() -> None:
    pair = Pair()
    ids = [pair.listener.send_request(ReadIndex(), last=True).id for _ in range(4)]
    assert ids[0] == 2
    assert all(later - earlier == 2 for earlier, later in pairwise(ids))


def test_a_reader_is_told_when_there_is_something() -> None:
    pair = Pair()
    give(pair.listener, request_frame(1) + data_frame(1, b"abc"))
    asked, moved = pair.listener.events()
    assert isinstance(asked, RequestReceived)
    assert moved == StreamMoved(asked.exchange)
