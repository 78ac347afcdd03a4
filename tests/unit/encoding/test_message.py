from __future__ import annotations

import msgspec
import pytest

from dfs_core.encoding.message import Done, Failed, Message
from dfs_core.errors import KeyNotFound, from_wire

from .declared import tag_of


class Asked(Message, frozen=True, tag="asked_of_a_test"):
    count: int
    since: int = 0


def test_a_message_is_a_value_that_nobody_changes() -> None:
    assert Asked(1) == Asked(1, 0)
    with pytest.raises(AttributeError):
        Asked(1).count = 2  # type: ignore[misc]


def test_unless_it_names_a_reply_a_message_is_one_way() -> None:
    assert Message.reply is None
    assert Asked.reply is None
    assert "reply" not in {field.name for field in msgspec.structs.fields(Asked)}


def test_the_tag_and_not_the_class_is_the_wire_name() -> None:
    assert msgspec.to_builtins(Asked(1)) == {"type": "asked_of_a_test", "count": 1, "since": 0}
    assert (tag_of(Done), tag_of(Failed)) == ("done", "failed")


def test_fields_of_a_newer_sender_are_overlooked_and_those_an_older_one_lacks_have_defaults() -> None:
    newer = msgspec.msgpack.encode({"type": "asked_of_a_test", "count": 3, "colour": "red"})
    assert msgspec.msgpack.decode(newer, type=Asked) == Asked(3, 0)


def test_another_tag_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.msgpack.decode(msgspec.msgpack.encode({"type": "done", "count": 3}), type=Asked)


def test_a_failure_carries_what_rebuilds_the_error() -> None:
    error = KeyNotFound("photos/a.jpg")
    sent = msgspec.msgpack.encode(Failed(error.code, str(error), error.facts()))
    failed = msgspec.msgpack.decode(sent, type=Failed)
    rebuilt = from_wire(failed.code, failed.text, failed.facts)
    assert isinstance(rebuilt, KeyNotFound)
    assert rebuilt.key == "photos/a.jpg"


def test_two_failures_do_not_share_their_facts() -> None:
    first, second = Failed("error", "a"), Failed("error", "b")
    first.facts["a"] = 1
    assert second.facts == {}
