"""Arbitrary and mangled bytes into the frame decoder and into a whole connection: an error or frames, nothing else."""

from __future__ import annotations

import contextlib
import json
import random
import tracemalloc
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from dfs_core.encoding.codec import CODECS
from dfs_core.encoding.frame import FrameDecoder, Kind, MessageFlag, encode_frame, encode_header
from dfs_core.errors import RemoteProtocolError
from dfs_core.limits import FRAME_BYTES_MAX, MIB
from dfs_core.transport.hello import Hello, HelloFacts, encode_hello
from dfs_core.transport.protocol import Connection
from dfs_core.transport.states import State

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "frames.json").read_text(encoding="utf-8"))
MESSAGES = json.loads((Path(__file__).parents[1] / "vectors" / "messages.json").read_text(encoding="utf-8"))
FRAMES = [bytes.fromhex(case["bytes"]) for case in VECTORS["frames"]]
GREETING = encode_frame(Kind.HELLO, encode_hello(Hello.of(HelloFacts(), cluster=b"c" * 16)))


def mangled(rng: random.Random) -> bytes:
    """Good frames with something wrong somewhere."""
    wire = bytearray()
    for _ in range(rng.randint(1, 12)):
        choice = rng.random()
        if choice < 0.4:
            wire += rng.choice(FRAMES)
        elif choice < 0.7:
            payload = bytes.fromhex(rng.choice(MESSAGES["messages"])["compact"])
            wire += encode_frame(Kind.MESSAGE, payload, flags=rng.choice([1, 2, 3, 0x81, 0x82]), id_=rng.randint(1, 9))
        elif choice < 0.9:
            size = rng.choice([0, 1, 50, 5000])
            wire += encode_frame(Kind.DATA, rng.randbytes(size), flags=rng.randint(0, 1), id_=rng.randint(1, 9))
        else:
            wire += rng.randbytes(rng.randint(1, 40))
    for _ in range(rng.choice([0, 0, 1, 3])):
        wire[rng.randrange(len(wire))] = rng.randrange(256)
    return bytes(wire)


def feed(connection: Connection, data: bytes, step: int) -> None:
    while data:
        buffer = connection.receive_buffer()
        size = min(len(buffer), len(data), step)
        buffer[:size] = data[:size]
        connection.received(size, 0.0)
        data = data[size:]


def greeted() -> Connection:
    connection = Connection(Hello.of(HelloFacts(), cluster=b"c" * 16), dialled=False, codecs=CODECS, now=0.0)
    feed(connection, GREETING, 10**9)
    return connection


@given(st.binary(max_size=500), st.integers(1, 50))
def test_the_decoder_takes_any_bytes(data: bytes, step: int) -> None:
    decoder = FrameDecoder()
    with contextlib.suppress(RemoteProtocolError):
        for begin in range(0, len(data), step):
            decoder.receive(data[begin : begin + step])


@settings(max_examples=200)
@given(st.binary(max_size=500), st.booleans(), st.integers(1, 50))
def test_a_connection_takes_any_bytes(data: bytes, open_: bool, step: int) -> None:
    connection = (
        greeted()
        if open_
        else Connection(Hello.of(HelloFacts(), cluster=b"c" * 16), dialled=False, codecs=CODECS, now=0.0)
    )
    with contextlib.suppress(RemoteProtocolError):
        feed(connection, data, step)


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 2**32))
def test_mangled_frames_end_in_an_error_at_most_and_whole_is_byte_by_byte(seed: int) -> None:
    rng = random.Random(seed)
    wire = mangled(rng)
    outcomes = []
    for step in (10**9, 1):
        connection = greeted()
        connection.events()
        error = ""
        try:
            feed(connection, wire, step)
        except RemoteProtocolError as caught:
            error = str(caught)
        assert (connection.state is State.OPEN) == (not error) or connection.state is State.CLOSED
        outcomes.append((error, [type(event).__name__ for event in connection.events()]))
    (error, events), (error_bytewise, events_bytewise) = outcomes
    assert error == error_bytewise
    # A reader is told once a frame or several times, depending on the pieces; all else is the same.
    assert [name for name in events if name != "StreamMoved"] == [
        name for name in events_bytewise if name != "StreamMoved"
    ]


def test_claims_cost_no_memory() -> None:
    """Headers that promise much and bring nothing, on many exchanges: one frame's worth of memory at most."""
    connection = greeted()
    for number in range(200):
        request = encode_frame(
            Kind.MESSAGE, b"\x92\xabfetch_chunk\xc4\x01a", flags=MessageFlag.REQUEST, id_=1 + 2 * number
        )
        feed(connection, request, 10**9)
    tracemalloc.start()
    try:
        feed(connection, encode_header(Kind.DATA, 0, 1, FRAME_BYTES_MAX) + b"x", 10**9)
        assert tracemalloc.get_traced_memory()[1] < 2 * FRAME_BYTES_MAX
    finally:
        tracemalloc.stop()
    assert MIB > FRAME_BYTES_MAX
