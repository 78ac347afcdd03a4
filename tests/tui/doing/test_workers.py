"""Telling workers, and what is said of it."""

from __future__ import annotations

import pytest

from dfs_tui.bridge import Bridge
from dfs_tui.sources.base import SourceError
from dfs_tui.sources.demo import DemoSource
from dfs_tui.sources.demo_cluster import DemoCluster
from dfs_tui.view.values import Collected
from dfs_tui.view.worker_actions import WorkerAt, WorkerWish

from ..worlds import HandClock

EVERY = [WorkerAt(name, name, "scrub") for name in ("n1", "n2")]


@pytest.fixture
def bridge() -> Bridge:
    clock = HandClock()
    return Bridge(DemoSource(DemoCluster(seed=1, keys_wanted=3, busy=False, wall_s=clock.wall()), clock), clock)


def said(bridge: Bridge) -> list[str]:
    bridge.pump()
    return [note.text for note in bridge.take_notices()]


async def test_all_nodes_are_told_and_who_does_not_answer_is_named(
    bridge: Bridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell = bridge.source.set_worker

    async def set_worker(link: str, *rest: object) -> None:
        if link == "n2":
            raise SourceError("no answer within 15 s")
        await tell(link, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(bridge.source, "set_worker", set_worker)
    await bridge.set_workers(WorkerWish("pause", "scrub"), EVERY)
    assert said(bridge) == ["n2: no answer within 15 s", "scrub on n1 is paused, over restarts too"]
    (deed,) = bridge.activity.deeds.values()
    assert (deed.line, deed.failed) == (":workers pause scrub", True)


async def test_a_scrub_and_a_collect_say_what_came_of_them(bridge: Bridge, monkeypatch: pytest.MonkeyPatch) -> None:
    await bridge.scrub([("n1", "n1")], everywhere=False)
    assert said(bridge) == ["n1 now re-reads all of its chunks; 7 shows how far"]
    for found, text in (
        (Collected(2, 4096, 1), "2 chunks of 4.00 KiB are being freed; 1 more wait"),
        (Collected(off="the history of settings is frozen"), "Nothing is collected now: the history"),
    ):

        async def collect(found: Collected = found) -> Collected:
            return found

        monkeypatch.setattr(bridge.source, "collect", collect)
        await bridge.collect()
        assert text in said(bridge)[0]
    assert [deed.line for deed in bridge.activity.deeds.values()] == [
        ":scrub n1",
        "dfs-core collect",
        "dfs-core collect",
    ]
