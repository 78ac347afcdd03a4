"""Looking at the layout for as long as a node is being emptied, and no longer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import msgspec

from dfs_core.client import LayoutFound, LayoutNode
from dfs_tui.sources.base import SourceError
from dfs_tui.sources.drains import LOOK_S, DrainWatch
from dfs_tui.view.events import DrainsReported, NodeReported, Noted
from dfs_tui.view.values import DrainReport

from ..worlds import N1, N2, HandClock, report
from .watched import Heard


class Layout:
    """What the next look finds."""

    def __init__(self) -> None:
        self.looks = 0
        self.nodes = [LayoutNode(node, "full", "", 1, "joined", True, 9, 9, 9) for node in (N1, N2)]
        self.failure: SourceError | None = None

    async def ask(self) -> LayoutFound:
        self.looks += 1
        if self.failure is not None:
            raise self.failure
        return LayoutFound(1, 3, self.nodes, 1, 1, False)

    def empty(self, state: str, held: int = -1) -> None:
        """n2 is so now."""
        self.nodes[1] = msgspec.structs.replace(self.nodes[1], state=state, held_chunks=held)


@asynccontextmanager
async def watching() -> AsyncIterator[tuple[DrainWatch, Layout, Heard, HandClock]]:
    layout, heard, clock = Layout(), Heard(), HandClock()
    watch = DrainWatch(layout.ask, clock, lambda text: text.replace(N2[:12], "n2"))
    task = asyncio.create_task(watch.run(heard.append))
    try:
        yield watch, layout, heard, clock
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_drain_is_followed_until_it_is_over_and_its_end_is_said_once() -> None:
    async with watching() as (watch, layout, heard, clock):
        watch.heard(NodeReported("n1", report("n1")))
        assert not layout.looks, "nobody is draining"
        layout.empty("draining")
        peers = tuple(replace(peer, member_state="draining") for peer in report("n1").peers[1:])
        watch.heard(NodeReported("n1", replace(report("n1"), peers=peers)))
        await heard.until(lambda: heard == [DrainsReported((DrainReport(N2, 9),))])
        for held in (4, 0, 0):
            layout.empty("draining", held)
            await clock.advance(LOOK_S)
            told = DrainsReported((DrainReport(N2, held),))
            await heard.until(lambda told=told: heard.of(DrainsReported)[-1] == told)  # type: ignore[misc]
        layout.empty("joined")
        await clock.advance(LOOK_S)
        await heard.until(lambda: heard.of(DrainsReported)[-1] == DrainsReported(()))
        assert [event.text for event in heard.of(Noted)] == ["n2 is empty: safe to remove"]  # type: ignore[attr-defined]
        looks = layout.looks
        await clock.advance(60.0)
        assert layout.looks == looks


async def test_while_nobody_answers_it_looks_again() -> None:
    async with watching() as (watch, layout, heard, clock):
        layout.empty("draining", 3)
        layout.failure = SourceError("no node answers")
        watch.look()
        await heard.until(lambda: layout.looks == 1)
        layout.failure = None
        await clock.advance(LOOK_S)
        await heard.has(DrainsReported)
