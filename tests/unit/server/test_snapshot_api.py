from __future__ import annotations

from pathlib import Path

from dfs_core.catalog.apply import Applier
from dfs_core.encoding.snapshot_messages import FetchSnapshot, SnapshotPage
from dfs_core.model.raft_messages import NOOP, LogEntry
from dfs_core.replication.snapshot_source import SnapshotSource
from dfs_core.server.snapshot_api import SnapshotApi
from dfs_core.testing.clock import ManualClock

from .exchanges import FakeExchange


async def test_a_page_is_announced_and_its_bytes_follow(tmp_path: Path) -> None:
    applier = Applier(tmp_path / "catalog.sqlite")
    applier.apply([LogEntry(1, 1, NOOP)])
    api = SnapshotApi(SnapshotSource(tmp_path / "catalog.sqlite", tmp_path, ManualClock()))
    exchange = FakeExchange(FetchSnapshot(1))
    await api.handlers[FetchSnapshot](exchange)  # type: ignore[arg-type]
    (page,) = exchange.replies
    assert isinstance(page, SnapshotPage)
    assert (page.index, page.offset, page.size) == (1, 0, len(exchange.sent))
    assert exchange.finished
    applier.close()
