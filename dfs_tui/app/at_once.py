"""Storing a small file that is dropped without a look at the sheet, for who has chosen that; `z` takes it back."""

from __future__ import annotations

from collections.abc import Sequence

from textual.worker import Worker

from dfs_tui.app.drops import Drops
from dfs_tui.app.versions import VersionActions
from dfs_tui.bridge import Bridge
from dfs_tui.messages import StoreRequested
from dfs_tui.view import format as fmt
from dfs_tui.view.cluster import Connection
from dfs_tui.view.glyphs import Glyphs
from dfs_tui.view.plan import Scan, at_once


class AtOnce(Drops, VersionActions):
    """Whatever there is to decide about, the sheet asks: several files, a large one, a key that exists, no room."""

    def __init__(self, bridge: Bridge, glyphs: Glyphs) -> None:
        super().__init__(bridge, glyphs)
        self._at_once: Worker[None] | None = None  # the last one, and perhaps it is over
        self._at_once_keys: frozenset[str] = frozenset()
        self._taken_back: set[str] = set()  # keys, as soon as they are stored
        self._arrived: set[str] = set()  # keys that are stored, and cannot be undone yet

    async def take_dropped(self, paths: Sequence[str]) -> None:
        wish = await self._without_asking(paths)
        if wish is None:
            await super().take_dropped(paths)
            return
        self._at_once_keys = frozenset(file.key for file in wish.plan.files)
        self._at_once = self.run_worker(self._store(wish), name="store", group="transfers", exit_on_error=False)
        key = fmt.clip_middle(fmt.printable(wish.plan.name), 40, self.glyphs.ellipsis)
        self.say(f"Storing {key} at once; z takes it back (:drop ask looks first)")

    async def _without_asking(self, paths: Sequence[str]) -> StoreRequested | None:
        live = self.bridge.picture(self.glyphs).view.connection is Connection.LIVE
        if self.remembered.drop != "instant" or len(paths) != 1 or not live or not self.offers("store"):
            return None
        if await self.bridge.is_folder(paths[0]):  # the sheet says how far it has read
            return None
        scan = await self.bridge.scan(paths)
        if not isinstance(scan, Scan) or self.bridge.keys.loading:
            return None
        made = at_once(scan, self.bridge.keys.entries, *self._room())
        return StoreRequested(made, paths[0]) if made is not None else None

    async def _store(self, wish: StoreRequested) -> None:
        key = wish.plan.name
        try:
            if not await self.bridge.store(wish):
                return
            self._arrived.add(key)
            await self.bridge.stored_at_once(key)
            if key in self._taken_back and self.bridge.next_undo() == (key,):
                await self.bridge.undo()
        finally:
            self._arrived.discard(key)
            self._taken_back.discard(key)

    def _do_undo(self) -> None:
        """What is still being stored at once is what was done last."""
        if self._at_once is None or not self._at_once.is_running:
            super()._do_undo()
            return
        self.pump()
        if self._is_confirming():  # a cancelled one might be stored all the same by now
            self._taken_back |= self._at_once_keys
            self.say("All of it is sent; it is taken back as soon as it is stored.")
        else:
            self._at_once.cancel()
            self.say("Taken back before it was stored.")

    def _is_confirming(self) -> bool:
        """Have all bytes of it left? A picture that is held does not say, so they might have."""
        if self.bridge.frozen or self._at_once_keys & self._arrived:
            return True
        begun = [transfer for transfer in self.bridge.view.transfers.values() if transfer.own and not transfer.ended]
        return any(
            transfer.keys == self._at_once_keys and transfer.done_bytes >= transfer.size_bytes for transfer in begun
        )
