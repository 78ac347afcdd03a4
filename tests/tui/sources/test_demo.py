"""The generated cluster as a source."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from dfs_tui.sources.base import SourceError
from dfs_tui.sources.demo import DemoSource
from dfs_tui.sources.demo_cluster import DemoCluster
from dfs_tui.view import events
from dfs_tui.view.plan import ToStore

from ..worlds import HandClock
from .watched import Heard


def made() -> tuple[DemoSource, HandClock]:
    clock = HandClock()
    return DemoSource(DemoCluster(seed=2, keys_wanted=20, busy=False), clock), clock


async def test_it_opens_lists_its_keys_and_reports_as_time_goes_by() -> None:
    source, clock = made()
    heard = Heard()
    task = asyncio.create_task(source.watch(heard.append))
    await heard.has(events.Noted)
    assert heard[0] == events.SourceOpened("demo (5 nodes)", can_run_nodes=True, generated=True)
    assert sum(len(event.entries) for event in heard if isinstance(event, events.KeysListed)) == 20
    before = len(heard.of(events.NodeReported))
    await clock.advance(3.5)
    assert len(heard.of(events.NodeReported)) == before + 15
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_store_ends_when_its_bytes_are_through_and_a_retrieve_writes_a_file(tmp_path: Path) -> None:
    source, _ = made()
    storing = asyncio.create_task(source.store(ToStore("/x", "new", 60 << 20), lambda _: None))
    await asyncio.sleep(0)
    for _ in range(50):
        source.cluster.advance(0.1)
    await storing
    assert "new" in source.cluster.keys
    retrieving = asyncio.create_task(source.retrieve("new", str(tmp_path / "out"), lambda _: None))
    await asyncio.sleep(0)
    for _ in range(50):
        source.cluster.advance(0.1)
    await retrieving
    assert "new" in (tmp_path / "out").read_text()


async def test_what_is_not_there_or_cannot_be_written_is_said(tmp_path: Path) -> None:
    source, _ = made()
    with pytest.raises(SourceError, match="no such key"):
        await source.retrieve("nothing", str(tmp_path / "out"), lambda _: None)
    for name in source.cluster.nodes:
        await source.kill_node(name)
    with pytest.raises(SourceError, match="no node is running"):
        await source.store(ToStore("/x", "new", 1), lambda _: None)


async def test_a_cancelled_store_is_forgotten() -> None:
    source, _ = made()
    storing = asyncio.create_task(source.store(ToStore("/x", "new", 60 << 20), lambda _: None))
    await asyncio.sleep(0)
    storing.cancel()
    await asyncio.gather(storing, return_exceptions=True)
    assert not source.cluster.transfers


async def test_its_nodes_are_nobodys_to_stop() -> None:
    source, _ = made()
    assert source.nodes_to_stop() == ()
    await source.close(stop_nodes=True)
