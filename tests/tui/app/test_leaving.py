"""Leaving asks about what would be lost or left behind, and only then."""

from __future__ import annotations

from pathlib import Path

import pytest

from dfs_tui.sources.demo import DemoSource
from dfs_tui.sources.demo_cluster import DemoCluster

from ..driving import Drive, dashboard
from ..worlds import HandClock


class Started(DemoSource):
    """A source whose nodes were started by the dashboard."""

    def __init__(self) -> None:
        super().__init__(DemoCluster(seed=1, nodes_wanted=3, keys_wanted=3, busy=False), HandClock())
        self.closed: list[bool] = []

    def nodes_to_stop(self) -> tuple[str, ...]:
        return ("n1", "n2", "n3")

    async def close(self, *, stop_nodes: bool) -> None:
        self.closed.append(stop_nodes)


async def left(drive: Drive) -> None:
    await drive.until(lambda: not drive.app.is_running or drive.app._exit)


async def test_without_anything_to_lose_q_just_leaves() -> None:
    async with dashboard() as drive:
        await drive.press("q")
        await left(drive)


async def test_nodes_that_were_started_here_keep_running_or_stop_as_one_says() -> None:
    for key, stopped in (("k", False), ("s", True)):
        source = Started()
        async with dashboard(source=source) as drive:
            await drive.press("q")
            assert "n1, n2, n3 were started by this dashboard" in drive.text
            await drive.press(key)
            await left(drive)
        assert source.closed == [stopped]


@pytest.mark.parametrize(("afterwards", "stopped"), [("leave", False), ("stop", True)])
async def test_who_said_it_on_the_command_line_is_not_asked(afterwards: str, stopped: bool) -> None:
    source = Started()
    async with dashboard(source=source) as drive:
        drive.app.nodes_afterwards = afterwards
        await drive.press("q")
        await left(drive)
    assert source.closed == [stopped]


async def test_escape_stays_and_ctrl_c_asks_even_from_a_field() -> None:
    source = Started()
    async with dashboard(source=source) as drive:
        await drive.press("q", "escape")
        assert drive.app.is_running
        await drive.press("4", "slash", "ctrl+c")
        assert "Quit?" in drive.text
        await drive.press("ctrl+c")
        assert drive.text.count("Quit?") == 1
        await drive.press("escape")
    assert source.closed == []


@pytest.mark.parametrize("held", [False, True], ids=["picture moves", "picture is held"])
async def test_running_transfers_are_mentioned_before_they_are_cancelled(held: bool, tmp_path: Path) -> None:
    with (tmp_path / "big.raw").open("wb") as file:
        file.truncate(90_000_000)
    async with dashboard() as drive:
        await drive.paste(str(tmp_path / "big.raw"))
        await drive.sees("1 file")
        if held:
            drive.app.bridge.freeze()
        await drive.press("enter")
        await drive.until(lambda: bool(drive.cluster.transfers))
        await drive.press("q")
        assert "1 transfer under way here will be cancelled" in drive.text
        await drive.press("q")
        await left(drive)
