"""Raft messages on the wire, and the one encoding of a configuration."""

from __future__ import annotations

import msgspec
import pytest

from dfs_core.errors import InvalidInput, ProtocolError
from dfs_core.model.raft_messages import (
    COMMAND,
    AppendAnswer,
    AppendEntries,
    Configuration,
    LogEntry,
    RaftMessage,
    RequestVote,
    TimeoutNow,
    VoteAnswer,
)

A, B, C = (bytes([number]) * 32 for number in (1, 2, 3))
MESSAGES: dict[str, RaftMessage] = {
    "request_vote": RequestVote(3, 9, 2, pre_vote=True, transfer=True),
    "vote_answer": VoteAnswer(3, True, pre_vote=True),
    "append_entries": AppendEntries(3, 9, 2, 8, [LogEntry(10, 3, COMMAND, b"tea")], round=4),
    "append_answer": AppendAnswer(3, False, 9, hint_index=7, hint_term=1, round=4, counts=False),
    "timeout_now": TimeoutNow(3),
}


@pytest.mark.parametrize(("tag", "message"), MESSAGES.items())
def test_every_message_comes_back_and_is_known_by_its_tag(tag: str, message: RaftMessage) -> None:
    encoded = msgspec.msgpack.encode(message)
    assert msgspec.msgpack.decode(encoded)["type"] == tag
    assert msgspec.msgpack.decode(encoded, type=RaftMessage) == message
    assert message.reply is None


@pytest.mark.parametrize("message", MESSAGES.values())
def test_a_field_of_a_newer_node_is_ignored(message: RaftMessage) -> None:
    fields = msgspec.msgpack.decode(msgspec.msgpack.encode(message))
    encoded = msgspec.msgpack.encode({**fields, "from_the_future": 1})
    assert msgspec.msgpack.decode(encoded, type=RaftMessage) == message


def test_fields_that_came_later_have_defaults() -> None:
    encoded = msgspec.msgpack.encode({"type": "append_answer", "term": 1, "accepted": True, "index": 2})
    assert msgspec.msgpack.decode(encoded, type=RaftMessage) == AppendAnswer(1, True, 2)


def test_a_configuration_has_one_encoding_whatever_the_order_of_its_members() -> None:
    encoded = Configuration.of([C, A], [B]).encode()
    assert encoded == Configuration((A, C), (B,)).encode() == Configuration((C, A), (B,)).encode()
    assert Configuration.decode(encoded) == Configuration((A, C), (B,))
    assert Configuration.decode(encoded).members == (A, B, C)


@pytest.mark.parametrize(("voters", "learners"), [([A, A], []), ([A], [B, B]), ([A, B], [A])])
def test_a_node_is_in_a_configuration_only_once(voters: list[bytes], learners: list[bytes]) -> None:
    with pytest.raises(InvalidInput, match="only once"):
        Configuration.of(voters, learners)


def test_bytes_that_are_no_configuration_are_refused() -> None:
    with pytest.raises(ProtocolError, match="not a configuration"):
        Configuration.decode(b"\xc1")


def test_an_entry_weighs_more_than_its_data() -> None:
    assert LogEntry(1, 1, COMMAND, b"").size_bytes > 0
    assert LogEntry(1, 1, COMMAND, b"x" * 100).size_bytes - LogEntry(1, 1, COMMAND, b"").size_bytes == 100
