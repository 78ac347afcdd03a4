"""From options to sources, and not a module too early."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from dfs_tui.sources import choose
from dfs_tui.sources.base import SourceError
from dfs_tui.sources.choose import LateSource
from dfs_tui.sources.demo import DemoSource
from dfs_tui.view import events
from dfs_tui.view.plan import ToStore
from dfs_tui.view.values import NewNode

from ..worlds import HandClock
from .watched import Heard, WatchedNode


def test_the_demo_needs_nothing_else() -> None:
    assert isinstance(choose.demo(HandClock()), DemoSource)


@pytest.mark.parametrize(
    "statement", ["from dfs_tui.app.dashboard import DfsApp", "from dfs_tui.sources import choose"]
)
def test_the_first_picture_waits_for_no_client(statement: str) -> None:
    heavy = ("dfs_core.", "cryptography", "msgspec")
    code = f"{statement}; import sys; print([name for name in sys.modules if name.startswith({heavy})])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


async def test_before_it_is_watched_a_late_source_refuses_everything() -> None:
    source = choose.local(HandClock(), nodes=3)
    assert source.nodes_to_stop() == ()
    await source.close(stop_nodes=True)
    with pytest.raises(SourceError, match="not connected yet"):
        await source.store(ToStore("/x", "a", 1), lambda _: None)


async def test_a_source_that_cannot_be_made_says_why() -> None:
    def make() -> DemoSource:
        raise SourceError("no such folder: /data")

    heard = Heard()
    await LateSource(make).watch(heard.append)
    assert heard == [events.SourceFailed("no such folder: /data")]


async def test_a_data_folder_leads_to_its_nodes_socket(tmp_path: Path) -> None:
    async with WatchedNode(tmp_path / "control.sock"):
        heard = Heard()
        task = asyncio.create_task(choose.attached(HandClock(), data_dir=str(tmp_path)).watch(heard.append))
        await heard.has(events.NodeReported)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_late_source_passes_every_wish_on() -> None:
    inner = choose.demo(HandClock())
    assert isinstance(inner, DemoSource)
    source = LateSource(lambda: inner)
    heard = Heard()
    task = asyncio.create_task(source.watch(heard.append))
    await heard.has(events.Noted)
    await source.kill_node("n1")
    await source.start_node("n1")
    await source.stop_node("n2")
    assert (await source.propose_node(NewNode())).chosen.name == "n6"
    assert await source.add_node(NewNode()) == "n6"
    key = next(iter(inner.cluster.keys))
    assert await source.remove([key]) == 1
    assert source.nodes_to_stop() == ()
    await source.close(stop_nodes=False)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
