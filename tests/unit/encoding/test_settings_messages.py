from __future__ import annotations

import pytest

from dfs_core.encoding import settings_messages
from dfs_core.encoding.message import Done, Message
from dfs_core.encoding.messages import ALL_MESSAGES
from dfs_core.encoding.settings_messages import SETTINGS_MESSAGES, ChangeSetting, GetSettings, SettingsListed

from .declared import messages_of, tag_of


@pytest.mark.parametrize("message", messages_of(settings_messages), ids=lambda message: message.__name__)
def test_what_is_declared_can_be_said_under_a_tag_of_its_own(message: type[Message]) -> None:
    assert message in SETTINGS_MESSAGES
    assert [other for other in ALL_MESSAGES if tag_of(other) == tag_of(message)] == [message]


def test_each_question_has_its_answer() -> None:
    assert (GetSettings.reply, ChangeSetting.reply, SettingsListed.reply) == (SettingsListed, Done, None)
