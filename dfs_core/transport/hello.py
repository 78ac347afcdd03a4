"""HELLO: the first frame each side sends, and what the two agree on by it.

The dialler speaks first; the listener answers with its own HELLO or with a GOODBYE that says why not. A HELLO is a
msgpack map; unknown fields are ignored and every field has a default, so that it can grow for ever. What it claims is
checked elsewhere: the node id against the certificate (`link`), the role against the member list (`mesh`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import msgspec

from dfs_core.errors import HelloRefused, RemoteProtocolError
from dfs_core.limits import (
    FRAME_BYTES_MAX,
    HELLO_BYTES_MAX,
    MESSAGE_BYTES_MAX,
    REQUESTS_PER_LINK_MAX,
    STREAM_CREDIT_BYTES,
)

PROTOCOL_MIN, PROTOCOL_MAX = 1, 1
CODECS = ("compact", "msgpack")  # in order of preference

Purpose = Literal["peer", "control", "join"]

# Below these a link could not carry what every node must be able to say.
_MESSAGE_BYTES_LEAST = 64 * 1024
_FRAME_BYTES_LEAST = 1024
_CREDIT_MOST = 2**31


class HelloFacts(msgspec.Struct, frozen=True):
    """What a node says of itself in each HELLO; asked for anew at every link, because it changes."""

    boot: int = 0  # incarnation: raised at every start
    boot_nonce: bytes = b""  # 16 bytes drawn at this start: two with one boot number are told apart
    read_to: int = 0  # revision (log index) of its newest member list
    generation: int = 0  # of the log, raised by a forced recovery
    generation_id: bytes = b""
    version: str = ""
    address_record: bytes = b""  # signed (`crypto.identity.AddressRecord`), or empty
    term: int = 0  # the highest that is durable in its log
    log_end: int = 0  # the last entry that is durable in its log


class Hello(msgspec.Struct, frozen=True):
    """One side's introduction. `cluster` and `node` are empty where they are not known (a joiner, a local client)."""

    protocol_min: int = 0
    protocol_max: int = 0
    cluster: bytes = b""
    node: bytes = b""
    purpose: str = "peer"
    codecs: list[str] = []
    stream_credit: int = STREAM_CREDIT_BYTES
    message_bytes_max: int = MESSAGE_BYTES_MAX
    frame_bytes_max: int = FRAME_BYTES_MAX
    requests_max: int = REQUESTS_PER_LINK_MAX
    boot: int = 0
    boot_nonce: bytes = b""
    read_to: int = 0
    generation: int = 0
    generation_id: bytes = b""
    version: str = ""
    address_record: bytes = b""
    term: int = 0
    log_end: int = 0

    @classmethod
    def of(
        cls,
        facts: HelloFacts,
        *,
        cluster: bytes = b"",
        node: bytes = b"",
        purpose: Purpose = "peer",
        codecs: tuple[str, ...] = CODECS,
        stream_credit: int = STREAM_CREDIT_BYTES,
        requests_max: int = REQUESTS_PER_LINK_MAX,
    ) -> Hello:
        """This side's HELLO: the facts, and what this program can do."""
        return cls(
            protocol_min=PROTOCOL_MIN,
            protocol_max=PROTOCOL_MAX,
            cluster=cluster,
            node=node,
            purpose=purpose,
            codecs=list(codecs),
            stream_credit=stream_credit,
            requests_max=requests_max,
            **msgspec.structs.asdict(facts),
        )


@dataclass(frozen=True, slots=True)
class Terms:
    """What both sides keep to on one link, each bound being the receiver's own."""

    protocol: int
    codec: str
    send_credit: int  # initial credit of each stream this side sends
    send_message_bytes_max: int
    send_frame_bytes_max: int
    send_requests_max: int


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Hello)


def encode_hello(hello: Hello) -> bytes:
    """The payload of a HELLO frame. ValueError when it would not fit one (an address record far too long)."""
    payload = _encoder.encode(hello)
    if len(payload) > HELLO_BYTES_MAX:
        raise ValueError(f"a HELLO has at most {HELLO_BYTES_MAX} bytes, this one {len(payload)}")
    return payload


def decode_hello(payload: bytes | memoryview) -> Hello:
    """RemoteProtocolError for anything that is not a HELLO."""
    try:
        return _decoder.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RemoteProtocolError(f"not a HELLO: {error}") from error


def agree(dialler: Hello, listener: Hello, *, dialled: bool) -> Terms:
    """What this side may send under both HELLOs; `dialled` says which of the two is ours. HelloRefused when nothing.

    The codec is the dialler's first that the listener has too, so that both sides come to the same one.
    """
    theirs = listener if dialled else dialler
    protocol = min(dialler.protocol_max, listener.protocol_max)
    if protocol < max(dialler.protocol_min, listener.protocol_min):
        raise HelloRefused(
            f"no protocol in common: {dialler.protocol_min}…{dialler.protocol_max} "
            f"and {listener.protocol_min}…{listener.protocol_max}; upgrade the older of the two"
        )
    codec = next((name for name in dialler.codecs if name in listener.codecs), None)
    if codec is None:
        raise HelloRefused(f"no codec in common: {dialler.codecs[:8]} and {listener.codecs[:8]}")
    if dialler.cluster != listener.cluster and (dialler.purpose == "peer" or dialler.cluster):
        raise HelloRefused("a node of another cluster")
    if theirs.frame_bytes_max < _FRAME_BYTES_LEAST or theirs.message_bytes_max < _MESSAGE_BYTES_LEAST:
        raise HelloRefused("the other side's limits are too small to talk to it")
    if not 0 < theirs.stream_credit <= _CREDIT_MOST or theirs.requests_max < 1:
        raise HelloRefused("the other side's limits make no sense")
    return Terms(
        protocol=protocol,
        codec=codec,
        send_credit=theirs.stream_credit,
        send_message_bytes_max=min(theirs.message_bytes_max, MESSAGE_BYTES_MAX),
        send_frame_bytes_max=min(theirs.frame_bytes_max, FRAME_BYTES_MAX),
        send_requests_max=min(theirs.requests_max, REQUESTS_PER_LINK_MAX),
    )
