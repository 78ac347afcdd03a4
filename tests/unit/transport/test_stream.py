"""One exchange's two streams: order, credit, and whose memory the bytes are in."""

from __future__ import annotations

import random

import pytest

from dfs_core.errors import LocalProtocolError, RemoteProtocolError
from dfs_core.transport.stream import Incoming, Outgoing


def land(incoming: Incoming, payload: bytes, *, last: bool = False, step: int = 10**9) -> bool:
    """One DATA frame arrives. Whether a reader was told."""
    incoming.begin_frame(len(payload), last=last)
    told = False
    while payload:
        room = incoming.lend(len(payload))
        size = min(len(room), len(payload), step)
        room[:size] = payload[:size]
        payload = payload[size:]
        told = incoming.landed(size) or told
    return incoming.end_frame() or told


# -- outgoing


def test_a_stretch_is_cut_by_frame_size_and_credit() -> None:
    outgoing = Outgoing(credit=250)
    outgoing.queue(memoryview(bytes(range(200))), last=True)
    first, last = outgoing.next_frame(150)
    assert (bytes(first), last) == (bytes(range(150)), False)
    second, last = outgoing.next_frame(150)
    assert (bytes(second), last) == (bytes(range(150, 200)), True)
    assert (outgoing.credit, outgoing.pending, outgoing.ready, outgoing.ended) == (50, False, False, True)


def test_without_credit_nothing_is_ready() -> None:
    outgoing = Outgoing(credit=10)
    outgoing.queue(memoryview(bytes(20)), last=False)
    outgoing.next_frame(100)
    assert not outgoing.ready
    outgoing.credit += 5
    assert outgoing.ready
    assert len(outgoing.next_frame(100)[0]) == 5


def test_the_end_needs_no_credit() -> None:
    outgoing = Outgoing(credit=0)
    outgoing.queue(memoryview(b""), last=True)
    assert outgoing.ready
    assert outgoing.next_frame(100) == (memoryview(b""), True)


def test_a_stretch_must_be_gone_before_the_next() -> None:
    outgoing = Outgoing(credit=5)
    outgoing.queue(memoryview(b"123456"), last=False)
    with pytest.raises(LocalProtocolError):
        outgoing.queue(memoryview(b"7"), last=False)


def test_nothing_follows_the_end() -> None:
    outgoing = Outgoing(credit=5)
    outgoing.queue(memoryview(b"1"), last=True)
    outgoing.next_frame(10)
    with pytest.raises(LocalProtocolError):
        outgoing.queue(memoryview(b"2"), last=False)


def test_dropping_lets_go_of_the_senders_memory() -> None:
    outgoing = Outgoing(credit=5)
    memory = bytearray(b"123")
    outgoing.queue(memoryview(memory), last=False)
    outgoing.drop()
    memory += b"4"  # BufferError while a view of it lives
    assert not outgoing.ready


# -- incoming


@pytest.mark.parametrize("step", [1, 3, 1000])
def test_bytes_are_taken_in_order(step: int) -> None:
    incoming = Incoming(1000)
    land(incoming, b"abcdef", step=step)
    land(incoming, b"ghi", last=True, step=step)
    assert [incoming.take(4), incoming.take(100), incoming.take(100), incoming.take(100)] == [
        b"abcd",
        b"ef",
        b"ghi",
        b"",
    ]
    assert incoming.ended


def test_part_of_a_frame_can_be_taken() -> None:
    incoming = Incoming(1000)
    incoming.begin_frame(10, last=False)
    incoming.lend(10)[:4] = b"abcd"
    incoming.landed(4)
    assert incoming.readable
    assert incoming.take(100) == b"abcd"
    room = incoming.lend(6)
    room[:6] = b"efghij"
    assert incoming.landed(6)
    assert incoming.take(100) == b"efghij"


@pytest.mark.parametrize("seed", range(20))
def test_however_bytes_are_read_they_are_the_same(seed: int) -> None:
    rng = random.Random(seed)
    content = rng.randbytes(5000)
    incoming, read, sent = Incoming(100_000), bytearray(), 0
    target: bytearray | None = None
    while len(read) < len(content):
        if sent < len(content) and rng.random() < 0.5:
            size = min(rng.randint(0, 400), len(content) - sent)
            land(incoming, content[sent : sent + size], last=sent + size == len(content), step=rng.randint(1, 300))
            sent += size
        if target is not None:
            if incoming.filled:
                assert incoming.withdraw() <= len(target)
                read += target if not incoming.ended else target[: min(len(target), len(content) - len(read))]
                target = None
        elif rng.random() < 0.5:
            target = bytearray(rng.randint(1, 500))
            incoming.offer(memoryview(target))
        else:
            read += incoming.take(rng.randint(1, 300))
    assert read == content


def test_bytes_land_in_the_readers_memory() -> None:
    incoming = Incoming(1000)
    target = bytearray(6)
    assert not incoming.offer(memoryview(target))
    assert land(incoming, b"abcdefgh")
    assert (incoming.withdraw(), target) == (6, b"abcdef")
    assert incoming.take(10) == b"gh"


def test_a_target_offered_in_the_middle_of_a_frame_gets_the_rest_in_place() -> None:
    incoming = Incoming(1000)
    incoming.begin_frame(8, last=False)
    incoming.lend(8)[:3] = b"abc"
    incoming.landed(3)
    target = bytearray(8)
    incoming.offer(memoryview(target))
    incoming.lend(5)[:5] = b"defgh"
    assert target == b"abcdefgh"
    assert incoming.landed(5)


def test_the_end_fills_a_target_as_far_as_it_goes() -> None:
    incoming = Incoming(1000)
    target = bytearray(6)
    incoming.offer(memoryview(target))
    assert land(incoming, b"abc", last=True)
    assert incoming.filled
    assert incoming.withdraw() == 3


def test_a_withdrawn_target_is_not_written_any_more() -> None:
    incoming = Incoming(1000)
    target = bytearray(6)
    incoming.offer(memoryview(target))
    land(incoming, b"ab")
    assert incoming.withdraw() == 2
    land(incoming, b"cd")
    assert target == b"ab\0\0\0\0"
    assert incoming.take(10) == b"cd"


def test_there_is_one_reader_at_a_time() -> None:
    incoming = Incoming(1000)
    incoming.offer(memoryview(bytearray(1)))
    with pytest.raises(LocalProtocolError):
        incoming.offer(memoryview(bytearray(1)))


def test_credit_is_used_by_arrival_and_returned_by_reading() -> None:
    incoming = Incoming(100)
    land(incoming, bytes(90))
    with pytest.raises(RemoteProtocolError, match="credit for 10"):
        incoming.begin_frame(11, last=False)
    incoming.take(50)
    assert incoming.credit_due() == 0
    incoming.take(40)
    assert incoming.credit_due() == 90
    assert incoming.credit == 100


def test_no_credit_is_returned_for_a_stream_that_has_ended() -> None:
    incoming = Incoming(100)
    land(incoming, bytes(90), last=True)
    incoming.take(90)
    assert incoming.credit_due() == 0


def test_what_waits_unread_is_bounded_by_the_credit() -> None:
    incoming = Incoming(1000)
    arrived = 0
    with pytest.raises(RemoteProtocolError):
        while True:
            land(incoming, bytes(100))
            arrived += 100
    assert arrived == 1000


def test_nothing_comes_after_the_end() -> None:
    incoming = Incoming(100)
    land(incoming, b"a", last=True)
    with pytest.raises(RemoteProtocolError, match="after the end"):
        incoming.begin_frame(0, last=True)


def test_an_interim_message_may_overdraw_the_credit_once() -> None:
    incoming = Incoming(10)
    incoming.message_came(50)
    with pytest.raises(RemoteProtocolError):
        incoming.message_came(1)
    incoming.message_read(50)
    assert incoming.credit_due() == 50
    assert incoming.credit == 10
