"""A fake node behind a real control socket, and a client of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dfs_core.client import Client
from dfs_core.testing.fake_node import FakeNode


@pytest.fixture
async def node(tmp_path: Path) -> AsyncIterator[FakeNode]:
    async with FakeNode(tmp_path / "n.sock") as node:
        yield node


@pytest.fixture
async def client(node: FakeNode) -> AsyncIterator[Client]:
    async with await Client.connect(node.control) as client:
        yield client
