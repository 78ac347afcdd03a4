"""What cannot be compared is stored."""

from __future__ import annotations

from pathlib import Path

from dfs_tui.bridge import Bridge
from dfs_tui.sources.base import Moved, SourceError
from dfs_tui.sources.demo import DemoSource
from dfs_tui.sources.demo_cluster import DemoCluster
from dfs_tui.view.plan import Found, ToStore

from ..worlds import HandClock


async def test_what_cannot_be_said_is_a_no(tmp_path: Path) -> None:
    clock = HandClock()
    source = DemoSource(DemoCluster(seed=7, keys_wanted=3, busy=False), clock)
    bridge = Bridge(source, clock)
    key, there = next(iter(source.cluster.keys.items()))
    same = ToStore(str(tmp_path), key, there.entry.size_bytes)
    assert await bridge.same_content(same, there.entry.version, lambda _: None)
    for error in (SourceError("no node answers"), PermissionError("not yours")):

        async def fail(item: ToStore, version: int, moved: Moved, error: Exception = error) -> bool:
            raise error

        source.same_content = fail  # type: ignore[method-assign]
        assert not await bridge.same_content(same, there.entry.version, lambda _: None)
    for name in "ab":
        (tmp_path / name).write_text("x")
    files = [Found(str(tmp_path / name), name, 1) for name in "ab"]
    assert await bridge.copies_among(files, lambda _: None) == (files[1],)
