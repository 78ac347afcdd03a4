"""Arbitrary and mangled bytes into the message and HELLO decoders: a value or our error, and little memory."""

from __future__ import annotations

import contextlib
import json
import random
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dfs_core.encoding.codec import CODECS
from dfs_core.encoding.messages import BY_TAG
from dfs_core.errors import RemoteProtocolError
from dfs_core.transport.hello import Hello, HelloFacts, decode_hello, encode_hello

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "messages.json").read_text(encoding="utf-8"))
NAMES = sorted(CODECS)


def mangle(data: bytes, rng: random.Random) -> bytes:
    """A few bytes changed, cut out, doubled or put in."""
    mangled = bytearray(data)
    for _ in range(rng.randint(1, 4)):
        place = rng.randrange(len(mangled) + 1)
        choice = rng.randrange(4)
        if choice == 0 and place < len(mangled):
            mangled[place] = rng.choice([rng.randrange(256), 0xDD, 0xDF, 0xC6, 0xC1, 0xFF])
        elif choice == 1:
            del mangled[place : place + rng.randint(1, 5)]
        elif choice == 2:
            mangled[place:place] = mangled[place : place + rng.randint(1, 9)]
        else:
            mangled[place:place] = rng.randbytes(rng.randint(1, 5))
    return bytes(mangled)


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=300)
@given(data=st.binary(max_size=300))
def test_any_bytes_are_a_message_or_refused(name: str, data: bytes) -> None:
    with contextlib.suppress(RemoteProtocolError):
        assert type(CODECS[name].decode(data)) in BY_TAG.values()


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=500, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_a_mangled_message_is_a_message_or_refused(name: str, seed: int) -> None:
    rng = random.Random(seed)
    data = mangle(bytes.fromhex(rng.choice(VECTORS["messages"])[name]), rng)
    codec = CODECS[name]
    with contextlib.suppress(RemoteProtocolError):
        message = codec.decode(data)
        assert codec.decode(codec.encode(message)) == message


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("claim", ["dd", "df", "c6", "db"])
@pytest.mark.parametrize("size", ["0001ffff", "007fffff", "7fffffff", "ffffffff"])
def test_a_claim_of_size_costs_no_memory(name: str, claim: str, size: str) -> None:
    data = bytes.fromhex(claim + size)
    tracemalloc.start()
    try:
        for payload in (data, b"\x92\xa6stored" + data, b"\x82\xa4type\xa6stored\xa3had" + data, data * 500):
            with pytest.raises(RemoteProtocolError):
                CODECS[name].decode(payload)
        assert tracemalloc.get_traced_memory()[1] < 4 * 1024 * 1024
    finally:
        tracemalloc.stop()


@settings(max_examples=300)
@given(seed=st.integers(0, 2**32))
def test_a_mangled_hello_is_a_hello_or_refused(seed: int) -> None:
    rng = random.Random(seed)
    facts = HelloFacts(1, b"n" * 16, 2, 3, b"g", "version", b"record")
    data = mangle(encode_hello(Hello.of(facts, cluster=b"c" * 16, node=b"n" * 32)), rng)
    with contextlib.suppress(RemoteProtocolError):
        assert isinstance(decode_hello(data), Hello)
