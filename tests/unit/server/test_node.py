from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from dfs_core.errors import KeyNotFound, StoreError
from dfs_core.server import Node, NodeConfig
from dfs_core.server.founding import init


async def founded(folder: Path) -> NodeConfig:
    await asyncio.to_thread(init, folder, listen="127.0.0.1:0", capacity=1 << 32)
    return NodeConfig.load(folder)


async def test_a_node_inside_a_program_stores_and_retrieves(tmp_path: Path) -> None:
    picture = os.urandom(3_000_000)
    async with Node(await founded(tmp_path / "node")) as node:
        stored = await node.store("picture_1.png", picture)
        assert (stored.version, stored.size) == (1, len(picture))
        assert await node.retrieve("picture_1.png") == picture
        with pytest.raises(KeyNotFound):
            await node.retrieve("picture_2.png")


async def test_what_was_stored_is_readable_after_a_restart(tmp_path: Path) -> None:
    config = await founded(tmp_path / "node")
    async with Node(config) as node:
        await node.store("small", b"kept")
        await node.store("large", b"x" * 2_000_000)
    async with Node(config) as node:
        assert await node.retrieve("small") == b"kept"
        assert await node.retrieve("large") == b"x" * 2_000_000


async def test_two_nodes_on_one_folder_are_refused(tmp_path: Path) -> None:
    config = await founded(tmp_path / "node")
    async with Node(config):
        with pytest.raises(StoreError, match="in use by the process"):
            await Node(config).start()


async def test_a_folder_without_its_marker_is_not_taken_for_an_empty_one(tmp_path: Path) -> None:
    config = await founded(tmp_path / "node")
    (tmp_path / "node" / "marker").unlink()
    with pytest.raises(StoreError, match="mounted"):
        await Node(config).start()


async def test_a_node_that_failed_to_start_lets_go_of_everything(tmp_path: Path) -> None:
    config = await founded(tmp_path / "node")
    marker = tmp_path / "node" / "marker"
    content = marker.read_bytes()
    marker.write_bytes(b"damaged")
    with pytest.raises(StoreError):
        await Node(config).start()
    marker.write_bytes(content)
    async with Node(config) as node:
        await node.store("key", b"value")
