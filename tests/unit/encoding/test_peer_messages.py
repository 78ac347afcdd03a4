from __future__ import annotations

import re

import msgspec
import pytest

from dfs_core.encoding import peer_messages
from dfs_core.encoding.message import Done, Message
from dfs_core.encoding.messages import ALL_MESSAGES
from dfs_core.encoding.peer_messages import (
    PEER_MESSAGES,
    AskChunks,
    AskMembers,
    CheckChunk,
    FetchChunk,
    NodeReport,
    Propose,
    ReadIndex,
    Redeem,
    ReportNode,
    ShareAddresses,
    StoreChunk,
)

from .declared import messages_of, tag_of, travels

each_message = pytest.mark.parametrize("message", messages_of(peer_messages), ids=lambda message: message.__name__)


@each_message
def test_what_is_declared_can_be_said(message: type[Message]) -> None:
    assert message in PEER_MESSAGES
    assert message in ALL_MESSAGES


@each_message
def test_a_message_has_a_tag_of_its_own_that_survives_a_new_class_name(message: type[Message]) -> None:
    tag = tag_of(message)
    assert isinstance(tag, str) and re.fullmatch("[a-z]+(_[a-z]+)*", tag)
    assert [other for other in ALL_MESSAGES if tag_of(other) == tag] == [message]


@each_message
def test_fields_are_what_any_language_has(message: type[Message]) -> None:
    for field in msgspec.structs.fields(message):
        assert travels(field.type), f"{field.name}: {field.type}"


@each_message
def test_a_reply_is_a_message_that_is_no_request(message: type[Message]) -> None:
    if message.reply is not None:
        assert message.reply in PEER_MESSAGES
        assert issubclass(message.reply, Message) and message.reply.reply is None


def test_requests_have_replies_and_news_have_none() -> None:
    requests = {message for message in PEER_MESSAGES if message.reply is not None}
    assert requests == {StoreChunk, FetchChunk, AskChunks, CheckChunk, Propose, ReadIndex, AskMembers, Redeem}
    assert ReportNode.reply is None
    assert ShareAddresses.reply is None
    assert Done.reply is None


def test_a_report_of_an_older_node_is_understood() -> None:
    """Figures that were added later have defaults."""
    required = [field for field in msgspec.structs.fields(NodeReport) if field.required]
    examples: dict[object, object] = {bytes: b"n" * 32, int: 1, float: 1.0, str: "ready", "RawId": b"n" * 32}
    told = {field.encode_name: examples[field.type] for field in required}
    report = msgspec.convert(told, NodeReport, builtin_types=(bytes,))
    assert (report.resync_length, report.damaged, report.durable) == (0, 0, True)


def test_bulk_bytes_travel_beside_a_message_and_not_in_it() -> None:
    for message in (StoreChunk, FetchChunk):
        assert not {"data", "content", "payload"} & {field.name for field in msgspec.structs.fields(message)}
    assert len(msgspec.msgpack.encode(StoreChunk(b"a" * 32, 8 << 20))) < 100
