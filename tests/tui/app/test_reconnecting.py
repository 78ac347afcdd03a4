"""While an attached cluster does not answer: keys of its own, a countdown, giving up, and another address."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.widgets import Input

from dfs_tui.sources.base import Source, SourceError
from dfs_tui.sources.choose import LateSource, attached
from dfs_tui.sources.read_only import only_looking
from dfs_tui.view.cluster import Connection
from dfs_tui.view.events import LinkLost

from ..driving import Drive, dashboard, screen_lines
from ..sources.watched import WatchedNode
from ..worlds import HandClock


@asynccontextmanager
async def looking(place: Path) -> AsyncIterator[Drive]:
    """A dashboard of whoever is behind this socket."""
    clock = HandClock()
    source = attached(clock, control=str(place))
    async with dashboard(source=source, clock=clock) as drive:
        drive.app.clusters = {str(place): lambda: attached(clock, control=str(place))}
        yield drive


def hints(drive: Drive) -> str:
    return screen_lines(drive.app)[-1].strip()


async def lost(drive: Drive) -> None:
    await drive.until(lambda: drive.app.bridge.view.connection is Connection.LOST)
    await drive.look()


async def test_the_last_line_has_exactly_the_keys_that_help_and_the_next_try_is_counted_down(tmp_path: Path) -> None:
    async with looking(tmp_path / "s") as drive:
        await lost(drive)
        assert hints(drive) == "r Try now  e Edit address  esc Stop trying  q Quit  ? Help"
        await drive.until(lambda: "No answer, trying again in 4 s (r: now)" in drive.message)
        await drive.until(lambda: "No answer, trying again in 2 s (r: now)" in drive.message)
        await drive.press("4")
        assert hints(drive).startswith("r Try now")
        assert "No node answers" in drive.text


async def test_other_keys_do_what_they_always_do(tmp_path: Path) -> None:
    async with looking(tmp_path / "s") as drive:
        await lost(drive)
        await drive.press("6", "L", "s")
        assert "warnings" in drive.text, "Logs have their own keys"
        await drive.press("2", "h")
        assert "History works in" in drive.message
        await drive.press("question_mark")
        assert "Try now" in drive.text


async def test_who_gives_up_is_left_alone_until_r_and_then_the_node_is_found(tmp_path: Path) -> None:
    async with looking(tmp_path / "s") as drive:
        await lost(drive)
        await drive.press("escape")
        await drive.sees("NOT CONNECTED")
        assert hints(drive) == "r Try now  e Edit address  q Quit  ? Help"
        await drive.press("4", "escape")
        assert "[1 Cluster]" in drive.text, "escape backs out again"
        async with WatchedNode(tmp_path / "s"):
            await drive.pass_time(60.0)
            assert "NOT CONNECTED" in drive.text
            await drive.press("r")
            await drive.sees("HEALTHY")
            assert "e Edit address" not in hints(drive)


async def test_a_filter_goes_before_trying_is_given_up(tmp_path: Path) -> None:
    async with looking(tmp_path / "s") as drive:
        await lost(drive)
        await drive.press("2")
        drive.app.filter_by("n3")
        await drive.press("escape")
        assert not drive.app.pane.main_table().filter
        assert "RECONNECTING" in drive.text
        await drive.press("escape")
        await drive.sees("NOT CONNECTED")


async def test_another_address_is_gone_to_when_somebody_answers_there_and_replaces_the_old_one(tmp_path: Path) -> None:
    async with looking(tmp_path / "old") as drive:
        await lost(drive)
        await drive.press("e")
        assert "Where is the cluster?" in drive.text
        assert isinstance(field := drive.app.focused, Input)
        assert field.value == str(tmp_path / "old")
        await drive.clear()
        await drive.type(str(tmp_path / "new"))
        await drive.press("enter")
        await drive.sees("Not attached: there is nothing at")
        assert "RECONNECTING" in drive.text
        async with WatchedNode(tmp_path / "new"):
            await drive.press("e")
            await drive.clear()
            await drive.type(str(tmp_path / "new"))
            await drive.press("enter")
            await drive.sees("HEALTHY")
            assert drive.app.clusters_named() == (str(tmp_path / "new"),)
            assert "w goes back" not in drive.text, "there is nothing to go back to"


async def test_the_same_address_is_tried_at_once(tmp_path: Path) -> None:
    async with looking(tmp_path / "s") as drive:
        await lost(drive)
        await drive.press("escape")
        await drive.sees("NOT CONNECTED")
        async with WatchedNode(tmp_path / "s"):
            await drive.press("e", "enter")
            await drive.sees("HEALTHY")


async def test_a_cluster_that_was_never_there_is_tried_anew(tmp_path: Path) -> None:
    clock = HandClock()

    def refuse() -> Source:
        raise SourceError("there is nothing at /srv/node7")

    async with dashboard(source=LateSource(refuse), clock=clock) as drive:
        drive.app.clusters = {"node": lambda: attached(clock, data_dir=str(tmp_path))}
        await drive.sees("There is no cluster to look at.")
        assert hints(drive) == "r Try now  e Edit address  q Quit  ? Help"
        async with WatchedNode(tmp_path / "control.sock"):
            await drive.press("r")
            await drive.sees("HEALTHY")


async def test_a_local_cluster_is_started_and_not_looked_for_elsewhere() -> None:
    async with dashboard(nodes=2) as drive:
        for name in drive.cluster.nodes:
            drive.app.bridge.receive(LinkLost(name, "no word for 5 s", drive.clock.now() + 60.0))
        await drive.look()
        assert "RECONNECTING" in drive.text
        await drive.press("e")
        assert "Fold works in Keys" in drive.message
        await drive.press("escape")
        assert "NOT CONNECTED" not in drive.text


@pytest.mark.parametrize("key", ["r", "e", "escape"])
async def test_who_only_looks_may_do_this_too(key: str, tmp_path: Path) -> None:
    clock = HandClock()
    source = only_looking(lambda clock: attached(clock, control=str(tmp_path / "s")))(clock)
    async with dashboard(source=source, clock=clock) as drive:
        drive.app.read_only = True
        await lost(drive)
        await drive.press(key)
        assert "--read-only" not in drive.message
        await drive.press(*["escape"] * len(drive.app.screen_stack))
        await drive.sees("NOT CONNECTED")
