"""What this node holds, told to full nodes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec

from dfs_core.encoding.inventory_messages import AskBucket, AskInventory
from dfs_core.replication.inventory import Inventory
from dfs_core.store.base import ChunkStore
from dfs_core.transport.exchange import Exchange


class InventoryApi:
    """Handlers on every node, vaults too."""

    def __init__(self, *, inventory: Inventory, store: ChunkStore) -> None:
        self._inventory, self._store = inventory, store
        self.handlers: dict[type[msgspec.Struct], Callable[[Exchange], Awaitable[None]]] = {
            AskInventory: self._ask_inventory,
            AskBucket: self._ask_bucket,
        }

    async def _ask_inventory(self, exchange: Exchange) -> None:
        request = exchange.request
        assert isinstance(request, AskInventory)
        await exchange.respond(self._inventory.known(request.nonce, request.since))

    async def _ask_bucket(self, exchange: Exchange) -> None:
        request = exchange.request
        assert isinstance(request, AskBucket)
        await exchange.respond(await self._inventory.list_bucket(self._store, request))
