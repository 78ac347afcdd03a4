"""How far the generated cluster's healing is, in the words of a leader's report; and what its workers say."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from dfs_tui.sources.demo_content import CHUNK_BYTES, COPIES, DemoKey, DemoNode
from dfs_tui.view.values import RepairReport, WorkerReport

WINDOW_S = 3.0


@dataclass
class DemoHealing:
    """Told of every copy that is made; `total` counts from when there was last nothing to do."""

    total: int = 0
    done: int = 0
    _made: deque[tuple[float, int]] = field(default_factory=deque)

    def made(self, size_bytes: int, now: float) -> None:
        """A key got one more copy."""
        self._made.append((now, size_bytes))
        self.done += size_bytes // CHUNK_BYTES + 1

    def report(self, keys: Mapping[str, DemoKey], now: float, *, begun: bool) -> RepairReport:
        """`begun`: copies are being made now, not only missing."""
        missing = [(COPIES - key.entry.copies, key.entry.size_bytes) for key in keys.values()]
        left = sum(number * (size // CHUNK_BYTES + 1) for number, size in missing if number > 0)
        left_bytes = sum(number * size for number, size in missing if number > 0)
        if not left:
            self.total = self.done = 0
            self._made.clear()
            return RepairReport()
        self.total = max(self.total, self.done + left)
        rate = self._rate(now)
        eta_s = left_bytes / rate if rate > 0 and begun else -1.0
        return RepairReport(self.total, left, left_bytes, rate if begun else 0.0, eta_s)

    def _rate(self, now: float) -> float:
        while self._made and now - self._made[0][0] > WINDOW_S:
            self._made.popleft()
        return sum(size for _, size in self._made) / WINDOW_S


def copies_found(keys: Mapping[str, DemoKey]) -> tuple[int, ...]:
    """Chunks by how many copies they have."""
    counts = [0] * (COPIES + 1)
    for key in keys.values():
        counts[min(max(key.entry.copies, 0), COPIES)] += key.entry.size_bytes // CHUNK_BYTES + 1
    return tuple(counts)


def workers(repair: RepairReport, now: float, node: DemoNode | None = None) -> tuple[WorkerReport, ...]:
    """What one node's workers say; `node`: what was set for them."""
    busy = repair.rate > 0
    found = (
        WorkerReport("audit", "busy" if repair.left else "idle", done=int(now), detail="4096 of 4096 buckets"),
        WorkerReport(
            "resync",
            "busy" if busy else "idle",
            waiting=repair.left,
            rate_bytes=repair.rate,
            done=repair.total - repair.left,
        ),
        WorkerReport("scrub", "resting", pace=4.0, waiting=3, oldest_s=86400.0, done=int(now * 7), rate=7.0),
        WorkerReport("collect", "idle"),
    )
    return tuple(_steered(worker, node) for worker in found) if node is not None else found


def _steered(worker: WorkerReport, node: DemoNode) -> WorkerReport:
    paused = worker.name in node.paused
    pace = node.paces.get(worker.name, worker.pace)
    return replace(worker, paused=paused, pace=pace, state="paused" if paused else worker.state)
