from __future__ import annotations

import pytest

from dfs_core.encoding import history_messages
from dfs_core.encoding.control_messages import KeyPage
from dfs_core.encoding.history_messages import HISTORY_MESSAGES, FindKeys, GetHistory, VersionPage
from dfs_core.encoding.message import Message
from dfs_core.encoding.messages import ALL_MESSAGES
from dfs_core.limits import LIST_PAGE_MAX

from .declared import messages_of, tag_of


@pytest.mark.parametrize("message", messages_of(history_messages), ids=lambda message: message.__name__)
def test_what_is_declared_can_be_said_under_a_tag_of_its_own(message: type[Message]) -> None:
    assert message in HISTORY_MESSAGES
    assert [other for other in ALL_MESSAGES if tag_of(other) == tag_of(message)] == [message]


def test_each_question_has_its_answer() -> None:
    assert (FindKeys.reply, GetHistory.reply, VersionPage.reply) == (KeyPage, VersionPage, None)


def test_a_question_begins_at_the_beginning_and_asks_for_a_page_that_it_may_have() -> None:
    assert (FindKeys("text").after, GetHistory("key").before) == ("", 0)
    assert max(FindKeys("text").limit, GetHistory("key").limit) <= LIST_PAGE_MAX
