from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import pytest
from prometheus_client.parser import text_string_to_metric_families

from dfs_core.encoding.health_messages import Repair
from dfs_core.encoding.status_messages import NodeStatus
from dfs_core.encoding.worker_messages import WorkerStatus
from dfs_core.errors import DfsError, StoreError
from dfs_core.server.metrics import FIGURES, MetricsServer, Seen, text_of
from dfs_core.testing.fake_node import FakeNode

DOCUMENT = Path(__file__).parents[3] / "docs" / "metrics.md"
WORKERS = [WorkerStatus("resync", "busy", False, 0.0, 7, -1.0, 5, 0, 0.0, 0.0)]


class Scraped(MetricsServer):
    """A server over a status that a test may change."""

    def __init__(self, status: NodeStatus) -> None:
        super().__init__(self.look, lambda: WORKERS)
        self.now: NodeStatus | DfsError = status

    async def look(self) -> NodeStatus:
        if isinstance(self.now, DfsError):
            raise self.now
        return self.now

    async def ask(self, request: bytes) -> bytes:
        async with self.listening("0") as place:
            reader, writer = await asyncio.open_connection(*place.split(":"))
            writer.write(request)
            answer = await reader.read()
            writer.close()
            return answer


@pytest.fixture
def status(tmp_path: Path) -> NodeStatus:
    return FakeNode(tmp_path / "control.sock").status()


@pytest.fixture
def server(status: NodeStatus) -> Scraped:
    return Scraped(status)


def test_the_figures_are_those_of_status_and_workers(status: NodeStatus) -> None:
    now = msgspec.structs.replace(
        status, health="AT RISK", copies_found=[0, 2, 3], under_chunks=2, repair=Repair(4, 3, 30, 10.0, 3.0), damaged=6
    )
    families = text_string_to_metric_families(text_of(Seen(now, WORKERS)).decode())
    samples = {(sample.name, *sample.labels.values()): sample.value for family in families for sample in family.samples}
    assert samples["dfs_health",] == 2
    assert [samples["dfs_chunks", str(copies)] for copies in range(3)] == [0, 2, 3]
    assert samples["dfs_short_chunks",] == 2
    assert samples["dfs_repair_left_copies",] == 3
    assert samples["dfs_repair_eta_seconds",] == 3
    assert samples["dfs_node_damaged_total",] == 6
    assert (samples["dfs_worker_waiting", "resync"], samples["dfs_worker_done_total", "resync"]) == (7, 5)


def test_every_figure_is_documented_and_no_other() -> None:
    rows = [line for line in DOCUMENT.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    assert rows == [
        f"| `{name}{'_total' if figure.counts else ''}` | {figure.label} "
        f"| {'counter' if figure.counts else 'gauge'} | {figure.means} |"
        for name, figure in FIGURES.items()
    ]


async def test_it_listens_on_this_machine_alone_unless_told_otherwise(server: Scraped) -> None:
    async with server.listening("0") as place:
        assert place.startswith("127.0.0.1:")
    async with server.listening("localhost:0") as place:
        assert not place.endswith(":0")


@pytest.mark.parametrize(
    ("request_", "line"),
    [
        (b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", b"200 OK"),
        (b"GET /metrics?name=x HTTP/1.0\r\n\r\n", b"200 OK"),
        (b"GET / HTTP/1.1\r\n\r\n", b"404 Not Found"),
        (b"POST /metrics HTTP/1.1\r\n\r\n", b"405 Method Not Allowed"),
        (b"\r\n\r\n", b"405 Method Not Allowed"),
    ],
)
async def test_only_one_thing_can_be_had(server: Scraped, request_: bytes, line: bytes) -> None:
    assert (await server.ask(request_)).startswith(b"HTTP/1.1 " + line)


async def test_who_asks_for_too_much_gets_no_answer(server: Scraped) -> None:
    assert await server.ask(b"GET /" + b"x" * 40_000 + b" HTTP/1.1\r\n\r\n") == b""


async def test_a_node_that_cannot_tell_says_so(server: Scraped) -> None:
    server.now = StoreError("the disk is gone")
    assert (await server.ask(b"GET /metrics HTTP/1.1\r\n\r\n")).endswith(b"the disk is gone\n")


async def test_a_place_that_is_taken_is_an_error_of_ours(server: Scraped) -> None:
    async with server.listening("0") as place:
        with pytest.raises(StoreError, match="for metrics"):
            async with server.listening(place):
                pass
