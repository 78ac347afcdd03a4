"""Upkeep that was asked for, and what is said of it."""

from __future__ import annotations

import pytest

from dfs_tui.bridge import Bridge
from dfs_tui.doing.upkeep import verified_words
from dfs_tui.sources.base import SourceError
from dfs_tui.sources.demo import DemoSource
from dfs_tui.sources.demo_cluster import DemoCluster
from dfs_tui.view.values import Level, Verified

from ..worlds import HandClock


@pytest.fixture
def bridge() -> Bridge:
    clock = HandClock()
    return Bridge(DemoSource(DemoCluster(seed=1, keys_wanted=3, busy=False, wall_s=clock.wall()), clock), clock)


def said(bridge: Bridge) -> list[str]:
    bridge.pump()
    return [note.text for note in bridge.take_notices()]


@pytest.mark.parametrize(
    ("found", "level", "text"),
    [
        (Verified(0), Level.INFO, "kept in the catalog itself"),
        (Verified(4, good=12), Level.INFO, "verified, 12 good copies of 4 chunks"),
        (Verified(1, good=2, damaged=1), Level.WARNING, "2 good copies, 1 damaged copy; what is bad or missing"),
        (Verified(2, good=1, missing=2, unreachable=3), Level.WARNING, "2 missing copies, 3 unreachable copies"),
        (Verified(9, lost=1), Level.ERROR, "1 chunk of 9 without a good copy"),
    ],
)
def test_what_was_found_is_said_as_much_as_it_matters(found: Verified, level: Level, text: str) -> None:
    assert verified_words(found)[0] is level
    assert text in verified_words(found)[1]


async def test_keys_are_verified_one_after_the_other_and_one_that_fails_does_not_stop_the_rest(bridge: Bridge) -> None:
    assert isinstance(bridge.source, DemoSource)
    key = sorted(bridge.source.cluster.keys)[0]
    await bridge.verify(["no such key", key])
    lines = said(bridge)
    assert "no such key was not verified: no such key: no such key" in lines
    assert any(line.startswith(f"{key}: verified") for line in lines)
    assert [deed.failed for deed in bridge.activity.deeds.values()] == [True, False]


async def test_healing_is_hurried_and_limited(bridge: Bridge) -> None:
    limits: list[int] = []

    async def limit(bytes_s: int) -> None:
        if bytes_s == 7:
            raise SourceError("no majority")
        limits.append(bytes_s)

    bridge.source.limit_repair = limit  # type: ignore[method-assign]
    await bridge.repair_now()
    for bytes_s in (80 << 20, 0, 7):
        await bridge.limit_repair(bytes_s)
    assert limits == [80 << 20, 0]
    assert said(bridge) == [
        "5 nodes at once do what waited for its turn",
        "Healing may take 80.0 MiB/s on each node",
        "Healing may take all there is",
        "how fast healing may go is as before: no majority",
    ]

    async def refuse() -> int:
        raise SourceError("no node answers")

    bridge.source.repair_now = refuse  # type: ignore[method-assign]
    await bridge.repair_now()
    assert said(bridge) == ["nothing was hurried: no node answers"]
