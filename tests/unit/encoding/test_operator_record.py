"""The operator's document: what was written is read, anything else is refused."""

from __future__ import annotations

import pytest

from dfs_core.encoding.operator_record import OperatorRecord, decode_operator, encode_operator
from dfs_core.encoding.peer_messages import MemberRecord, MembersKnown
from dfs_core.errors import ConfigError

MEMBER = MemberRecord(b"n" * 32, b"cert", "full", "", 1, "joined", ["10.0.0.1:7420"])
RECORD = OperatorRecord(b"c" * 16, MembersKnown(7, 3, [MEMBER]), ["10.0.0.1:7420"])


def test_what_was_written_is_read() -> None:
    assert decode_operator(encode_operator(RECORD)) == RECORD


@pytest.mark.parametrize("damaged", [b"", b"dfsO2\n", encode_operator(RECORD)[:-1], b"dfsO1\n\xc1"])
def test_what_is_damaged_or_newer_is_refused(damaged: bytes) -> None:
    with pytest.raises(ConfigError):
        decode_operator(damaged)
