"""The set of all messages: each once, each with a tag of its own, each documented."""

from __future__ import annotations

import inspect
from pathlib import Path

import msgspec
import pytest

from dfs_core.encoding import (
    control_messages,
    history_messages,
    message,
    peer_messages,
    repair_messages,
    settings_messages,
    upkeep_messages,
    worker_messages,
)
from dfs_core.encoding.control_messages import CONTROL_MESSAGES
from dfs_core.encoding.message import Message
from dfs_core.encoding.messages import ALL_MESSAGES, BY_TAG, RAFT_MESSAGES, tag_of
from dfs_core.encoding.peer_messages import PEER_MESSAGES
from dfs_core.model.raft_messages import LogEntry

PROTOCOL = Path(__file__).parents[3] / "docs" / "protocol.md"


def test_each_tag_means_one_message() -> None:
    assert len({tag_of(kind) for kind in ALL_MESSAGES}) == len(ALL_MESSAGES)
    assert all(BY_TAG[tag_of(kind)] is kind for kind in ALL_MESSAGES)


def test_each_group_is_whole() -> None:
    assert {*PEER_MESSAGES, *CONTROL_MESSAGES, *RAFT_MESSAGES} <= set(ALL_MESSAGES)
    assert {tag_of(kind) for kind in RAFT_MESSAGES} == {
        "request_vote",
        "vote_answer",
        "append_entries",
        "append_answer",
        "timeout_now",
        "install_snapshot",
    }


MODULES = [
    message,
    peer_messages,
    repair_messages,
    control_messages,
    history_messages,
    settings_messages,
    upkeep_messages,
    worker_messages,
]


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_no_tagged_class_is_forgotten(module: object) -> None:
    classes = [kind for _, kind in inspect.getmembers(module, inspect.isclass)]
    tagged = {kind for kind in classes if issubclass(kind, msgspec.Struct) and kind.__struct_config__.tag is not None}
    assert tagged <= set(ALL_MESSAGES)


def test_a_reply_is_a_message_too() -> None:
    replies = {kind.reply for kind in ALL_MESSAGES if issubclass(kind, Message) and kind.reply is not None}
    assert replies <= set(ALL_MESSAGES)


def test_what_has_no_tag_is_no_message() -> None:
    with pytest.raises(TypeError):
        tag_of(LogEntry)


@pytest.mark.parametrize("kind", ALL_MESSAGES, ids=tag_of)
def test_every_message_is_in_the_document(kind: type[msgspec.Struct]) -> None:
    assert f"`{tag_of(kind)}`" in PROTOCOL.read_text()
