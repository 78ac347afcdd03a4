"""Showing and changing the cluster's settings, as clients ask for it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import msgspec

from dfs_core.catalog.query import CatalogReader
from dfs_core.catalog.settings import SETTINGS, unwise
from dfs_core.encoding.commands import SetSetting
from dfs_core.encoding.message import Done
from dfs_core.encoding.settings_messages import ChangeSetting, GetSettings, SettingEntry, SettingsListed
from dfs_core.errors import InvalidInput
from dfs_core.replication.consensus import Consensus
from dfs_core.replication.writer import FileWriter
from dfs_core.server.events import EventBus
from dfs_core.transport.exchange import Exchange


class SettingsApi:
    """Handlers for settings on a full node. A change is an entry, so every node has it, from the same place on."""

    def __init__(
        self,
        *,
        consensus: Consensus,
        catalog: CatalogReader,
        writer: FileWriter,
        events: EventBus,
        reload: Callable[[], Awaitable[None]],
    ) -> None:
        """`reload`: have this node act on what was applied; whoever was told of a change may rely on it here."""
        self._consensus, self._catalog, self._writer, self._events = consensus, catalog, writer, events
        self._reload = reload
        self.handlers: dict[type[msgspec.Struct], Callable[[Exchange], Awaitable[None]]] = {
            GetSettings: self._get,
            ChangeSetting: self._change,
        }

    async def _get(self, exchange: Exchange) -> None:
        stale = not await self._consensus.catch_up()
        cluster = await asyncio.to_thread(self._catalog.cluster)
        now = cluster.settings if cluster is not None else {}
        listed = [
            SettingEntry(
                name=name,
                value=now.get(name, setting.default),
                default=setting.default,
                least=setting.least,
                most=setting.most,
                means=setting.means,
            )
            for name, setting in SETTINGS.items()
        ]
        await exchange.respond(SettingsListed(listed, stale))

    async def _change(self, exchange: Exchange) -> None:
        request = exchange.request
        assert isinstance(request, ChangeSetting)
        if why := unwise(request.name, request.value):
            raise InvalidInput(why)
        await self._writer.decide(SetSetting(self._writer.command_id(), request.name, request.value))
        await self._reload()
        self._events.record("info", f"the cluster's {request.name} is {request.value:,} now")
        await exchange.respond(Done())
