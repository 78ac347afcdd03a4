from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dfs_core.encoding.health_messages import HealthItem
from dfs_core.limits import CHUNK_BYTES_MIN
from dfs_core.replication import items
from dfs_core.replication.items import short_versions
from dfs_core.replication.reader import addresses_of

from .file_world import Files


@pytest.fixture
async def files(tmp_path: Path) -> AsyncIterator[Files]:
    files = Files(tmp_path)
    await files.found()
    for key in ("a", "b", "c", "d"):
        await files.store(key, key.encode() * (2 * CHUNK_BYTES_MIN))
    await files.store("inline", b"tiny")
    await files.store("b", b"other" * CHUNK_BYTES_MIN)
    yield files
    await files.close()


def addresses(files: Files, key: str, number: int = 0) -> list[bytes]:
    version = files.catalog.version(key, number) if number else files.catalog.current(key)
    assert version is not None
    return [address for page in files.catalog.pages(version.version_id) for address in addresses_of(page)]


def listed(files: Files, short: dict[bytes, int], limit: int = 1000) -> list[HealthItem]:
    found: list[HealthItem] = []
    key, version = "", 0
    while True:
        page = short_versions(files.catalog, short, wanted=3, key=key, version=version, limit=limit)
        assert len(page.items) <= limit
        found += page.items
        key, version = page.key, page.version
        if not key:
            return found


async def test_a_chunk_with_too_few_copies_leads_to_its_version(files: Files) -> None:
    first, *_ = addresses(files, "c")
    (item,) = listed(files, {first: 2})
    assert (item.key, item.size, item.copies) == ("c", 2 * CHUNK_BYTES_MIN, 2)
    assert item.short >= 1 and item.chunks == 2


async def test_older_versions_count_too_and_the_worst_chunk_is_told(files: Files) -> None:
    old = files.catalog.history("b", 10)[1]
    short = {addresses(files, "b", old.number)[0]: 0} | dict.fromkeys(addresses(files, "b"), 1)
    assert [(item.key, item.copies) for item in listed(files, short)] == [("b", 0), ("b", 1)]


@pytest.mark.parametrize("limit", [1, 2, 1000])
async def test_pages_of_any_size_give_the_same(files: Files, limit: int) -> None:
    short = {address: 1 for key in ("a", "b", "c", "d") for address in addresses(files, key)}
    assert [item.key for item in listed(files, short, limit)] == ["a", "b", "c", "d"]


async def test_an_answer_looks_through_a_bounded_number_of_versions_and_says_where_to_go_on(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(items, "LOOK_VERSIONS", 2)
    short = dict.fromkeys(addresses(files, "d"), 1)
    page = short_versions(files.catalog, short, wanted=3, key="", version=0, limit=10)
    assert (page.items, page.key) == ([], "b")
    assert [item.key for item in listed(files, short)] == ["d"]


async def test_when_nothing_is_short_nothing_is_looked_through(files: Files) -> None:
    assert listed(files, {}) == []
