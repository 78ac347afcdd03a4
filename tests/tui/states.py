"""Every view in every state: what is on screen while there is nothing, nobody, too little or too much to show."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial

from dfs_tui.app.frame import VIEW_NAMES
from dfs_tui.sources.base import Emit, SourceError
from dfs_tui.sources.choose import LateSource
from dfs_tui.view import events
from dfs_tui.view.values import Direction, KeyEntry, Level, ProcessState, TransferReport, TransferState

from .driving import Drive, dashboard
from .worlds import IDS, WALL_S, local, report

Keep = Callable[[str, Drive], Awaitable[None]]
WHY = "no node could be started: port 3000 is taken by another program; free it, or choose others with --base-port"
NAS = "nas.lan:3000"
AWAY = "nas.lan:3000: no connection within 3 s"
REFUSED = (
    "/data/operator is not an operator's folder (No such file or directory): make one with 'dfs-core join' and a "
    "line from 'dfs-core invite --role operator'"
)


class SilentSource(LateSource):
    """Tells nothing by itself: the test does."""

    def __init__(self) -> None:
        super().__init__(self._none)

    def _none(self) -> LateSource:
        raise SourceError("nobody is there")

    async def watch(self, emit: Emit) -> None:
        """Nothing."""


@asynccontextmanager
async def _told(size: tuple[int, int], *happened: events.SourceEvent, read_only: bool = False) -> AsyncIterator[Drive]:
    async with dashboard(size=size, source=SilentSource()) as drive:
        drive.app.read_only = read_only
        for event in happened:
            drive.app.bridge.receive(event)
        drive.clock.time += 1.0
        yield drive


async def _keep_views(drive: Drive, keep: Keep, state: str, views: tuple[str, ...] = VIEW_NAMES) -> None:
    await drive.app.make_views(views)
    for view in views:
        drive.app.enter(view)
        await keep(f"{state}-{view}", drive)


def _opened(*states: ProcessState) -> tuple[events.SourceEvent, ...]:
    here = tuple(local(name, state) for name, state in zip(IDS, states, strict=False))
    return (events.SourceOpened("local", can_run_nodes=True), events.LocalNodesListed(here))


def _up(*names: str, **liveness: str) -> tuple[events.SourceEvent, ...]:
    return (
        *(events.LinkOpened(name) for name in names),
        *(events.NodeReported(name, report(name, **liveness)) for name in names),
    )


async def states(size: tuple[int, int], keep: Keep, *, read_only: bool = False) -> None:
    """All views, state after state."""
    told = partial(_told, size, read_only=read_only)
    running = ProcessState.RUNNING
    async with told() as drive:
        await _keep_views(drive, keep, "opening", ("cluster", "keys"))
    async with told(*_opened(ProcessState.STARTING, ProcessState.STARTING, ProcessState.STARTING)) as drive:
        await _keep_views(drive, keep, "starting")
    page = tuple(KeyEntry(f"photos/{number:04}.raw", number + 1, 1 << 20, WALL_S, 3) for number in range(40))
    listing = (events.KeysRestarted(), events.KeysListed(page, complete=False))
    async with told(*_opened(running, running, running), *_up(*IDS), events.KeysRestarted()) as drive:
        await _keep_views(drive, keep, "loading", ("cluster", "keys"))
        drive.app.bridge.receive(listing[1])
        await _keep_views(drive, keep, "loading-some", ("keys",))
        drive.app.bridge.receive(events.KeysListed((), complete=True))
        drive.app.bridge.receive(events.LinkLost("n3", "no word for 5 s", drive.clock.now() + 4.0))
        drive.app.bridge.receive(events.NodeReported("n1", report("n1", health="DEGRADED", n3="down")))
        await _keep_views(drive, keep, "partial")
        await _filtered(drive, keep)
        for name in IDS:
            drive.app.bridge.receive(events.LinkLost(name, "the connection was refused", drive.clock.now() + 14.0))
        drive.clock.time += 12.0
        await _keep_views(drive, keep, "stale")
        drive.app.bridge.receive(events.LocalNodesListed(tuple(local(name, ProcessState.STOPPED) for name in IDS)))
        await _keep_views(drive, keep, "stopped", ("cluster", "nodes", "keys"))
    async with told(*_opened(running, running, running), *_up(*IDS), events.KeysListed((), True)) as drive:
        await _keep_views(drive, keep, "empty", ("peers", "logs", "repair", "activity"))
    async with told(*_opened(running, running, running), *_up(*IDS), events.KeysListed((), True)) as drive:
        await _transfers(drive, keep)
    async with told(events.SourceOpened("local", can_run_nodes=True), events.SourceFailed(WHY)) as drive:
        await _keep_views(drive, keep, "error")
    opened = events.SourceOpened(NAS, can_run_nodes=False, attached=NAS)
    async with told(opened, events.LinkLost(NAS, REFUSED, 1009.0, denied=True)) as drive:
        await _keep_views(drive, keep, "denied")
    async with told(opened, events.LinkLost(NAS, AWAY, 1009.0)) as drive:
        await _keep_views(drive, keep, "away", ("cluster", "logs"))
        await drive.press("e")
        await keep("sheet-address", drive)
        await drive.press("escape")
        drive.app.bridge.receive(events.LinkLost(NAS, AWAY, -1.0))
        await _keep_views(drive, keep, "away-given-up", ("cluster", "keys"))
    async with told(events.SourceFailed("there is nothing at /srv/node7")) as drive:
        await _keep_views(drive, keep, "nothing-there", ("cluster",))
    if read_only:
        return
    async with dashboard(size=size) as drive:
        drive.app.read_only = True
        for view, key in (("cluster", "s"), ("nodes", "K"), ("keys", "ctrl+d"), ("transfers", "s"), ("repair", "R")):
            await drive.app.make_views((view,))
            drive.app.enter(view)
            drive.app.action_press(key)
            await keep(f"read-only-{view}", drive)


async def _filtered(drive: Drive, keep: Keep) -> None:
    await drive.app.make_views(("keys", "logs", "transfers", "nodes", "peers", "repair"))
    drive.app.bridge.receive(events.Noted(Level.INFO, "n1 leads the log", "n1", WALL_S))
    for view in ("keys", "logs", "nodes", "peers", "repair"):
        drive.app.enter(view)
        drive.app.filter_by("no such thing")
        await keep(f"filtered-{view}", drive)
        drive.app.filter_by("")
    queued = events.TransferQueued("own/1", Direction.STORE, "a.txt", 10, 1, frozenset(("a.txt",)), "~/a.txt")
    drive.app.bridge.receive(queued)
    drive.app.enter("transfers")
    await drive.press("right_square_bracket")
    await keep("filtered-transfers", drive)
    await drive.press("left_square_bracket")
    drive.app.bridge.receive(events.TransferEnded("own/1", TransferState.DONE))
    drive.app.bridge.clear_finished()


async def _transfers(drive: Drive, keep: Keep) -> None:
    """One that moves, one that stands still, one that waits, one that came to nothing."""
    await drive.press("5")
    tell, mib = drive.app.bridge.receive, 1 << 20
    for number, name in enumerate(("beach.raw", "dunes.raw", "alps.raw", "home.tar"), 2):
        way = Direction.RETRIEVE if name == "home.tar" else Direction.STORE
        keys = frozenset((name,))
        tell(events.TransferQueued(f"own/{number}", way, name, 400 * mib, 1, keys, f"~/photos/{name}"))
    for number in (2, 3, 5):
        tell(events.TransferAdvanced(f"own/{number}", 0, 0))
        tell(events.TransferAdvanced(f"own/{number}", 20 * number * mib, 0))
    drive.clock.time += 12.0
    tell(events.TransferAdvanced("own/2", 300 * mib, 0))
    chunks = {IDS["n1"]: 201, IDS["n2"]: 199, IDS["n3"]: 130}
    moving = TransferReport(
        "t", Direction.STORE, "beach.raw", TransferState.ACTIVE, 200 * mib, 400 * mib, copies=chunks
    )
    tell(events.TransferReported("n1", replace(moving, copied_bytes=130 * mib)))
    why = (
        "n2: chunk 5f0c71aa93de is on no reachable node (n2 no link to it; n3 no link to it). "
        "What came is kept; start the nodes that are away, then R goes on from there"
    )
    tell(events.TransferEnded("own/5", TransferState.FAILED, why))
    await drive.look()
    drive.app.draw()
    await keep("transfers-moving", drive)
    await drive.press("2")
    await keep("nodes-docked", drive)
    await drive.press("5", "G", "l")
    await keep("sheet-transfer", drive)
