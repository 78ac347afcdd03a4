"""Removing, undoing, comparing, restoring; each ends in words whatever happens."""

from __future__ import annotations

import pytest

from dfs_tui.bridge import Bridge
from dfs_tui.sources.demo import DemoSource
from dfs_tui.sources.demo_cluster import DemoCluster
from dfs_tui.view.compare import Comparison
from dfs_tui.view.values import Version

from ..worlds import HandClock


@pytest.fixture
def source() -> DemoSource:
    return DemoSource(DemoCluster(seed=7, keys_wanted=30, busy=False), HandClock())


@pytest.fixture
def bridge(source: DemoSource) -> Bridge:
    return Bridge(source, HandClock())


def notes(bridge: Bridge) -> list[str]:
    bridge.pump()
    return [line.text for line in bridge.log.lines.values()]


async def test_what_was_removed_is_brought_back_in_turn(bridge: Bridge, source: DemoSource) -> None:
    first, second, third = sorted(source.cluster.keys)[:3]
    await bridge.remove([first])
    await bridge.remove([second, third])
    assert bridge.next_undo() == (second, third)
    await bridge.undo()
    assert {second, third} <= source.cluster.keys.keys()
    assert bridge.next_redo() == (second, third)
    await bridge.undo()
    assert first in source.cluster.keys
    assert bridge.next_undo() == ()
    assert "Brought back" in notes(bridge)[-1]
    assert [deed.line.split()[1] for deed in bridge.activity.deeds.values()] == ["rm", "rm", "restore", "restore"]


async def test_what_was_gone_already_cannot_be_undone(bridge: Bridge) -> None:
    await bridge.remove(["never"])
    assert notes(bridge) == ["never was gone already"]
    assert bridge.next_undo() == ()


async def test_restoring_what_is_not_kept_says_so(bridge: Bridge, source: DemoSource) -> None:
    key = sorted(source.cluster.keys)[0]
    await bridge.restore(key, 999_999)
    assert notes(bridge) == [f"{key} was not restored: version 999999 of {key} is not kept any more"]


async def test_versions_are_compared_and_a_removal_is_not(bridge: Bridge, source: DemoSource) -> None:
    key, versions = next((key, v) for key, v in source.cluster.past.versions.items() if len(v) > 1)
    found = await bridge.compare(key, versions[1], versions[0])
    assert isinstance(found, Comparison)
    assert found.text
    gone = await bridge.compare(key, versions[0], Version(10**6, 0, 0.0, removed=True))
    assert isinstance(gone, Comparison)
    assert gone.text is None
    assert await bridge.compare("never", versions[1], versions[0]) == "no such key: never"
    assert await bridge.history("never") == "no such key: never"
    assert await bridge.inspect("never") == "no such key: never"
