"""A dashboard's session that is kept while it goes on, and played again on another one."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path

from dfs_tui.sources.base import Clock, Emit
from dfs_tui.sources.live import LiveSource
from dfs_tui.sources.recording import Recorder, ReplaySource
from dfs_tui.view.events import SourceEvent

from ..tui.driving import ClockOnTheWall, Drive, dashboard


class RecordedSource(LiveSource):
    """Keeps all that it tells, from the first word on, as `--record` does."""

    recorder: Recorder
    over = False

    async def watch(self, emit: Emit) -> None:
        def both(event: SourceEvent) -> None:
            if not self.over:
                self.recorder.take(event)
            emit(event)

        await super().watch(both)

    async def close(self, *, stop_nodes: bool) -> None:
        """That its links end here is no part of the story, or its last picture would be one without nodes."""
        self.over = True
        await super().close(stop_nodes=stop_nodes)


class PatientReplay(ReplaySource):
    """Begins when it is told to: what is told before every event is taken in by itself would be seen as one moment."""

    def __init__(self, path: Path, clock: Clock, speed: float) -> None:
        super().__init__(path, clock, speed)
        self.go_on = asyncio.Event()

    async def watch(self, emit: Emit) -> None:
        await self.go_on.wait()
        await super().watch(emit)


def _take_in(drive: Drive, _: SourceEvent) -> None:
    """At once: so fast a story has more moments than a dashboard looks at by itself."""
    drive.app.bridge.pump()


async def replay(recording: Path, nodes: int) -> None:
    """Play a killed node's story again, much faster, on a dashboard that can do nothing about it."""
    clock = ClockOnTheWall()
    source = PatientReplay(recording, clock, speed=100.0)
    async with dashboard(source=source, clock=clock) as drive:
        drive.app.bridge.tap = partial(_take_in, drive)
        source.go_on.set()
        await drive.sees("recording of local")
        await drive.until(lambda: "The recording is over" in drive.app.bridge.log.text)
        await drive.sees(f"nodes {nodes}/{nodes}")
        await drive.press("t")
        await drive.sees("n2 was killed (SIGKILL)")
        await drive.sees("n2 is down for")
        await drive.sees("healed in")
        await drive.press("4")
        await drive.sees("notes.txt")
