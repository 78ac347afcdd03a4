"""What the log decided, told to this node's other parts: a new member list, a new setting, keys that changed.

Applying must not wait for any of it, so changes are queued and read from the catalog in a task of their own. The queue
is bounded by what one run of entries can hold; member changes are never dropped, since the list is read whole.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence

from dfs_core.catalog.change import Applied, KeyChanged, MembersChanged, SettingChanged
from dfs_core.catalog.query import CatalogReader
from dfs_core.encoding.control_messages import EventsDropped, KeyEntry
from dfs_core.encoding.control_messages import KeyChanged as KeyChangedEvent
from dfs_core.limits import EVENTS_PENDING_MAX
from dfs_core.model.version import Version
from dfs_core.replication.memberlist import MemberList, known_members
from dfs_core.server.events import EventBus
from dfs_core.server.keys import KeyFacts


class Announcer:
    """Turns catalog changes into news."""

    def __init__(
        self,
        *,
        catalog: CatalogReader,
        members: MemberList,
        facts: KeyFacts,
        events: EventBus,
        settings: Callable[[Mapping[str, int]], None],
    ) -> None:
        """`settings` hears what the cluster's settings are, at the start and after each change."""
        self._catalog, self._members, self._facts, self._events = catalog, members, facts, events
        self._settings = settings
        self._keys: dict[tuple[str, int], None] = {}
        self._dropped = 0
        self._reload = True
        self._wake = asyncio.Event()
        self._reloading = asyncio.Lock()

    def applied(self, results: Sequence[Applied]) -> None:
        """Take note; called in the loop after each run of entries."""
        for result in results:
            for change in result.changes:
                if isinstance(change, KeyChanged):
                    if len(self._keys) < EVENTS_PENDING_MAX:
                        self._keys[change.key, change.number] = None
                    else:
                        self._dropped += 1
                elif isinstance(change, MembersChanged | SettingChanged):
                    self._reload = True
        if self._keys or self._reload:
            self._wake.set()

    def reload_soon(self) -> None:
        """The whole catalog is another one: a snapshot was installed."""
        self._reload = True
        self._wake.set()

    async def run(self) -> None:
        """Tell, for ever; first of all what the catalog says now."""
        while True:
            if self._reload:
                self._reload = False
                await self.reload()
            keys, self._keys = list(self._keys), {}
            if keys:
                await self._tell(keys)
            if not self._keys and not self._reload:
                self._wake.clear()
                await self._wake.wait()

    async def reload(self) -> None:
        """Read members and settings from the catalog. On return this node acts on what was applied before the call."""
        async with self._reloading:  # what was read first is also told first
            layout = await asyncio.to_thread(self._catalog.layout)
            cluster = await asyncio.to_thread(self._catalog.cluster)
            log = await asyncio.to_thread(self._catalog.generation)
            generation = log.number, log.generation_id
            self._members.offer(known_members(layout.revision, layout.copies, layout.members, generation))
            if cluster is not None:
                self._settings(cluster.settings)

    async def _tell(self, keys: list[tuple[str, int]]) -> None:
        for version in await asyncio.to_thread(self._versions, keys):
            self._events.publish(KeyChangedEvent(self._facts.entry(version)))
        for key, number in keys:
            if not number:  # purged: there is no row that could be read
                self._events.publish(KeyChangedEvent(KeyEntry(key, 0, 0, 0, 0, 0, 0, removed=True)))
        if self._dropped:
            count, self._dropped = self._dropped, 0
            self._events.publish(EventsDropped(count))

    def _versions(self, keys: list[tuple[str, int]]) -> list[Version]:
        found = (self._catalog.version(key, number) for key, number in keys)
        return [version for version in found if version is not None]
