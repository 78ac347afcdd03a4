from __future__ import annotations

import pytest

from dfs_core.encoding import snapshot_messages
from dfs_core.encoding.message import Message
from dfs_core.encoding.messages import ALL_MESSAGES
from dfs_core.encoding.snapshot_messages import SNAPSHOT_MESSAGES, FetchSnapshot, SnapshotPage

from .declared import messages_of, tag_of


@pytest.mark.parametrize("message", messages_of(snapshot_messages), ids=lambda message: message.__name__)
def test_what_is_declared_can_be_said_under_a_tag_of_its_own(message: type[Message]) -> None:
    assert message in SNAPSHOT_MESSAGES
    assert [other for other in ALL_MESSAGES if tag_of(other) == tag_of(message)] == [message]


def test_who_has_nothing_yet_asks_for_the_first_page_of_any_snapshot() -> None:
    assert (FetchSnapshot(7).snapshot, FetchSnapshot(7).offset, FetchSnapshot.reply) == (b"", 0, SnapshotPage)
