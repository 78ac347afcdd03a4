"""Background work, asked through a real link to a fake node."""

from __future__ import annotations

import pytest

from dfs_core.client import Client, HealthItem, KeyNotFound, NotFound
from dfs_core.testing.fake_node import NODE_ID, FakeNode


async def test_workers_are_listed_and_steered(client: Client) -> None:
    assert [worker.name for worker in await client.workers()] == ["resync"]
    assert (await client.set_worker("resync", "pace", 2.0)).pace == 2.0
    with pytest.raises(NotFound):
        await client.set_worker("nobody", "pause")


async def test_a_scrub_is_looked_at_and_started(client: Client) -> None:
    tours = (await client.scrub()).tours
    await client.start_scrub()
    assert (await client.scrub()).tours == tours + 1


async def test_repair_says_who_repairs(client: Client) -> None:
    assert (await client.repair()).hurried == [NODE_ID]


async def test_verifying_tells_how_far_it_is_and_how_it_was(client: Client, node: FakeNode) -> None:
    node.put("tea", b"tea")
    told: list[tuple[int, int]] = []
    found = await client.verify("tea", progress=lambda done, total: told.append((done, total)))
    assert (found.key, found.good, told) == ("tea", 3, [(1, 2)])
    with pytest.raises(KeyNotFound):
        await client.verify("milk")


async def test_health_and_the_files_behind_it_are_asked_for(client: Client, node: FakeNode) -> None:
    node.upkeep.short = [HealthItem(f"key {number}", 1, 9, 3, 2, 1) for number in range(3)]
    assert (await client.health()).state == "HEALTHY"
    assert [item.key async for item in client.short_files()] == ["key 0", "key 1", "key 2"]
