from __future__ import annotations

from dfs_core.encoding.collect_messages import COLLECT_MESSAGES, AskVerdicts, VerdictTold
from dfs_core.encoding.messages import ALL_MESSAGES


def test_a_vault_is_answered_with_a_verdict() -> None:
    assert AskVerdicts.reply is VerdictTold


def test_all_of_them_may_travel() -> None:
    assert set(COLLECT_MESSAGES) <= set(ALL_MESSAGES)
