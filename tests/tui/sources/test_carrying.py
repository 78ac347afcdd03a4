"""What a real cluster's source does with bytes; the rest of it is in test_live."""

from __future__ import annotations

from dfs_core.client import IfExists
from dfs_tui.sources.carrying import IF_EXISTS
from dfs_tui.view.values import Taken


def test_every_choice_of_the_dashboard_is_one_of_the_client() -> None:
    assert set(IF_EXISTS) == set(Taken)
    assert IfExists.FAIL not in IF_EXISTS.values()
