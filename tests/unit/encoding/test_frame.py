"""Frames: bytes in, whole frames out, and a verdict on every header before its payload."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfs_core.encoding.frame import (
    CREDIT_BYTES,
    END,
    GOODBYE_BYTES_MAX,
    HEADER_BYTES,
    LAST,
    PING_BYTES,
    RESET_BYTES_MAX,
    Frame,
    FrameDecoder,
    Kind,
    MessageFlag,
    decode_credit,
    encode_credit,
    encode_frame,
    encode_header,
    parse_header,
)
from dfs_core.errors import RemoteProtocolError
from dfs_core.limits import FRAME_BYTES_MAX, HELLO_BYTES_MAX, MESSAGE_BYTES_MAX

IDS = st.integers(1, 2**32 - 1)
FRAMES = st.one_of(
    st.builds(lambda payload: Frame(Kind.HELLO, 0, 0, payload), st.binary(min_size=1, max_size=300)),
    st.builds(
        lambda flag, id_, payload: Frame(Kind.MESSAGE, flag, id_, payload),
        st.sampled_from([1, 2, 3, 1 | LAST, 2 | LAST]),
        IDS,
        st.binary(min_size=1, max_size=300),
    ),
    st.builds(lambda payload: Frame(Kind.MESSAGE, MessageFlag.ONE_WAY, 0, payload), st.binary(min_size=1, max_size=99)),
    st.builds(
        lambda end, id_, payload: Frame(Kind.DATA, end, id_, payload),
        st.sampled_from([0, END]),
        IDS,
        st.binary(max_size=300),
    ),
    st.builds(lambda id_, size: Frame(Kind.CREDIT, 0, id_, encode_credit(size)), IDS, st.integers(0, 2**32 - 1)),
    st.builds(lambda id_, payload: Frame(Kind.RESET, 0, id_, payload), IDS, st.binary(max_size=99)),
    st.builds(lambda token: Frame(Kind.PING, 0, 0, token), st.binary(min_size=PING_BYTES, max_size=PING_BYTES)),
    st.builds(lambda token: Frame(Kind.PONG, 0, 0, token), st.binary(min_size=PING_BYTES, max_size=PING_BYTES)),
    st.builds(lambda reason: Frame(Kind.GOODBYE, 0, 0, reason), st.binary(max_size=99)),
)


def encoded(frame: Frame) -> bytes:
    return encode_frame(frame.kind, frame.payload, flags=frame.flags, id_=frame.id)


@given(st.lists(FRAMES, max_size=8), st.data())
def test_a_decoder_fed_in_any_pieces_yields_the_same_frames(frames: list[Frame], data: st.DataObject) -> None:
    wire = b"".join(encoded(frame) for frame in frames)
    assert FrameDecoder().receive(wire) == frames
    byte_by_byte = FrameDecoder()
    assert [frame for byte in wire for frame in byte_by_byte.receive(bytes([byte]))] == frames
    cuts = sorted(data.draw(st.lists(st.integers(0, len(wire)), max_size=6)))
    pieces = FrameDecoder()
    got = [
        frame
        for begin, end in zip([0, *cuts], [*cuts, len(wire)], strict=True)
        for frame in pieces.receive(wire[begin:end])
    ]
    assert got == frames


def test_the_header_is_ten_bytes_and_big_endian() -> None:
    assert encode_header(Kind.DATA, END, 7, 3) == bytes.fromhex("00000009 03 01 00000007".replace(" ", ""))
    assert HEADER_BYTES == 10


@pytest.mark.parametrize(
    ("kind", "flags", "id_", "most"),
    [
        (Kind.HELLO, 0, 0, HELLO_BYTES_MAX),
        (Kind.MESSAGE, MessageFlag.REQUEST, 1, MESSAGE_BYTES_MAX),
        (Kind.DATA, 0, 1, FRAME_BYTES_MAX),
        (Kind.CREDIT, 0, 1, CREDIT_BYTES),
        (Kind.RESET, 0, 1, RESET_BYTES_MAX),
        (Kind.PING, 0, 0, PING_BYTES),
        (Kind.PONG, 0, 0, PING_BYTES),
        (Kind.GOODBYE, 0, 0, GOODBYE_BYTES_MAX),
    ],
)
def test_an_oversized_frame_is_refused_from_its_header_alone(kind: Kind, flags: int, id_: int, most: int) -> None:
    assert parse_header(encode_header(kind, flags, id_, most)).size == most
    with pytest.raises(RemoteProtocolError, match="allowed are"):
        FrameDecoder().receive(encode_header(kind, flags, id_, most + 1))


@pytest.mark.parametrize("kind", [Kind.HELLO, Kind.MESSAGE, Kind.CREDIT, Kind.PING, Kind.PONG])
def test_a_payload_that_must_be_there_is(kind: Kind) -> None:
    id_ = 1 if kind in (Kind.MESSAGE, Kind.CREDIT) else 0
    with pytest.raises(RemoteProtocolError):
        parse_header(encode_header(kind, MessageFlag.REQUEST if kind is Kind.MESSAGE else 0, id_, 0))


@pytest.mark.parametrize("kind", [0, 9, 71, 255])
def test_an_unknown_kind_is_refused(kind: int) -> None:
    with pytest.raises(RemoteProtocolError, match="unknown kind"):
        parse_header(struct.pack(">IBBI", 6, kind, 0, 0))


@pytest.mark.parametrize("length", range(6))
def test_a_length_below_the_header_itself_is_refused(length: int) -> None:
    with pytest.raises(RemoteProtocolError):
        parse_header(struct.pack(">IBBI", length, Kind.DATA, 0, 1))


@pytest.mark.parametrize(
    ("kind", "flags"),
    [
        (Kind.MESSAGE, 0),
        (Kind.MESSAGE, 5),
        (Kind.MESSAGE, MessageFlag.INTERIM | LAST),
        (Kind.MESSAGE, LAST),
        (Kind.DATA, 2),
        (Kind.RESET, 1),
        (Kind.CREDIT, END),
    ],
)
def test_unknown_flags_are_refused(kind: Kind, flags: int) -> None:
    with pytest.raises(RemoteProtocolError, match="flags"):
        parse_header(encode_header(kind, flags, 1, 4))


@pytest.mark.parametrize(
    ("kind", "flags", "id_", "size"),
    [
        (Kind.HELLO, 0, 1, 9),
        (Kind.PING, 0, 1, 8),
        (Kind.GOODBYE, 0, 1, 0),
        (Kind.MESSAGE, MessageFlag.ONE_WAY, 1, 9),
        (Kind.MESSAGE, MessageFlag.REQUEST, 0, 9),
        (Kind.DATA, 0, 0, 9),
        (Kind.CREDIT, 0, 0, 4),
        (Kind.RESET, 0, 0, 0),
    ],
)
def test_only_frames_of_an_exchange_have_an_id(kind: Kind, flags: int, id_: int, size: int) -> None:
    with pytest.raises(RemoteProtocolError, match="with id"):
        parse_header(encode_header(kind, flags, id_, size))


@given(st.integers(0, 2**32 - 1))
def test_credit_comes_back(size: int) -> None:
    assert decode_credit(encode_credit(size)) == size
