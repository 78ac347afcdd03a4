"""The unit the wire carries: a ten-byte header and a payload.

    length  u32   bytes that follow this field: 6 + the payload's
    kind    u8    what the payload is: `Kind`
    flags   u8    per kind: `MessageFlag`, `END` on DATA, else 0
    id      u32   the exchange it belongs to; 0 for HELLO, PING, PONG, GOODBYE and one-way messages
    payload

All numbers are big-endian. Whether a header is acceptable is decided from the header alone, before a byte of payload
is waited or allocated for (`parse_header`): every kind has its own bound. `FrameDecoder` is the plain reader of whole
frames, for tests and tools; a link reads in place (`transport.protocol`) and uses the same `parse_header`.
"""

from __future__ import annotations

import struct
from enum import IntEnum
from typing import NamedTuple

from dfs_core.errors import RemoteProtocolError
from dfs_core.limits import FRAME_BYTES_MAX, HELLO_BYTES_MAX, MESSAGE_BYTES_MAX

HEADER_BYTES = 10
GOODBYE_BYTES_MAX = 1024
RESET_BYTES_MAX = 64 * 1024
PING_BYTES = 8
CREDIT_BYTES = 4

_HEADER = struct.Struct(">IBBI")
_AFTER_LENGTH = HEADER_BYTES - 4
_CREDIT = struct.Struct(">I")


class Kind(IntEnum):
    """What a frame carries. Numbers are for ever; an unknown one is a protocol error."""

    HELLO = 1
    MESSAGE = 2
    DATA = 3
    CREDIT = 4
    RESET = 5
    PING = 6
    PONG = 7
    GOODBYE = 8


class MessageFlag(IntEnum):
    """What a MESSAGE is in its exchange. `LAST` is or-ed in: my side's stream is empty, or was never going to come."""

    REQUEST = 1
    REPLY = 2
    INTERIM = 3
    ONE_WAY = 4


LAST = 0x80  # on MESSAGE(request, reply): no bytes follow from this side
END = 0x01  # on DATA: the stream is whole

_MESSAGE_FLAGS = {
    MessageFlag.REQUEST,
    MessageFlag.REQUEST | LAST,
    MessageFlag.REPLY,
    MessageFlag.REPLY | LAST,
    MessageFlag.INTERIM,
    MessageFlag.ONE_WAY,
}
# (fewest, most) payload bytes of each kind; MESSAGE and DATA may be bounded further by a side's HELLO
_PAYLOAD_BYTES: dict[int, tuple[int, int]] = {
    Kind.HELLO: (1, HELLO_BYTES_MAX),
    Kind.MESSAGE: (1, MESSAGE_BYTES_MAX),
    Kind.DATA: (0, FRAME_BYTES_MAX),
    Kind.CREDIT: (CREDIT_BYTES, CREDIT_BYTES),
    Kind.RESET: (0, RESET_BYTES_MAX),
    Kind.PING: (PING_BYTES, PING_BYTES),
    Kind.PONG: (PING_BYTES, PING_BYTES),
    Kind.GOODBYE: (0, GOODBYE_BYTES_MAX),
}
_NO_EXCHANGE = {Kind.HELLO, Kind.PING, Kind.PONG, Kind.GOODBYE}


class Header(NamedTuple):
    """A header that was found acceptable. `size`: bytes of payload."""

    size: int
    kind: Kind
    flags: int
    id: int


class Frame(NamedTuple):
    """A whole frame."""

    kind: Kind
    flags: int
    id: int
    payload: bytes


def parse_header(buffer: bytes | bytearray | memoryview, offset: int = 0) -> Header:
    """Read ten bytes at `offset`. RemoteProtocolError when no such frame may be sent to anybody."""
    length, kind, flags, id_ = _HEADER.unpack_from(buffer, offset)
    size = length - _AFTER_LENGTH
    bounds = _PAYLOAD_BYTES.get(kind)
    if bounds is None:
        raise RemoteProtocolError(f"a frame of unknown kind {kind}")
    fewest, most = bounds
    if not fewest <= size <= most:
        raise RemoteProtocolError(f"a {Kind(kind).name} frame of {size} bytes, allowed are {fewest} to {most}")
    if kind == Kind.MESSAGE:
        if flags not in _MESSAGE_FLAGS:
            raise RemoteProtocolError(f"a MESSAGE with unknown flags {flags:#04x}")
        exchange = flags != MessageFlag.ONE_WAY
    else:
        if flags & ~(END if kind == Kind.DATA else 0):
            raise RemoteProtocolError(f"a {Kind(kind).name} with unknown flags {flags:#04x}")
        exchange = kind not in _NO_EXCHANGE
    if exchange != (id_ != 0):
        raise RemoteProtocolError(f"a {Kind(kind).name} with id {id_}")
    return Header(size, Kind(kind), flags, id_)


def encode_header(kind: Kind, flags: int, id_: int, size: int) -> bytes:
    """The ten bytes before a payload of `size` bytes."""
    return _HEADER.pack(size + _AFTER_LENGTH, kind, flags, id_)


def encode_frame(kind: Kind, payload: bytes, *, flags: int = 0, id_: int = 0) -> bytes:
    """Header and payload in one."""
    return encode_header(kind, flags, id_, len(payload)) + payload


def encode_credit(size: int) -> bytes:
    """The payload of CREDIT: so many bytes more may be sent on the stream."""
    return _CREDIT.pack(size)


def decode_credit(payload: bytes | bytearray | memoryview) -> int:
    """The number in a CREDIT's payload, whose size the header check has fixed."""
    size: int = _CREDIT.unpack(payload)[0]
    return size


class FrameDecoder:
    """Bytes in, whole frames out. Knows no socket; fed whole or byte by byte, it yields the same.

    After a RemoteProtocolError it must be thrown away: where the next frame begins is no longer known.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()

    def receive(self, data: bytes) -> list[Frame]:
        """Take in `data`; return the frames it completed. Holds at most one incomplete frame, within its bound."""
        self._buffer += data
        frames: list[Frame] = []
        offset = 0
        while len(self._buffer) - offset >= HEADER_BYTES:
            header = parse_header(self._buffer, offset)
            end = offset + HEADER_BYTES + header.size
            if len(self._buffer) < end:
                break
            payload = bytes(self._buffer[offset + HEADER_BYTES : end])
            frames.append(Frame(header.kind, header.flags, header.id, payload))
            offset = end
        del self._buffer[:offset]
        return frames
