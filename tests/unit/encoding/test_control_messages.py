from __future__ import annotations

import re

import msgspec
import pytest

from dfs_core.encoding import control_messages
from dfs_core.encoding.control_messages import (
    CONTROL_MESSAGES,
    ChunkDamaged,
    CopyKey,
    EventRecorded,
    EventsDropped,
    KeyChanged,
    KeyEntry,
    ListKeys,
    PeerConnected,
    PeerLost,
    RemoveKeys,
    RemoveMember,
    RetrieveFile,
    StatusReported,
    StoreFile,
    TransferReported,
    Watch,
)
from dfs_core.encoding.message import Done, Message
from dfs_core.encoding.messages import ALL_MESSAGES

from .declared import messages_of, tag_of, travels

EVENTS = {
    StatusReported,
    TransferReported,
    KeyChanged,
    PeerConnected,
    PeerLost,
    ChunkDamaged,
    EventRecorded,
    EventsDropped,
}
each_message = pytest.mark.parametrize("message", messages_of(control_messages), ids=lambda message: message.__name__)


@each_message
def test_what_is_declared_can_be_said(message: type[Message]) -> None:
    assert message in CONTROL_MESSAGES
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
def test_every_message_is_a_request_the_reply_to_one_or_an_event(message: type[Message]) -> None:
    replies = {request.reply for request in CONTROL_MESSAGES if request.reply is not None}
    assert (message.reply is not None) + (message in replies) + (message in EVENTS) == 1
    if message.reply is not None:
        assert message.reply is Done or message.reply in CONTROL_MESSAGES


def test_what_a_client_need_not_say_has_the_harmless_value() -> None:
    assert RemoveMember("ab").force is False
    assert (RemoveKeys(["k"]).prefix, RemoveKeys(["k"]).purge) == (False, False)
    assert (ListKeys().prefix, ListKeys().copies) == ("", False)
    assert (RetrieveFile("k").version, RetrieveFile("k").start, RetrieveFile("k").end) == (0, 0, -1)
    assert CopyKey("a", "b").move is False
    assert StoreFile("k", b"i" * 16, 1, 0, 0).min_copies == 0
    assert Watch().interval_s == 1.0


def test_an_entry_without_a_count_of_copies_does_not_claim_any() -> None:
    entry = KeyEntry("k", 1, 0, 0, 0, 0, 0)
    assert (entry.copies, entry.hash, entry.removed) == (0, "", False)
