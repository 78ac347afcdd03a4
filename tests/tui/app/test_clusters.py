"""Several clusters in one dashboard, one at a time."""

from __future__ import annotations

from pathlib import Path

import pytest

from dfs_tui.sources.base import Source
from dfs_tui.sources.demo import DemoSource
from dfs_tui.sources.demo_cluster import DemoCluster
from dfs_tui.sources.read_only import ReadOnlySource

from ..driving import Drive, dashboard
from ..sources.watched import WatchedNode


def offer(drive: Drive) -> list[str]:
    """A second cluster of two nodes; the labels whose sources were made."""
    made: list[str] = []

    def second() -> Source:
        made.append("second")
        cluster = DemoCluster(seed=3, nodes_wanted=2, keys_wanted=3, busy=False, wall_s=drive.clock.wall())
        return DemoSource(cluster, drive.clock)

    first = drive.app.bridge.source
    drive.app.clusters = {"first": lambda: first, "second": second}
    return made


async def test_w_leads_to_the_other_cluster() -> None:
    async with dashboard(keys=40) as drive:
        made = offer(drive)
        assert "nodes 5/5" in drive.text
        await drive.press("w")
        assert "Look at which cluster?" in drive.text
        assert not made, "a source is made when it is chosen"
        await drive.press("2")
        await drive.sees("nodes 2/2")
        await drive.press("4")
        await drive.sees("3 keys")
        assert made == ["second"]


@pytest.mark.parametrize("held", [False, True], ids=["picture moves", "picture is held"])
async def test_with_a_transfer_under_way_it_is_not_left(held: bool, tmp_path: Path) -> None:
    with (tmp_path / "big.raw").open("wb") as file:
        file.truncate(90_000_000)
    async with dashboard() as drive:
        offer(drive)
        await drive.paste(str(tmp_path / "big.raw"))
        await drive.sees("1 file")
        if held:
            drive.app.bridge.freeze()
        await drive.press("enter")
        await drive.until(lambda: bool(drive.cluster.transfers))
        await drive.press("w", "2")
        assert "Transfers are under way" in drive.message
        assert "nodes 5/5" in drive.text


async def test_attach_goes_to_a_cluster_that_answers_and_w_comes_back(tmp_path: Path) -> None:
    async with dashboard() as drive, WatchedNode(tmp_path / "control.sock"):
        offer(drive)
        await drive.app.attach(str(tmp_path))
        await drive.until(lambda: drive.app.shown_cluster == str(tmp_path))
        await drive.sees("nodes 1/1")
        await drive.press("w", "1")
        await drive.sees("nodes 5/5")


async def test_attach_leaves_nothing_before_somebody_answers(tmp_path: Path) -> None:
    async with dashboard() as drive:
        offer(drive)
        await drive.app.attach(str(tmp_path))
        assert "Not attached: no node runs with its data in" in drive.message
        assert "nodes 5/5" in drive.text
        await drive.app.attach("demo")
        await drive.until(lambda: drive.app.shown_cluster == "demo")


async def test_attach_keeps_to_read_only_and_completes_where_clusters_are() -> None:
    async with dashboard() as drive:
        offer(drive)
        await drive.press("colon")
        await drive.type("attach ")
        await drive.sees("attach 127.0.0.1:7000")
        assert "attach second" in drive.text
        assert "attach first" not in drive.text, "one is there already"
        await drive.clear()
        drive.app.read_only = True
        await drive.type("attach demo")
        await drive.press("enter")
        await drive.until(lambda: drive.app.shown_cluster == "demo")
        assert isinstance(drive.app.bridge.source, ReadOnlySource)


async def test_nodes_started_in_a_cluster_that_was_left_are_asked_about_at_the_end() -> None:
    async with dashboard() as drive:
        first = drive.app.bridge.source
        offer(drive)
        stopped: list[bool] = []

        async def close(*, stop_nodes: bool) -> None:
            stopped.append(stop_nodes)

        first.nodes_to_stop = lambda: ("n1", "n2")  # type: ignore[method-assign]
        first.close = close  # type: ignore[method-assign]
        await drive.press("w", "2")
        await drive.until(lambda: stopped == [False])
        await drive.press("q")
        assert "n1 of a cluster left before" in drive.text
        await drive.press("s")
        await drive.until(lambda: stopped == [False, True])


async def test_with_one_cluster_it_is_said_how_to_name_more() -> None:
    async with dashboard() as drive:
        await drive.press("w")
        assert "Only one cluster was named" in drive.message


async def test_read_only_offers_and_does_no_deed(tmp_path: Path) -> None:
    (tmp_path / "a.raw").write_bytes(b"x")
    async with dashboard() as drive:
        drive.app.read_only = True
        drive.app.draw()
        hints = drive.text.splitlines()[-1]
        assert "READ-ONLY" in hints
        for word in ("Store", "Kill", "Add node"):
            assert word not in hints
        for key in ("s", "K", "a", "S", "ctrl+t"):
            await drive.press(key)
            assert "--read-only" in drive.message, key
            assert len(drive.app.screen_stack) == 1
        await drive.paste(str(tmp_path / "a.raw"))
        await drive.sees("opened with --read-only")
        assert len(drive.app.screen_stack) == 1
        await drive.press("4", "ctrl+d")
        assert "--read-only" in drive.message
        await drive.press("r")
        assert "Retrieve" in drive.text
