"""A real cluster through its links: here one fake node behind a real control socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal, cast

import msgspec
import pytest

from dfs_core.client import NodeBytes, NoMajority
from dfs_core.encoding.control_messages import KeyChanged, ListKeys
from dfs_core.local import LocalCluster, LocalNode
from dfs_tui.sources import carrying, live
from dfs_tui.sources.base import SourceError
from dfs_tui.sources.live import LiveSource, attached_source
from dfs_tui.view import events
from dfs_tui.view.plan import ToStore
from dfs_tui.view.values import NewNode, Taken

from ..worlds import HandClock
from .watched import Heard, WatchedNode


@asynccontextmanager
async def watched(node: WatchedNode) -> AsyncIterator[tuple[LiveSource, Heard, HandClock]]:
    heard, clock = Heard(), HandClock()
    source = attached_source(clock, str(node.control))
    task = asyncio.create_task(source.watch(heard.append))
    try:
        await heard.has(events.KeysListed)
        yield source, heard, clock
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def keys(heard: Heard) -> list[str]:
    return [entry.key for event in heard if isinstance(event, events.KeysListed) for entry in event.entries]


async def test_all_keys_are_listed_when_the_link_comes_up(tmp_path: Path) -> None:
    async with WatchedNode(tmp_path / "s") as node:
        for number in range(2500):
            node.put(f"k{number:04}", b"x")
        async with watched(node) as (_, heard, _):
            await heard.until(lambda: any(isinstance(e, events.KeysListed) and e.complete for e in heard))
            assert keys(heard) == [f"k{number:04}" for number in range(2500)]
            assert heard[0] == events.SourceOpened(str(node.control), can_run_nodes=False, attached=str(node.control))


class Processes:
    """Nodes on this machine; counts how often they are looked at."""

    def __init__(self, *nodes: LocalNode) -> None:
        self._nodes = list(nodes)
        self.looks = 0

    def nodes(self) -> list[LocalNode]:
        self.looks += 1
        return self._nodes


@pytest.mark.parametrize(("other", "pause"), [("running", "QUIET_LOOK_S"), ("stopped", "LOOK_S")])
async def test_processes_are_looked_at_seldom_while_all_run_and_one_is_there_to_tell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, other: Literal["running", "stopped"], pause: str
) -> None:
    for name in ("LOOK_S", "QUIET_LOOK_S"):
        monkeypatch.setattr(live, name, 0.01 if name == pause else 1000.0)
    async with WatchedNode(tmp_path / "s") as node:
        processes = Processes(
            LocalNode("n1", "ab" * 32, 1, "running", "127.0.0.1:1", str(node.control), "/d"),
            LocalNode("n2", "", 2, other, "127.0.0.1:2", "", "/d"),
        )
        source, heard = LiveSource(HandClock(), cluster=cast(LocalCluster, processes), start=False), Heard()
        task = asyncio.create_task(source.watch(heard.append))
        try:
            await heard.has(events.NodeReported)
            looks = processes.looks
            await heard.until(lambda: processes.looks > looks + 5)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def test_copies_are_counted_a_moment_after_something_changed(tmp_path: Path) -> None:
    async with WatchedNode(tmp_path / "s") as node, watched(node) as (_, heard, clock):
        await clock.advance(5.0)
        before = sum(request.copies for request in node.asked(ListKeys) if isinstance(request, ListKeys))
        node.say(KeyChanged(node.put("new", b"x")))
        await heard.has(events.KeyStored)

        def counted() -> bool:
            asked = sum(request.copies for request in node.asked(ListKeys) if isinstance(request, ListKeys))
            return asked > before

        while not counted():
            await clock.advance(0.5)
            await asyncio.sleep(0.01)


async def test_a_file_is_stored_with_its_progress_and_comes_back_the_same(tmp_path: Path) -> None:
    data = bytes(range(256)) * 4000
    (tmp_path / "in").write_bytes(data)
    async with WatchedNode(tmp_path / "s") as node, watched(node) as (source, _, _):
        moved: list[int] = []
        await source.store(ToStore(str(tmp_path / "in"), "a/b", len(data)), moved.append)
        assert node.current("a/b").data == data
        assert moved[-1] == len(data)
        assert moved == sorted(moved)
        out = str(tmp_path / "out")
        assert await source.retrieve("a/b", out, moved.append) == out
        assert (tmp_path / "out").read_bytes() == data


async def test_what_is_there_is_numbered_around_left_or_replaced(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.write_bytes(b"mine")
    async with WatchedNode(tmp_path / "s") as node, watched(node) as (source, _, _):
        node.put("a", b"new")
        for taken, path in ((Taken.NUMBER, f"{out}-2"), (Taken.SKIP, "")):
            assert await source.retrieve("a", str(out), lambda _: None, taken=taken) == path
            assert out.read_bytes() == b"mine"
        assert await source.retrieve("a", str(out), lambda _: None, taken=Taken.OVERWRITE) == str(out)
        assert out.read_bytes() == (tmp_path / "out-2").read_bytes() == b"new"


async def test_a_file_is_compared_with_a_version_by_what_is_in_it(tmp_path: Path) -> None:
    data = bytes(range(256)) * 9000
    path = tmp_path / "in"
    path.write_bytes(data)
    item = ToStore(str(path), "a", len(data))
    async with WatchedNode(tmp_path / "s") as node, watched(node) as (source, _, _):
        node.put("a", data)
        node.put("a", data[:-1] + b"?")
        moved: list[int] = []
        assert await source.same_content(item, 1, moved.append)
        assert moved[-1] == len(data)
        assert not await source.same_content(item, 2, moved.append)
        node.stale = True
        assert not await source.same_content(item, 1, moved.append), "nobody confirms that it is stored"
        with pytest.raises(SourceError, match="has no version 1"):
            await source.same_content(ToStore(str(path), "b", len(data)), 1, moved.append)


async def test_a_file_whose_size_and_times_say_that_it_is_stored_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "in"
    path.write_bytes(b"x")
    async with WatchedNode(tmp_path / "s") as node, watched(node) as (source, _, _):
        node.put("a", b"y")
        monkeypatch.setattr(carrying, "is_unchanged", lambda found, entry: found.key == entry.key)
        moved: list[int] = []
        assert await source.same_content(ToStore(str(path), "a", 1), 1, moved.append)
        assert not moved


async def test_removing_says_how_many_there_were(tmp_path: Path) -> None:
    async with WatchedNode(tmp_path / "s") as node, watched(node) as (source, _, _):
        node.put("a", b"x")
        assert await source.remove(["a", "b"]) == 1


async def test_a_refusal_of_the_cluster_concerns_every_file_and_one_of_a_file_only_itself(tmp_path: Path) -> None:
    (tmp_path / "in").write_bytes(b"x")
    async with WatchedNode(tmp_path / "s") as node, watched(node) as (source, _, _):
        node.faults.refuse_store = NoMajority(["ab" * 32])
        with pytest.raises(SourceError, match="no majority") as refused:
            await source.store(ToStore(str(tmp_path / "in"), "a", 1), lambda _: None)
        assert refused.value.everything
        node.faults.refuse_store = None
        with pytest.raises(SourceError) as missing:
            await source.store(ToStore(str(tmp_path / "gone"), "a", 1), lambda _: None)
        assert not missing.value.everything
        with pytest.raises(SourceError, match="no such key"):
            await source.retrieve("nothing", str(tmp_path / "out"), lambda _: None)


async def test_without_any_node_everything_is_refused_at_once(tmp_path: Path) -> None:
    heard = Heard()
    source = attached_source(HandClock(), str(tmp_path / "none"))
    task = asyncio.create_task(source.watch(heard.append))
    try:
        await heard.has(events.LinkLost)
        with pytest.raises(SourceError, match="no node answers") as refused:
            await source.store(ToStore("/x", "a", 1), lambda _: None)
        assert refused.value.everything
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_processes_of_an_attached_cluster_are_not_ours(tmp_path: Path) -> None:
    source = attached_source(HandClock(), str(tmp_path / "none"))
    assert source.nodes_to_stop() == ()
    for action in (source.start_node("n1"), source.stop_node("n1"), source.kill_node("n1"), source.add_node(NewNode())):
        with pytest.raises(SourceError, match="not started here"):
            await action
    await source.close(stop_nodes=True)
    await source.close(stop_nodes=True)


async def test_what_a_change_would_do_is_asked_and_how_far_it_is_is_told(tmp_path: Path) -> None:
    async with WatchedNode(tmp_path / "s") as node, watched(node) as (source, heard, _):
        own = node.layouts.found.nodes[0].node
        node.layouts.preview = msgspec.structs.replace(
            node.layouts.preview, moved_chunks=5, moved_bytes=50, nodes=[NodeBytes(own, 50, 0)], refused="too few"
        )
        preview = await source.preview_node(own, "draining")
        assert (preview.moved_chunks, preview.shares, preview.refused) == (5, ((own, 50, 0),), "too few")
        await source.drain_node(own)
        await heard.has(events.DrainsReported)
        await source.drain_node(own, undo=True)
        assert node.layouts.found.nodes[0].state == "joined"


async def test_a_key_is_verified_and_healing_hurried_and_limited(tmp_path: Path) -> None:
    async with WatchedNode(tmp_path / "s") as node, watched(node) as (source, _, _):
        node.put("a", b"x")
        found = await source.verify("a")
        assert found.lost == 0
        assert await source.repair_now() >= 0
        await source.limit_repair(5 << 20)
        with pytest.raises(SourceError, match="no such key"):
            await source.verify("nothing")


async def test_a_node_is_told_what_its_workers_are_to_do_and_another_one_is_not_there(tmp_path: Path) -> None:
    async with WatchedNode(tmp_path / "s") as node, watched(node) as (source, _, _):
        await source.set_worker("node", "resync", "pause")
        assert node.upkeep.workers["resync"].paused
        await source.set_worker("node", "resync", "pace", 4.0)
        assert node.upkeep.workers["resync"].pace == 4.0
        await source.start_scrub("node")
        assert node.upkeep.scrub.tours == 2
        assert (await source.collect()).chunks >= 0
        with pytest.raises(SourceError, match="no worker"):
            await source.set_worker("node", "nothing", "pause")
        with pytest.raises(SourceError, match="n9 does not answer"):
            await source.start_scrub("n9")


async def test_when_asked_to_everything_is_listed_again_and_a_lost_node_tried_at_once(tmp_path: Path) -> None:
    async with WatchedNode(tmp_path / "s") as node, watched(node) as (source, heard, _):
        await heard.until(lambda: any(isinstance(e, events.KeysListed) and e.complete for e in heard))
        source.refresh()
        await heard.has(events.KeysRestarted, 2)
        node.hang_up()
        await heard.has(events.LinkLost)
        opened = len(heard.of(events.LinkOpened))
        source.refresh()  # the clock stands still: nobody would dial before it goes on
        await heard.has(events.LinkOpened, opened + 1)
