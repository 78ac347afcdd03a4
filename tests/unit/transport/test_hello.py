"""HELLO: what comes back, what is agreed, what is refused."""

from __future__ import annotations

import contextlib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfs_core.errors import HelloRefused, RemoteProtocolError
from dfs_core.limits import FRAME_BYTES_MAX, HELLO_BYTES_MAX, MESSAGE_BYTES_MAX, REQUESTS_PER_LINK_MAX
from dfs_core.transport.hello import (
    PROTOCOL_MAX,
    PROTOCOL_MIN,
    Hello,
    HelloFacts,
    agree,
    decode_hello,
    encode_hello,
)

from .talk import hello

FACTS = HelloFacts(7, b"n" * 16, 99, 2, b"g", "1.2.3", b"record")


def test_a_hello_comes_back_with_all_its_facts() -> None:
    said = Hello.of(FACTS, cluster=b"c" * 16, node=b"n" * 32, purpose="peer")
    heard = decode_hello(encode_hello(said))
    assert heard == said
    assert (heard.boot, heard.read_to, heard.address_record) == (7, 99, b"record")
    assert (heard.protocol_min, heard.protocol_max) == (PROTOCOL_MIN, PROTOCOL_MAX)


def test_a_newer_hello_is_understood() -> None:
    fields = msgspec.msgpack.decode(encode_hello(hello()))
    fields |= {"wisdom": [1, 2, 3], "protocol_max": 9}
    heard = decode_hello(msgspec.msgpack.encode(fields))
    assert agree(hello(), heard, dialled=True).protocol == PROTOCOL_MAX


def test_an_empty_map_is_a_hello_that_agrees_to_nothing() -> None:
    heard = decode_hello(b"\x80")
    assert heard == Hello()
    with pytest.raises(HelloRefused):
        agree(hello(), heard, dialled=True)


@given(st.binary(max_size=100))
def test_any_bytes_are_a_hello_or_refused(data: bytes) -> None:
    with contextlib.suppress(RemoteProtocolError):
        assert isinstance(decode_hello(data), Hello)


def test_deep_nesting_is_refused() -> None:
    with pytest.raises(RemoteProtocolError):
        decode_hello(b"\x81\xa1x" + b"\x91" * 10_000)


def test_a_hello_that_would_not_fit_is_our_own_mistake() -> None:
    with pytest.raises(ValueError, match="at most"):
        encode_hello(Hello.of(HelloFacts(address_record=bytes(HELLO_BYTES_MAX))))


@pytest.mark.parametrize(
    ("dialler", "listener", "codec"),
    [
        (("compact", "msgpack"), ("msgpack", "compact"), "compact"),
        (("msgpack", "compact"), ("compact", "msgpack"), "msgpack"),
        (("msgpack",), ("compact", "msgpack"), "msgpack"),
        (("xml", "compact"), ("compact",), "compact"),
    ],
)
def test_the_diallers_first_choice_that_both_have_is_taken(
    dialler: tuple[str, ...], listener: tuple[str, ...], codec: str
) -> None:
    one, other = hello(codecs=dialler), hello(codecs=listener)
    assert agree(one, other, dialled=True).codec == agree(one, other, dialled=False).codec == codec


def test_each_side_sends_within_the_others_bounds_and_its_own() -> None:
    small = hello(message_bytes_max=70_000, frame_bytes_max=2000, requests_max=3, stream_credit=500)
    terms = agree(hello(), small, dialled=True)
    assert terms.send_message_bytes_max == 70_000
    assert terms.send_frame_bytes_max == 2000
    assert terms.send_requests_max == 3
    assert terms.send_credit == 500
    huge = hello(message_bytes_max=2**40, frame_bytes_max=2**40, requests_max=2**40)
    terms = agree(hello(), huge, dialled=True)
    assert terms.send_message_bytes_max == MESSAGE_BYTES_MAX
    assert terms.send_frame_bytes_max == FRAME_BYTES_MAX
    assert terms.send_requests_max == REQUESTS_PER_LINK_MAX


@pytest.mark.parametrize(
    ("odd", "reason"),
    [
        ({"protocol_min": 2, "protocol_max": 5}, "protocol"),
        ({"protocol_min": 0, "protocol_max": 0}, "protocol"),
        ({"codecs": ()}, "codec"),
        ({"codecs": ("xml",)}, "codec"),
        ({"cluster": b"d" * 16}, "another cluster"),
        ({"cluster": b""}, "another cluster"),
        ({"message_bytes_max": 100}, "too small"),
        ({"frame_bytes_max": 10}, "too small"),
        ({"stream_credit": 0}, "no sense"),
        ({"stream_credit": -5}, "no sense"),
        ({"stream_credit": 2**60}, "no sense"),
        ({"requests_max": 0}, "no sense"),
    ],
)
def test_what_cannot_be_agreed_on_is_refused_with_the_reason(odd: dict[str, object], reason: str) -> None:
    for dialler, listener, dialled in ((hello(), hello(**odd), True), (hello(**odd), hello(), False)):
        with pytest.raises(HelloRefused, match=reason):
            agree(dialler, listener, dialled=dialled)


@pytest.mark.parametrize("purpose", ["control", "join"])
def test_only_a_peer_must_name_the_cluster(purpose: str) -> None:
    assert agree(hello(purpose=purpose, cluster=b""), hello(), dialled=True)
    with pytest.raises(HelloRefused, match="another cluster"):
        agree(hello(purpose=purpose, cluster=b"d" * 16), hello(), dialled=True)
