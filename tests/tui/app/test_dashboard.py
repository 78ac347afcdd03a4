"""All parts of the app together."""

from __future__ import annotations

from dfs_tui.app.dashboard import DfsApp
from dfs_tui.app.drops import Drops
from dfs_tui.app.leaving import Leaving
from dfs_tui.app.lists import ListActions
from dfs_tui.app.nodes import NodeActions

from ..driving import dashboard


def test_the_app_is_all_its_parts() -> None:
    assert all(issubclass(DfsApp, part) for part in (Drops, Leaving, ListActions, NodeActions))


async def test_it_starts_draws_and_leaves() -> None:
    async with dashboard() as drive:
        assert drive.app.is_running
        assert "HEALTHY" in drive.text
