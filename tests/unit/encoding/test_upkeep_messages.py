from __future__ import annotations

import pytest

from dfs_core.encoding import upkeep_messages
from dfs_core.encoding.message import Message
from dfs_core.encoding.messages import ALL_MESSAGES
from dfs_core.encoding.upkeep_messages import (
    UPKEEP_MESSAGES,
    GetScrub,
    KeyVerified,
    RepairStarted,
    ScrubStatus,
    StartRepair,
    StartScrub,
    VerifyKey,
)

from .declared import messages_of, tag_of


@pytest.mark.parametrize("message", messages_of(upkeep_messages), ids=lambda message: message.__name__)
def test_what_is_declared_can_be_said_under_a_tag_of_its_own(message: type[Message]) -> None:
    assert message in UPKEEP_MESSAGES
    assert [other for other in ALL_MESSAGES if tag_of(other) == tag_of(message)] == [message]


def test_each_question_has_its_answer() -> None:
    assert (GetScrub.reply, StartScrub.reply) == (ScrubStatus, ScrubStatus)
    assert (StartRepair.reply, VerifyKey.reply) == (RepairStarted, KeyVerified)
