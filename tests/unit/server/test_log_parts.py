"""A node's log is cut off as it works; who joins later gets the catalog instead, over real TLS, and may then vote."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from dfs_core.limits import GIB
from dfs_core.server import Node, NodeConfig
from dfs_core.server.founding import init
from dfs_core.server.joining import join
from dfs_core.server.surroundings import Surroundings

KEPT = Surroundings(log_kept_bytes=10_000)


async def until(reached: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not reached():
            await asyncio.sleep(0.02)


async def store(node: Node, first: int, count: int) -> None:
    for number in range(first, first + count):
        await node.store(f"key {number}", b"%d" % number)


async def test_who_joins_after_the_log_was_cut_off_gets_the_catalog_and_votes(tmp_path: Path) -> None:
    await asyncio.to_thread(init, tmp_path / "first", listen="127.0.0.1:0", capacity=GIB)
    async with Node(NodeConfig.load(tmp_path / "first"), KEPT) as first:
        await store(first, 1, 60)
        await until(lambda: first.full.log.first_index > 20)
        line = await first.invite("full", 600.0)
        await asyncio.to_thread(join, line, tmp_path / "second", listen="127.0.0.1:0", zone="", capacity=GIB)
        config = NodeConfig.load(tmp_path / "second")
        async with Node(config, KEPT) as second:
            await until(lambda: second.node_id in first.voters)
            assert second.full.log.first_index > 20, "a snapshot, not all entries"
            await store(second, 100, 60)
            await until(lambda: second.full.log.first_index > 80)
            assert await second.retrieve("key 7") == b"7"
        async with Node(config, KEPT) as second:  # from what is left of its log
            await store(second, 200, 3)
            assert await first.retrieve("key 201") == b"201"
            assert await second.retrieve("key 1") == b"1"
            assert second.full.catalog.counts().keys == 123


async def test_a_node_alone_goes_on_from_a_log_that_was_cut_off(tmp_path: Path) -> None:
    await asyncio.to_thread(init, tmp_path / "first", listen="127.0.0.1:0", capacity=GIB)
    config = NodeConfig.load(tmp_path / "first")
    async with Node(config, KEPT) as node:
        await store(node, 1, 60)
        await until(lambda: node.full.log.first_index > 20)
    async with Node(config, KEPT) as node:
        await store(node, 100, 1)
        assert await node.retrieve("key 5") == b"5"
