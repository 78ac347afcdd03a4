"""The inbox: frames out of any pieces, payloads where they are wanted, no memory for what is refused."""

from __future__ import annotations

import tracemalloc

import pytest

from dfs_core.encoding.frame import END, Header, Kind, MessageFlag, encode_frame, encode_header
from dfs_core.errors import RemoteProtocolError
from dfs_core.limits import FRAME_BYTES_MAX, MESSAGE_BYTES_MAX, MIB
from dfs_core.transport.inbox import BUFFER_BYTES, Inbox
from dfs_core.transport.stream import Incoming


class Notes:
    """A sink that writes down what it is told; DATA of odd ids is wanted, of even ids not."""

    def __init__(self) -> None:
        self.frames: list[tuple[Kind, int, bytes]] = []
        self.whole: list[int] = []
        self.streams: dict[int, Incoming] = {}

    def header_came(self, header: Header) -> Incoming | None:
        if header.kind != Kind.DATA or header.id % 2 == 0:
            return None
        stream = self.streams.setdefault(header.id, Incoming(MIB))
        stream.begin_frame(header.size, last=bool(header.flags & END))
        return stream

    def frame_came(self, header: Header, payload: memoryview) -> None:
        self.frames.append((header.kind, header.id, bytes(payload)))

    def data_landed(self, header: Header, *, whole: bool, moved: bool) -> None:
        if whole:
            self.whole.append(header.id)


def feed(inbox: Inbox, data: bytes, step: int) -> None:
    while data:
        buffer = inbox.buffer()
        size = min(len(buffer), len(data), step)
        buffer[:size] = data[:size]
        inbox.received(size)
        data = data[size:]


WIRE = b"".join(
    [
        encode_frame(Kind.HELLO, b"hello"),
        encode_frame(Kind.DATA, b"wanted " * 3000, id_=1),
        encode_frame(Kind.DATA, b"not wanted " * 3000, id_=2),
        encode_frame(Kind.MESSAGE, b"large " * 20_000, flags=MessageFlag.REQUEST, id_=3),
        encode_frame(Kind.DATA, b"", flags=END, id_=1),
        encode_frame(Kind.DATA, b"", id_=2),
        encode_frame(Kind.PING, b"12345678"),
    ]
)


@pytest.mark.parametrize("step", [10**9, BUFFER_BYTES - 1, 4096, 11, 1])
def test_frames_come_out_whole_whatever_the_pieces(step: int) -> None:
    notes = Notes()
    inbox = Inbox(notes)
    feed(inbox, WIRE, step)
    assert notes.frames == [
        (Kind.HELLO, 0, b"hello"),
        (Kind.MESSAGE, 3, b"large " * 20_000),
        (Kind.PING, 0, b"12345678"),
    ]
    assert notes.whole == [1, 2, 1, 2]
    read = bytearray()
    while data := notes.streams[1].take(MIB):
        read += data
    assert read == b"wanted " * 3000
    assert notes.streams[1].ended
    assert inbox.frames_count == 7
    assert not inbox.mid_frame


def test_mid_frame_from_the_first_byte_to_the_last() -> None:
    inbox = Inbox(Notes())
    frame = encode_frame(Kind.PING, b"12345678")
    for byte in frame[:-1]:
        feed(inbox, bytes([byte]), 1)
        assert inbox.mid_frame
    feed(inbox, frame[-1:], 1)
    assert not inbox.mid_frame


def test_a_refused_frame_costs_no_memory() -> None:
    inbox = Inbox(Notes())
    tracemalloc.start()
    try:
        with pytest.raises(RemoteProtocolError):
            feed(inbox, encode_header(Kind.MESSAGE, MessageFlag.REQUEST, 1, MESSAGE_BYTES_MAX + 1), 99)
        assert tracemalloc.get_traced_memory()[1] < 64 * 1024
    finally:
        tracemalloc.stop()


def test_a_large_data_payload_is_lent_the_streams_memory() -> None:
    notes = Notes()
    inbox = Inbox(notes)
    stream = notes.streams[1] = Incoming(MIB)
    target = bytearray(FRAME_BYTES_MAX)
    stream.offer(memoryview(target))
    feed(inbox, encode_header(Kind.DATA, 0, 1, FRAME_BYTES_MAX), 99)
    room = inbox.buffer()
    assert len(room) == FRAME_BYTES_MAX
    room[5:8] = b"xyz"
    assert target[5:8] == b"xyz"


def test_the_buffer_lent_is_never_empty() -> None:
    inbox = Inbox(Notes())
    for byte in WIRE:
        assert len(inbox.buffer()) > 0
        feed(inbox, bytes([byte]), 1)
