"""A snapshot is written when it is asked for, sent in pages, and goes when nobody asks any more."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from blake3 import blake3

from dfs_core.catalog.apply import Applier
from dfs_core.encoding.commands import Found, encode_batch, encode_command
from dfs_core.encoding.snapshot_messages import FetchSnapshot, SnapshotPage
from dfs_core.errors import InvalidInput
from dfs_core.model.raft_messages import COMMAND, NOOP, LogEntry
from dfs_core.replication import snapshot_source
from dfs_core.replication.snapshot_source import KEPT_S, SnapshotSource
from dfs_core.testing.clock import ManualClock

from .conftest import record

PAGE_BYTES = 1500  # no divisor of a snapshot's size


@pytest.fixture
def applier(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(snapshot_source, "SNAPSHOT_PAGE_BYTES", PAGE_BYTES)
    applier = Applier(tmp_path / "catalog.sqlite")
    found = Found(b"f" * 16, b"c" * 16, record(1), 3, 1 << 20)
    applier.apply([LogEntry(1, 1, COMMAND, encode_batch(0, [encode_command(found)]))])
    yield applier
    applier.close()


@pytest.fixture
def source(applier: Applier, tmp_path: Path) -> SnapshotSource:
    (tmp_path / "tmp").mkdir()
    return SnapshotSource(tmp_path / "catalog.sqlite", tmp_path / "tmp", ManualClock())


async def all_pages(source: SnapshotSource) -> tuple[SnapshotPage, bytes]:
    page, data = await source.page(FetchSnapshot(1))
    whole = bytearray(data)
    while len(whole) < page.total:
        page, data = await source.page(FetchSnapshot(1, page.snapshot, len(whole)))
        assert (page.offset, page.size) == (len(whole), len(data))
        assert 0 < page.size <= PAGE_BYTES
        whole += data
    return page, bytes(whole)


async def test_the_pages_together_are_the_file_that_is_named(source: SnapshotSource) -> None:
    page, whole = await all_pages(source)
    assert (blake3(whole).digest(), len(whole), page.index) == (page.snapshot, page.total, 1)


async def test_all_who_ask_at_once_are_given_the_same_snapshot(source: SnapshotSource, tmp_path: Path) -> None:
    pages = await asyncio.gather(*(source.page(FetchSnapshot(1)) for _ in range(5)))
    assert len({page.snapshot for page, _ in pages}) == 1
    assert len(list((tmp_path / "tmp").iterdir())) == 1


async def test_a_snapshot_serves_until_somebody_needs_a_later_one(
    source: SnapshotSource, applier: Applier, tmp_path: Path
) -> None:
    first, _ = await source.page(FetchSnapshot(1))
    applier.apply([LogEntry(2, 1, NOOP), LogEntry(3, 2, NOOP)])
    same, _ = await source.page(FetchSnapshot(1, first.snapshot, 1500))
    assert (same.snapshot, same.offset) == (first.snapshot, 1500)
    later, _ = await source.page(FetchSnapshot(3, first.snapshot, 1500))
    assert (later.index, later.offset) == (3, 0)
    assert later.snapshot != first.snapshot
    assert len(list((tmp_path / "tmp").iterdir())) == 1


async def test_who_goes_on_with_a_snapshot_that_is_gone_gets_the_first_page_of_another(source: SnapshotSource) -> None:
    page, _ = await source.page(FetchSnapshot(1, b"x" * 32, 3000))
    assert page.offset == 0


async def test_what_was_not_applied_here_cannot_be_sent(source: SnapshotSource) -> None:
    with pytest.raises(InvalidInput, match="has applied 1 only"):
        await source.page(FetchSnapshot(2))


async def test_a_snapshot_that_nobody_asks_for_any_more_goes(source: SnapshotSource, tmp_path: Path) -> None:
    await source.page(FetchSnapshot(1))
    clock = source._clock
    assert isinstance(clock, ManualClock)
    clock.advance(KEPT_S - 1)
    source.forget_idle()
    assert list((tmp_path / "tmp").iterdir())
    clock.advance(2)
    source.forget_idle()
    assert not list((tmp_path / "tmp").iterdir())
    await source.page(FetchSnapshot(1))
