"""The outbox: what goes first, in what order, and how much at once."""

from __future__ import annotations

from dfs_core.encoding.frame import END, Frame, FrameDecoder, Kind, MessageFlag, encode_frame
from dfs_core.transport.events import OpenExchange
from dfs_core.transport.outbox import Outbox
from dfs_core.transport.stream import Incoming, Outgoing


def exchange(id_: int, data: bytes, *, credit: int = 10**6, last: bool = True) -> OpenExchange:
    made = OpenExchange(id_, ours=True, incoming=Incoming(1), outgoing=Outgoing(credit))
    made.outgoing.queue(memoryview(data), last=last)
    return made


def message(number: int, size: int = 10) -> bytes:
    return encode_frame(Kind.MESSAGE, bytes([number]) * size, flags=MessageFlag.REQUEST, id_=number)


def frames(outbox: Outbox, size_max: int = 10**9, frame_bytes_max: int = 100) -> list[Frame]:
    pieces, _ = outbox.take(size_max, frame_bytes_max)
    return FrameDecoder().receive(b"".join(pieces))


def test_urgent_frames_go_before_messages_before_data() -> None:
    outbox = Outbox()
    outbox.add_stream(exchange(1, b"data"))
    outbox.add_message(message(3))
    outbox.add_pong(encode_frame(Kind.PONG, bytes(8)))
    outbox.add_urgent(encode_frame(Kind.PING, bytes(8)))
    assert [frame.kind for frame in frames(outbox)] == [Kind.PING, Kind.PONG, Kind.MESSAGE, Kind.DATA]
    assert outbox.empty


def test_messages_keep_their_order() -> None:
    outbox = Outbox()
    for number in (1, 2, 3):
        outbox.add_message(message(number))
    assert [frame.id for frame in frames(outbox)] == [1, 2, 3]


def test_streams_take_turns() -> None:
    outbox = Outbox()
    for id_, size in ((1, 250), (3, 150), (5, 50)):
        outbox.add_stream(exchange(id_, bytes(size)))
    taken = frames(outbox)
    assert [(frame.id, len(frame.payload)) for frame in taken] == [
        (1, 100),
        (3, 100),
        (5, 50),
        (1, 100),
        (3, 50),
        (1, 50),
    ]
    assert [frame.id for frame in taken if frame.flags == END] == [5, 3, 1]


def test_a_stream_waits_for_its_turn_once() -> None:
    outbox = Outbox()
    one = exchange(1, bytes(10))
    for _ in range(3):
        outbox.add_stream(one)
    assert len(frames(outbox)) == 1


def test_about_as_much_is_taken_as_was_asked_for() -> None:
    outbox = Outbox()
    outbox.add_stream(exchange(1, bytes(10_000)))
    assert sum(len(frame.payload) for frame in frames(outbox, 450)) == 500
    assert not outbox.empty


def test_messages_that_wait_are_counted() -> None:
    outbox = Outbox()
    outbox.add_message(message(1, 100))
    outbox.add_message(message(2, 100))
    assert outbox.messages_bytes == 220
    frames(outbox, 1)
    assert outbox.messages_bytes == 110
    frames(outbox)
    assert outbox.messages_bytes == 0


def test_a_stretch_that_is_handed_out_is_told() -> None:
    outbox = Outbox()
    one, other = exchange(1, bytes(150)), exchange(3, bytes(150), credit=120)
    outbox.add_stream(one)
    outbox.add_stream(other)
    _, done = outbox.take(10**6, 100)
    assert done == [one]
    other.outgoing.credit += 1000
    outbox.add_stream(other)
    _, done = outbox.take(10**6, 100)
    assert done == [other]


def test_a_dropped_stream_is_passed_over() -> None:
    outbox = Outbox()
    one = exchange(1, bytes(150))
    outbox.add_stream(one)
    one.outgoing.drop()
    assert frames(outbox) == []


def test_only_the_newest_pong_waits() -> None:
    outbox = Outbox()
    for number in range(9):
        outbox.add_pong(encode_frame(Kind.PONG, number.to_bytes(8, "big")))
    (pong,) = frames(outbox)
    assert pong.payload[-1] == 8


def test_dropping_the_streams_leaves_the_messages() -> None:
    outbox = Outbox()
    outbox.add_stream(exchange(1, bytes(150)))
    outbox.add_message(message(3))
    outbox.drop_streams()
    assert [frame.id for frame in frames(outbox)] == [3]
