"""What a real cluster's source does with nodes of this machine where no link is concerned."""

from __future__ import annotations

from typing import Protocol

from dfs_tui.sources.supervisor import Supervisor
from dfs_tui.view.values import NewNode, NodeProposal


class Looking(Protocol):
    """Who may have processes to look after."""

    def _local(self) -> Supervisor: ...


class OwnNodes:
    """A part of `LiveSource`."""

    async def start_node(self: Looking, name: str) -> None:
        await self._local().start(name)

    async def propose_node(self: Looking, new: NewNode) -> NodeProposal:
        return await self._local().propose(new)

    async def add_node(self: Looking, new: NewNode) -> str:
        return await self._local().add(new)

    async def node_log(self: Looking, name: str, lines: int) -> tuple[str, ...]:
        return await self._local().log(name, lines)
