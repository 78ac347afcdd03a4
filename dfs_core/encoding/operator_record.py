"""What an operator's folder remembers of the cluster: whom its certificate is for, and which nodes it trusts.

One document, `operator` at the top of the folder: a format marker, then msgpack. It holds no secret of the cluster's;
the operator's own key lies beside it.
"""

from __future__ import annotations

import msgspec

from dfs_core.encoding.peer_messages import MembersKnown
from dfs_core.errors import ConfigError

OPERATOR_NAME = "operator"
_MARKER = b"dfsO1\n"


class OperatorRecord(msgspec.Struct, frozen=True):
    """`members` is the newest member list seen; `addresses` lead to the nodes it joined through, best first."""

    cluster: bytes
    members: MembersKnown
    addresses: list[str]


_decoder = msgspec.msgpack.Decoder(OperatorRecord)
_encoder = msgspec.msgpack.Encoder()


def encode_operator(record: OperatorRecord) -> bytes:
    """The document."""
    return _MARKER + _encoder.encode(record)


def decode_operator(data: bytes) -> OperatorRecord:
    """ConfigError: it is damaged, or written by a newer dfs."""
    if not data.startswith(_MARKER):
        raise ConfigError("the operator's record is damaged, or written by a newer dfs")
    try:
        return _decoder.decode(data[len(_MARKER) :])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"the operator's record is damaged: {error}") from error
