"""Both codecs carry every message, say the same, bear with older and newer writers, and refuse all else."""

from __future__ import annotations

import typing
from types import UnionType
from typing import Any, Union

import msgpack
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dfs_core.encoding.codec import CODECS, Codec
from dfs_core.encoding.control_messages import KeysRemoved, ListKeys, Watch
from dfs_core.encoding.message import Failed
from dfs_core.encoding.messages import ALL_MESSAGES, tag_of
from dfs_core.encoding.peer_messages import AskChunks, FetchChunk, StoreChunk, Stored
from dfs_core.errors import LocalProtocolError, RemoteProtocolError
from dfs_core.limits import MESSAGE_BYTES_MAX
from dfs_core.model.raft_messages import AppendEntries, LogEntry

FACTS = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    int: st.integers(-(2**63), 2**63 - 1),
    float: st.floats(allow_nan=False),
    bool: st.booleans(),
    str: st.text(max_size=12),
    bytes: st.binary(max_size=40),
    Any: FACTS,
}


def values(kind: Any) -> st.SearchStrategy[Any]:
    """Any value that a field of this type may hold."""
    if kind in PLAIN:
        return PLAIN[kind]
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return structs(kind)
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is list:
        return st.lists(values(arguments[0]), max_size=3)
    if origin is dict:
        return st.dictionaries(values(arguments[0]), values(arguments[1]), max_size=3)
    if origin is tuple and arguments[1:] == (Ellipsis,):
        return st.lists(values(arguments[0]), max_size=3).map(tuple)
    if origin in (Union, UnionType):
        return st.one_of([st.none() if each is type(None) else values(each) for each in arguments])
    raise AssertionError(f"no strategy for {kind}: add it here")


def structs(kind: type[msgspec.Struct]) -> st.SearchStrategy[msgspec.Struct]:
    return st.builds(kind, **{field.name: values(field.type) for field in msgspec.structs.fields(kind)})


@pytest.fixture(params=sorted(CODECS))
def codec(request: pytest.FixtureRequest) -> Codec:
    return CODECS[request.param]


@pytest.mark.parametrize("kind", ALL_MESSAGES, ids=tag_of)
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_every_message_comes_back_the_same_under_both_codecs(kind: type[msgspec.Struct], data: st.DataObject) -> None:
    message = data.draw(structs(kind))
    decoded = [each.decode(each.encode(message)) for each in CODECS.values()]
    assert decoded == [message] * len(CODECS)
    assert {type(each) for each in decoded} == {kind}


def test_msgpack_describes_itself() -> None:
    fields = msgpack.unpackb(CODECS["msgpack"].encode(FetchChunk(b"address")))
    assert fields == {"type": "fetch_chunk", "address": b"address"}


def test_compact_is_the_tag_and_the_fields_in_order() -> None:
    entries = AppendEntries(7, 3, 2, 1, [LogEntry(4, 7, 0, b"x")], 9)
    fields = msgpack.unpackb(CODECS["compact"].encode(entries))
    assert fields == ["append_entries", 7, 3, 2, 1, [[4, 7, 0, b"x"]], 9]


def test_a_newer_writer_is_understood() -> None:
    newer_map = {"type": "stored", "had": True, "durable": False, "wisdom": 42}
    assert CODECS["msgpack"].decode(msgpack.packb(newer_map)) == Stored(True, False)
    assert CODECS["compact"].decode(msgpack.packb(["stored", True, False, 42])) == Stored(True, False)


def test_an_older_writer_is_understood() -> None:
    assert CODECS["msgpack"].decode(msgpack.packb({"type": "stored", "had": True})) == Stored(True, True)
    assert CODECS["compact"].decode(msgpack.packb(["stored", True])) == Stored(True, True)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\xc1",
        msgpack.packb(None),
        msgpack.packb(5),
        msgpack.packb("stored"),
        msgpack.packb([]),
        msgpack.packb({}),
        msgpack.packb({"type": "no_such_tag"}),
        msgpack.packb(["no_such_tag"]),
        msgpack.packb({"type": ["stored"], "had": True}),
        msgpack.packb({"type": {}, "had": True}),
        msgpack.packb({"type": "stored"}),
        msgpack.packb(["stored"]),
        msgpack.packb({"type": "stored", "had": 1}),
        msgpack.packb(["stored", "yes"]),
        msgpack.packb({"type": "fetch_chunk", "address": "text"}),
        msgpack.packb(["fetch_chunk", "text"]),
        msgpack.packb(["stored", True]) + b"\0",
        msgpack.packb({"type": "stored", "had": True}) + b"\0",
        msgpack.packb(["stored", True])[:-1],
        b"\x92\xa6stored",
        b"\x81\xa4type\xa2\xff\xfe",
        b"\x92\xa2\xff\xfe\xc3",
        b"\xc7\x01\x05\x00",
    ],
)
def test_what_is_no_message_is_refused(codec: Codec, payload: bytes) -> None:
    with pytest.raises(RemoteProtocolError):
        codec.decode(payload)


@pytest.mark.parametrize("header", [b"\x91", b"\xdd\xff\xff\xff\xff", b"\xdd\x00\x01\x00\x00", b"\x81\xa1a"])
def test_deep_nesting_is_refused_without_a_crash(codec: Codec, header: bytes) -> None:
    nested = {
        "msgpack": b"\x84\xa4type\xa6failed\xa4code\xa1a\xa4text\xa1b\xa5facts\x81\xa1x" + header * 100_000,
        "compact": b"\x94\xa6failed\xa1a\xa1b\x81\xa1x" + header * 100_000,
    }
    with pytest.raises(RemoteProtocolError):
        codec.decode(nested[codec.name])


def test_a_message_beyond_the_limit_is_neither_sent_nor_read(codec: Codec) -> None:
    with pytest.raises(LocalProtocolError, match="at most"):
        codec.encode(AskChunks(bytes(MESSAGE_BYTES_MAX)))
    with pytest.raises(RemoteProtocolError, match="at most"):
        codec.decode(bytes(MESSAGE_BYTES_MAX + 1))


def test_only_messages_are_sent(codec: Codec) -> None:
    with pytest.raises(LocalProtocolError, match="not a message"):
        codec.encode(LogEntry(1, 1, 0))


def test_a_fact_that_cannot_travel_is_our_own_mistake(codec: Codec) -> None:
    with pytest.raises(LocalProtocolError, match="cannot be encoded"):
        codec.encode(Failed("x", "y", {"fact": object()}))
    with pytest.raises(LocalProtocolError, match="cannot be encoded"):
        codec.encode(ListKeys(limit=2**70))


def test_a_payload_may_be_any_buffer_and_is_not_kept(codec: Codec) -> None:
    payload = bytearray(codec.encode(StoreChunk(b"address", 7)))
    message = codec.decode(memoryview(payload))
    payload[:] = bytes(len(payload))
    assert message == StoreChunk(b"address", 7)


def test_honest_long_lists_pass(codec: Codec) -> None:
    removed = KeysRemoved([f"key-{number}" for number in range(100_000)], [])
    assert codec.decode(codec.encode(removed)) == removed


def test_numbers_keep_their_kind(codec: Codec) -> None:
    decoded = codec.decode(codec.encode(Watch(2.0)))
    assert isinstance(decoded, Watch)
    assert type(decoded.interval_s) is float
