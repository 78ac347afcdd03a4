"""Writing the log to a file."""

from __future__ import annotations

from pathlib import Path

from dfs_tui.bridge import Bridge
from dfs_tui.sources.demo import DemoSource
from dfs_tui.sources.demo_cluster import DemoCluster

from ..worlds import HandClock


def said(bridge: Bridge) -> str:
    bridge.pump()
    return bridge.take_notices()[-1].text


async def test_nothing_that_exists_is_overwritten_and_a_disk_that_refuses_is_said(tmp_path: Path) -> None:
    clock = HandClock()
    bridge = Bridge(DemoSource(DemoCluster(seed=1, wall_s=clock.wall()), clock), clock)
    for _ in range(2):
        await bridge.save_log(f"{tmp_path}/", "one\ntwo\n")
        assert said(bridge).startswith("Wrote 2 lines to ")
    assert len(list(tmp_path.glob("dfs-log-*.txt"))) == 2
    await bridge.save_log(str(tmp_path / "mine.txt"), "three\n")
    assert (tmp_path / "mine.txt").read_text(encoding="utf-8") == "three\n"
    await bridge.save_log(str(tmp_path / "mine.txt" / "below"), "four\n")
    assert said(bridge).startswith("the log was not written: ")
