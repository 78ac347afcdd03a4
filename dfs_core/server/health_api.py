"""Every node tells its clients how the cluster is. Which files are behind the numbers, full nodes tell (`auditing`)."""

from __future__ import annotations

import msgspec

from dfs_core.encoding.health_messages import GetHealth
from dfs_core.server.dispatch import Handler
from dfs_core.server.health import HealthBoard
from dfs_core.transport.exchange import Exchange


class HealthApi:
    """Handlers on every node, vaults too."""

    def __init__(self, board: HealthBoard) -> None:
        self._board = board
        self.handlers: dict[type[msgspec.Struct], Handler] = {GetHealth: self._get}

    async def _get(self, exchange: Exchange) -> None:
        await exchange.respond(self._board.seen())
