from __future__ import annotations

import pytest

from dfs_core.encoding import layout_messages
from dfs_core.encoding.layout_messages import (
    LAYOUT_MESSAGES,
    ChangeLayout,
    GetLayout,
    LayoutFound,
    LayoutPreviewed,
    MemberChange,
    PreviewLayout,
)
from dfs_core.encoding.message import Done, Message
from dfs_core.encoding.messages import ALL_MESSAGES

from .declared import messages_of, tag_of


@pytest.mark.parametrize("message", messages_of(layout_messages), ids=lambda message: message.__name__)
def test_what_is_declared_can_be_said_under_a_tag_of_its_own(message: type[Message]) -> None:
    assert message in LAYOUT_MESSAGES
    assert [other for other in ALL_MESSAGES if tag_of(other) == tag_of(message)] == [message]


def test_each_question_has_its_answer() -> None:
    assert (GetLayout.reply, PreviewLayout.reply, ChangeLayout.reply) == (LayoutFound, LayoutPreviewed, Done)
    assert LayoutFound.reply is LayoutPreviewed.reply is None


def test_a_change_leaves_what_it_does_not_name() -> None:
    assert MemberChange("ab") == MemberChange("ab", zone=None, capacity=None, state=None)
