"""A full node and a vault in this process, with all chunks on both; the full node can be lost."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Self

from dfs_core.crypto.recovery import RecoverySheet
from dfs_core.server import Node, NodeConfig
from dfs_core.server.founding import init
from dfs_core.server.joining import join


class LostCluster:
    """`async with LostCluster(folder) as cluster:` founds it, stores one file and takes a snapshot."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = b"what must come back " * 20_000
        self._stack = AsyncExitStack()
        self._full = AsyncExitStack()

    async def __aenter__(self) -> Self:
        founded = await asyncio.to_thread(
            init, self.folder / "full", listen="127.0.0.1:0", capacity=1 << 32, copies=2, chunk_bytes=1 << 16
        )
        self.sheet = RecoverySheet.parse(founded.recovery_sheet)
        self.full = await self._full.enter_async_context(Node(NodeConfig.load(self.folder / "full")))
        line = await self.full.invite("vault", 600.0)
        await asyncio.to_thread(join, line, self.folder / "vault", listen="127.0.0.1:0", capacity=1 << 32)
        self.vault = await self._stack.enter_async_context(Node(NodeConfig.load(self.folder / "vault")))
        await until(lambda: bool(self.full._mesh.alive()))
        await self.full.store("file", self.data)
        await self.full.full.recovery.upkeep.take()
        await until(lambda: self.full.full.recovery.known(self.vault.node_id) == 1)
        await until(lambda: chunks_in(self.folder / "vault") == chunks_in(self.folder / "full"))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._full.aclose()
        await self._stack.aclose()

    @property
    def vault_address(self) -> str:
        return str(self.vault.ready_line["listen"])

    @property
    def full_address(self) -> str:
        return str(self.full.ready_line["listen"])

    async def lose_full_node(self) -> None:
        """The machine is gone."""
        await self._full.aclose()
        await asyncio.to_thread(shutil.rmtree, self.folder / "full")

    async def start(self, name: str) -> Node:
        """Run another node, until the end."""
        return await self._stack.enter_async_context(Node(NodeConfig.load(self.folder / name)))


def chunks_in(folder: Path) -> set[str]:
    return {path.name for path in folder.glob("chunks/???/*") if len(path.name) == 64}


async def until(holds: Callable[[], bool]) -> None:
    """Return when it is so. TimeoutError after a while."""
    async with asyncio.timeout(30):
        while not holds():
            await asyncio.sleep(0.02)
