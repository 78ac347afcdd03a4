"""Where deeds leave their events."""

from __future__ import annotations

from dfs_tui.bridge import Bridge, Changed
from dfs_tui.sources.demo import DemoSource
from dfs_tui.sources.demo_cluster import DemoCluster
from dfs_tui.view.events import ActivityBegun, ActivityEnded, Noted, SourceEvent
from dfs_tui.view.values import Level

from ..worlds import HandClock


def test_deeds_and_notes_are_on_screen_after_the_next_pump() -> None:
    clock = HandClock()
    desk = Bridge(DemoSource(DemoCluster(seed=1, keys_wanted=1, busy=False), clock), clock)
    name = desk.begin("dfs-core rm a")
    desk.note(Level.INFO, "hello")
    assert not desk.activity.deeds
    assert desk.pump() == Changed.ACTIVITY | Changed.LOG
    desk.end(name, "gone", failed=True)
    desk.pump()
    assert (desk.activity.deeds[name].outcome, desk.activity.deeds[name].failed) == ("gone", True)
    assert (desk.now(), desk.wall()) == (clock.now(), clock.wall())


def test_whoever_listens_in_is_told_everything_at_once() -> None:
    clock = HandClock()
    desk = Bridge(DemoSource(DemoCluster(seed=1, keys_wanted=1, busy=False), clock), clock)
    told: list[SourceEvent] = []
    desk.tap = told.append
    desk.note(Level.INFO, "hello")
    desk.end(desk.begin(":up"), "done")
    assert [type(event) for event in told] == [Noted, ActivityBegun, ActivityEnded]
