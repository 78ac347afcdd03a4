"""How far nodes are that are being emptied: the layout is looked at now and then, for as long as there is one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from dfs_core.client import LayoutFound
from dfs_tui.sources.base import Clock, Emit, SourceError
from dfs_tui.view.draining import SAFE
from dfs_tui.view.events import DrainsReported, NodeReported, Noted, SourceEvent
from dfs_tui.view.values import DrainReport, Level

LOOK_S = 1.0

Ask = Callable[[], Awaitable[LayoutFound]]


class DrainWatch:
    """`ask` shows the layout; `named` puts names for node ids into a text."""

    def __init__(self, ask: Ask, clock: Clock, named: Callable[[str], str]) -> None:
        self._ask, self._clock, self._named = ask, clock, named
        self._look = asyncio.Event()
        self._said: set[str] = set()  # nodes that were said to be empty

    def look(self) -> None:
        """Somebody may have begun or ended it."""
        self._look.set()

    def heard(self, event: SourceEvent) -> None:
        """Nodes tell of each other which state they are in."""
        if isinstance(event, NodeReported) and any(peer.member_state == "draining" for peer in event.report.peers):
            self._look.set()

    async def run(self, emit: Emit) -> None:
        """Tell until cancelled. While nobody answers, nothing is told; the links say why by themselves."""
        told = False
        while True:
            await self._look.wait()
            self._look.clear()
            try:
                found = await self._ask()
            except SourceError:
                await self._clock.sleep(LOOK_S)
                self._look.set()
                continue
            drains = tuple(
                DrainReport(node.node, node.held_chunks if node.held_chunks >= 0 else node.chunks)
                for node in found.nodes
                if node.state == "draining"
            )
            if drains or told:
                emit(DrainsReported(drains))
            told = bool(drains)
            self._say(drains, emit)
            if drains:
                await self._clock.sleep(LOOK_S)
                self._look.set()

    def _say(self, drains: tuple[DrainReport, ...], emit: Emit) -> None:
        empty = {drain.node for drain in drains if drain.left == 0}
        for node in sorted(empty - self._said):
            emit(Noted(Level.INFO, f"{self._named(node[:12])} is {SAFE}"))
        self._said = empty
