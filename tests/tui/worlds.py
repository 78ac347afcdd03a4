"""Small worlds for the dashboard's tests: views, reports and a clock that is turned by hand."""

from __future__ import annotations

import asyncio
import heapq
from dataclasses import dataclass, field

from dfs_tui.view import events
from dfs_tui.view.cluster import ClusterView, reduce
from dfs_tui.view.event_log import EventLog
from dfs_tui.view.events import Event
from dfs_tui.view.glyphs import ASCII, Glyphs
from dfs_tui.view.keys import KeyIndex
from dfs_tui.view.picture import Picture, Sample
from dfs_tui.view.values import KeyEntry, LocalNode, NodeReport, PeerReport, ProcessState

N1, N2, N3 = "1" * 64, "2" * 64, "3" * 64
IDS = {"n1": N1, "n2": N2, "n3": N3}
WALL_S = 1_760_000_000.0


def peers(seen_by: str, **liveness: str) -> tuple[PeerReport, ...]:
    """All three nodes as `seen_by` sees them; up unless said otherwise."""
    return tuple(
        PeerReport(
            node=node,
            liveness="self" if name == seen_by else liveness.get(name, "up"),
            address=f"127.0.0.1:{3000 + number}",
            chunks=10 * number,
            size_bytes=number << 20,
            capacity_bytes=100 << 30,
            free_bytes=90 << 30,
            seen_s=0.0 if liveness.get(name, "up") == "up" else 4.0,
            rtt_ms=0.5,
        )
        for number, (name, node) in enumerate(IDS.items(), 1)
    )


def report(
    name: str, *, leader: str = N1, health: str = "HEALTHY", reasons: tuple[str, ...] = (), **liveness: str
) -> NodeReport:
    """A node's report on a cluster of three."""
    return NodeReport(
        node=IDS[name],
        name=name,
        role="full",
        version="0.1.0",
        listen=f"127.0.0.1:300{name[1]}",
        pid=4000 + int(name[1]),
        up_s=60.0,
        health=health,
        reasons=reasons,
        copies=3,
        leader=leader,
        chunks=100,
        size_bytes=5 << 20,
        capacity_bytes=100 << 30,
        free_bytes=90 << 30,
        peers=peers(name, **liveness),
    )


def local(name: str, state: ProcessState = ProcessState.RUNNING, error: str = "") -> LocalNode:
    """A local node with its identity."""
    pid = 4000 + int(name[1]) if state is ProcessState.RUNNING else 0
    return LocalNode(name, IDS.get(name, ""), state, pid, f"127.0.0.1:300{name[1]}", error)


def view_of(*happened: Event, now: float = 0.0) -> ClusterView:
    """The view after these events."""
    view = ClusterView()
    for event in happened:
        view = reduce(view, event, now)
    return view


def healthy(now: float = 0.0) -> ClusterView:
    """Three local nodes that all run, answer and agree."""
    return view_of(
        events.SourceOpened("local", can_run_nodes=True),
        events.LocalNodesListed(tuple(local(name) for name in IDS)),
        *(events.LinkOpened(name) for name in IDS),
        *(events.NodeReported(name, report(name)) for name in IDS),
        now=now,
    )


def index_of(*entries: KeyEntry, loading: bool = False) -> KeyIndex:
    """A key list that was read."""
    index = KeyIndex()
    index.apply([events.KeysListed(entries, complete=not loading)], WALL_S)
    index.settle(WALL_S)
    return index


def picture_of(
    view: ClusterView,
    keys: KeyIndex | None = None,
    log: EventLog | None = None,
    *,
    now: float = 0.0,
    glyphs: Glyphs = ASCII,
    samples: tuple[Sample, ...] = (),
) -> Picture:
    """What a pane would draw from."""
    return Picture(view, keys or index_of(), log or EventLog(), samples, now, WALL_S + now, glyphs)


@dataclass
class HandClock:
    """Time that stands still until `advance` is called."""

    time: float = 1000.0
    _waiting: list[tuple[float, int, asyncio.Future[None]]] = field(default_factory=list)
    _serial: int = 0

    def now(self) -> float:
        return self.time

    def wall(self) -> float:
        return WALL_S + self.time

    async def sleep(self, seconds: float) -> None:
        self._serial += 1
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (self.time + seconds, self._serial, future))
        await future

    async def advance(self, seconds: float) -> None:
        """Let `seconds` pass: everybody who sleeps until then wakes up in order, and acts before time goes on."""
        end = self.time + seconds
        while self._waiting and self._waiting[0][0] <= end + 1e-9:
            due, _, future = heapq.heappop(self._waiting)
            self.time = max(self.time, due)
            if not future.done():
                future.set_result(None)
            for _ in range(5):
                await asyncio.sleep(0)
        self.time = end
