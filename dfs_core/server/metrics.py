"""A node's figures as Prometheus text, over HTTP: `GET /metrics`, nothing else, and nothing that changes anything.

What is told is what `status` and `workers` tell, no key names among it. There is no password: it listens on this
machine alone unless another address is named. One connection answers one request; a slow or senseless one is dropped.
The names are in `docs/metrics.md`, made of FIGURES, and a test compares the two.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from dfs_core.encoding.status_messages import NodeStatus
from dfs_core.encoding.worker_messages import WorkerStatus
from dfs_core.errors import DfsError, StoreError
from dfs_core.model.health import STATES

REQUEST_BYTES_MAX = 8192
REQUEST_TIMEOUT_S = 5.0
LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Seen:
    """What is told at one moment."""

    status: NodeStatus
    workers: Sequence[WorkerStatus]


@dataclass(frozen=True, slots=True)
class Figure:
    """One metric: its values, by the value of its label; without a label there is one, under the empty name."""

    means: str
    read: Callable[[Seen], dict[str, float]]
    label: str = ""
    counts: bool = False  # a counter since the node's start; its sample ends in _total


def _one(read: Callable[[NodeStatus], float]) -> Callable[[Seen], dict[str, float]]:
    return lambda seen: {"": read(seen.status)}


def _liveness(seen: Seen) -> dict[str, float]:
    found = dict.fromkeys(("self", "up", "suspect", "down", "unknown"), 0.0)
    for peer in seen.status.peers:
        found[peer.liveness] = found.get(peer.liveness, 0.0) + 1
    return found


def _copies(seen: Seen) -> dict[str, float]:
    return {str(copies): chunks for copies, chunks in enumerate(seen.status.copies_found)}


FIGURES: dict[str, Figure] = {
    "dfs_health": Figure("0 HEALTHY, 1 DEGRADED, 2 AT RISK, 3 LOST", _one(lambda now: STATES.index(now.health))),
    "dfs_health_age_seconds": Figure(
        "since the leader's last count; -1: none was heard", _one(lambda now: now.health_age_s)
    ),
    "dfs_chunks": Figure("chunks of the cluster by their number of copies within reach", _copies, label="copies"),
    "dfs_short_chunks": Figure("chunks with fewer copies than wanted", _one(lambda now: now.under_chunks)),
    "dfs_short_bytes": Figure("their bytes, one copy of each", _one(lambda now: now.under_bytes)),
    "dfs_absent_chunks": Figure("chunks without a copy within reach", _one(lambda now: now.absent_chunks)),
    "dfs_lost_chunks": Figure("chunks without a copy anywhere", _one(lambda now: now.lost_chunks)),
    "dfs_repair_left_copies": Figure("copies still to be made or moved", _one(lambda now: now.repair.left)),
    "dfs_repair_left_bytes": Figure("their bytes", _one(lambda now: now.repair.left_bytes)),
    "dfs_repair_bytes_per_second": Figure("how fast that goes", _one(lambda now: now.repair.rate)),
    "dfs_repair_eta_seconds": Figure("how long at this rate; -1: unknown", _one(lambda now: now.repair.eta_s)),
    "dfs_pending_free_bytes": Figure(
        "what nothing refers to and takes room still", _one(lambda now: now.pending_free.bytes)
    ),
    "dfs_members": Figure("members by how this node hears them", _liveness, label="liveness"),
    "dfs_leads": Figure("1 on the node that leads", _one(lambda now: now.leader == now.node)),
    "dfs_log_commit_index": Figure("log index up to which entries are decided", _one(lambda now: now.commit_index)),
    "dfs_log_applied_index": Figure("and up to which they are applied here", _one(lambda now: now.applied_index)),
    "dfs_keys": Figure("current keys", _one(lambda now: now.keys)),
    "dfs_node_chunks": Figure("chunks held here", _one(lambda now: now.chunks)),
    "dfs_node_bytes": Figure("their bytes", _one(lambda now: now.bytes)),
    "dfs_node_capacity_bytes": Figure("what this node offers", _one(lambda now: now.capacity)),
    "dfs_node_free_bytes": Figure("what it still takes", _one(lambda now: now.free)),
    "dfs_node_alarms": Figure("things that are wrong with this node itself", _one(lambda now: len(now.alarms))),
    "dfs_node_queue": Figure("copies this node still has to bring into place", _one(lambda now: now.resync_length)),
    "dfs_node_up_seconds": Figure("since the node became ready", _one(lambda now: now.up_s)),
    "dfs_node_damaged": Figure("bad copies found here", _one(lambda now: now.damaged), counts=True),
    "dfs_node_stored_bytes": Figure(
        "bytes of files stored through this node", _one(lambda now: now.stored_bytes), counts=True
    ),
    "dfs_node_served_bytes": Figure(
        "bytes of files retrieved through it", _one(lambda now: now.served_bytes), counts=True
    ),
    "dfs_worker_waiting": Figure(
        "things before a background worker",
        lambda seen: {worker.name: worker.waiting for worker in seen.workers},
        label="worker",
    ),
    "dfs_worker_done": Figure(
        "things it has done",
        lambda seen: {worker.name: worker.done for worker in seen.workers},
        label="worker",
        counts=True,
    ),
}


class _Moment:
    """What the library asks for the samples of one answer."""

    def __init__(self, seen: Seen) -> None:
        self._seen = seen

    def collect(self) -> Iterator[Metric]:
        for name, figure in FIGURES.items():
            kind = CounterMetricFamily if figure.counts else GaugeMetricFamily
            family = kind(name, figure.means, labels=[figure.label] if figure.label else [])
            for label, value in figure.read(self._seen).items():
                family.add_metric([label] if figure.label else [], float(value))
            yield family


def text_of(seen: Seen) -> bytes:
    """All figures in the text format that Prometheus reads."""
    registry = CollectorRegistry()
    registry.register(_Moment(seen))
    return generate_latest(registry)


class MetricsServer:
    """Answers whoever scrapes."""

    def __init__(self, status: Callable[[], Awaitable[NodeStatus]], workers: Callable[[], list[WorkerStatus]]) -> None:
        self._status, self._workers = status, workers

    @asynccontextmanager
    async def listening(self, place: str) -> AsyncIterator[str]:
        """Within, `place` (HOST:PORT, or a port of this machine alone) answers; gives HOST:PORT. StoreError."""
        host, _, port = place.rpartition(":")
        try:
            server = await asyncio.start_server(
                self._answer, host.strip("[]") or LOOPBACK, int(port), limit=REQUEST_BYTES_MAX
            )
        except OSError as error:
            raise StoreError(f"cannot listen on {place} for metrics: {error.strerror or error}") from error
        async with server:
            bound = server.sockets[0].getsockname()
            yield f"[{bound[0]}]:{bound[1]}" if ":" in bound[0] else f"{bound[0]}:{bound[1]}"

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(REQUEST_TIMEOUT_S):
                request = await reader.readuntil(b"\r\n\r\n")
                writer.write(await self._reply(request.split(b"\r\n", 1)[0].split(b" ")))
                await writer.drain()
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # who asks like that gets no answer
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def _reply(self, asked: Sequence[bytes]) -> bytes:
        if len(asked) != 3 or asked[0] != b"GET":
            return _response("405 Method Not Allowed", b"only GET\n")
        if asked[1].split(b"?")[0] != b"/metrics":
            return _response("404 Not Found", b"it is at /metrics\n")
        try:
            seen = Seen(await self._status(), self._workers())
        except DfsError as error:
            return _response("503 Service Unavailable", f"{error}\n".encode())
        return _response("200 OK", text_of(seen))


def _response(status: str, body: bytes) -> bytes:
    head = (
        f"HTTP/1.1 {status}",
        "Content-Type: text/plain; version=0.0.4; charset=utf-8",
        f"Content-Length: {len(body)}",
        "Connection: close",
    )
    return "\r\n".join((*head, "", "")).encode() + body
