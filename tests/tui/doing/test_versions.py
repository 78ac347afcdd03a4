"""Removing, undoing, comparing, restoring; each ends in words whatever happens."""

from __future__ import annotations

import pytest

from dfs_tui.bridge import Bridge
from dfs_tui.doing.versions import Step
from dfs_tui.sources.base import SourceError
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
    assert bridge.next_redo() == Step((second, third))
    await bridge.undo()
    assert first in source.cluster.keys
    assert bridge.next_undo() == ()
    assert "Brought back" in notes(bridge)[-1]
    assert [deed.line.split()[1] for deed in bridge.activity.deeds.values()] == ["rm", "rm", "restore", "restore"]


async def test_what_was_gone_already_cannot_be_undone(bridge: Bridge) -> None:
    await bridge.remove(["never"])
    assert notes(bridge) == ["never was gone already"]
    assert bridge.next_undo() == ()


async def test_what_was_stored_without_a_question_is_taken_back_in_turn_and_brought_back(
    bridge: Bridge, source: DemoSource
) -> None:
    old, new = sorted(source.cluster.keys)[:2]
    await bridge.remove([old])
    await bridge.stored_at_once(new)
    await bridge.undo()
    assert new not in source.cluster.keys
    assert notes(bridge)[-1] == f"Took back {new}; Z stores it again"
    await bridge.undo()
    assert old in source.cluster.keys
    assert bridge.next_redo() == Step((old,))
    bridge._undone.pop()
    await bridge.redo()
    assert new in source.cluster.keys
    assert bridge.next_undo() == (new,)


async def test_a_version_that_somebody_else_has_made_since_is_not_taken_back(
    bridge: Bridge, source: DemoSource
) -> None:
    key, gone = sorted(source.cluster.keys)[:2]
    await bridge.stored_at_once(key)
    source.cluster.restore(key, source.cluster.past.of(key)[0].version)
    await bridge.undo()
    assert key in source.cluster.keys
    assert notes(bridge)[-1] == f"{key} was not taken back: there is another version by now"
    await bridge.stored_at_once(gone)
    await source.remove([gone])
    await bridge.undo()
    assert notes(bridge)[-1] == f"{gone} was not taken back: it is gone already"
    await bridge.stored_at_once("never")
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


async def test_what_could_not_be_stored_again_can_be_tried_once_more(
    bridge: Bridge, source: DemoSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = sorted(source.cluster.keys)[0]
    await bridge.stored_at_once(key)
    await bridge.undo()
    with monkeypatch.context() as patch:
        patch.setattr(source, "restore", _refused)
        await bridge.redo()
    assert notes(bridge)[-1] == f"{key} was not restored: no majority"
    assert bridge.next_undo() == ()
    await bridge.redo()
    assert key in source.cluster.keys
    assert bridge.next_undo() == (key,)


async def _refused(key: str, version: int) -> int:
    raise SourceError("no majority")
