from __future__ import annotations

import pytest

from dfs_core.encoding import health_messages
from dfs_core.encoding.health_messages import (
    HEALTH_MESSAGES,
    AskItems,
    GetHealth,
    HealthFound,
    HealthReport,
    ItemsListed,
    ListItems,
    Repair,
)
from dfs_core.encoding.message import Message
from dfs_core.encoding.messages import ALL_MESSAGES
from dfs_core.limits import LIST_PAGE_MAX

from .declared import messages_of, tag_of, travels


@pytest.mark.parametrize("message", messages_of(health_messages), ids=lambda message: message.__name__)
def test_what_is_declared_can_be_said_under_a_tag_of_its_own(message: type[Message]) -> None:
    assert message in HEALTH_MESSAGES
    assert [other for other in ALL_MESSAGES if tag_of(other) == tag_of(message)] == [message]


def test_each_question_has_its_answer() -> None:
    assert (GetHealth.reply, ListItems.reply, AskItems.reply) == (HealthFound, ItemsListed, ItemsListed)


def test_a_report_is_made_of_what_any_language_has_and_claims_nothing_by_itself() -> None:
    assert travels(HealthReport)
    assert HealthReport().state == ""
    assert (Repair().left, Repair().eta_s) == (0, -1.0)


def test_a_list_of_items_begins_at_the_beginning_with_a_page_that_one_may_have() -> None:
    assert (ListItems().key, ListItems().version) == (AskItems().key, AskItems().version) == ("", 0)
    assert max(ListItems().limit, AskItems().limit) <= LIST_PAGE_MAX
