from __future__ import annotations

import pytest

from dfs_core.encoding import link_messages
from dfs_core.encoding.link_messages import LINK_MESSAGES, BanPeer
from dfs_core.encoding.message import Done, Message
from dfs_core.encoding.messages import ALL_MESSAGES
from dfs_core.limits import BAN_S_DEFAULT, BAN_S_MAX

from .declared import messages_of, tag_of


@pytest.mark.parametrize("message", messages_of(link_messages), ids=lambda message: message.__name__)
def test_what_is_declared_can_be_said_under_a_tag_of_its_own(message: type[Message]) -> None:
    assert message in LINK_MESSAGES
    assert [other for other in ALL_MESSAGES if tag_of(other) == tag_of(message)] == [message]
    assert message.reply is Done


def test_a_ban_without_a_time_ends_by_itself() -> None:
    assert 0 < BanPeer("ab").for_s == BAN_S_DEFAULT <= BAN_S_MAX
