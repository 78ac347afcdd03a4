from __future__ import annotations

import pytest

from dfs_core.encoding import recovery_messages
from dfs_core.encoding.message import Done, Message
from dfs_core.encoding.messages import ALL_MESSAGES
from dfs_core.encoding.recovery_messages import (
    RECOVERY_MESSAGES,
    AskRecovery,
    AskSecret,
    GetSecretEpochs,
    GetSnapshots,
    HoldSecret,
    Introduce,
    RecoveryKept,
    RotateSecret,
    SecretEpochsListed,
    SecretRotated,
    SecretTold,
    ShareRecovery,
    SnapshotsListed,
    TakeSnapshot,
)

from .declared import messages_of, tag_of


@pytest.mark.parametrize("message", messages_of(recovery_messages), ids=lambda message: message.__name__)
def test_what_is_declared_can_be_said_under_a_tag_of_its_own(message: type[Message]) -> None:
    assert message in RECOVERY_MESSAGES
    assert [other for other in ALL_MESSAGES if tag_of(other) == tag_of(message)] == [message]


def test_each_question_has_its_answer() -> None:
    assert (HoldSecret.reply, AskSecret.reply, AskRecovery.reply) == (Done, SecretTold, RecoveryKept)
    assert (Introduce.reply, ShareRecovery.reply) == (Done, None)
    assert (GetSecretEpochs.reply, RotateSecret.reply) == (SecretEpochsListed, SecretRotated)
    assert (TakeSnapshot.reply, GetSnapshots.reply) == (SnapshotsListed, SnapshotsListed)


def test_no_repr_shows_the_secret() -> None:
    secret = b"very-secret-bytes-of-a-cluster!!"
    for message in (HoldSecret(2, secret), SecretTold(secret)):
        assert "very-secret" not in repr(message) + str(message)
