"""In a browser, what is retrieved becomes a download: no place is asked for, because the person's disk is elsewhere.

A key is first written whole, and checked, to a private folder of this machine, then handed to the browser piece by
piece. The folder goes when the browser has the file, and with the dashboard at the latest.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

from textual.events import DeliveryComplete, DeliveryFailed

from dfs_tui.app.files import FileActions
from dfs_tui.bridge import Bridge
from dfs_tui.messages import RetrieveRequested
from dfs_tui.view.glyphs import Glyphs
from dfs_tui.view.values import Level


class Deliveries(FileActions):
    """Takes over from `FileActions` when the app runs behind a browser."""

    def __init__(self, bridge: Bridge, glyphs: Glyphs) -> None:
        super().__init__(bridge, glyphs)
        self._kept: tempfile.TemporaryDirectory[str] | None = None
        self._delivering: dict[str, Path] = {}  # by the toolkit's key of the delivery

    def _do_retrieve(self) -> None:
        if not self.is_web or self.view_name != "keys":
            super()._do_retrieve()
            return
        entries = [self.bridge.keys.entries[key] for key in self.selected_keys()]
        if not entries:
            self.say("There is no key to retrieve.", Level.WARNING)
            return
        self.after_retrieve(tuple(RetrieveRequested(entry.key, entry.size_bytes, "") for entry in entries))

    def after_retrieve(self, wishes: tuple[RetrieveRequested, ...] | None) -> None:
        if not self.is_web or not wishes:
            super().after_retrieve(wishes)
            return
        for wish in wishes:
            self.run_worker(self._deliver(wish), name="retrieve", group="transfers", exit_on_error=False)
        self.after_marks()

    async def _deliver(self, wish: RetrieveRequested) -> None:
        """Retrieve into a folder of its own, then offer what is there: nothing, when it failed and that was said."""
        folder = await asyncio.to_thread(self._new_folder)
        try:
            await self.bridge.retrieve(replace(wish, place=f"{folder}/", base=""))
            files = await asyncio.to_thread(lambda: list(folder.iterdir()))
            for file in files:
                key = self.deliver_binary(file, save_filename=file.name, mime_type="application/octet-stream")
                if key is not None:
                    self._delivering[key] = folder
        finally:
            if folder not in self._delivering.values():
                await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    def _new_folder(self) -> Path:
        if self._kept is None:
            self._kept = tempfile.TemporaryDirectory(prefix="dfs-download-", ignore_cleanup_errors=True)
        return Path(tempfile.mkdtemp(dir=self._kept.name))

    async def on_delivery_complete(self, event: DeliveryComplete) -> None:
        """The browser has it."""
        await self._forget(event.key)

    async def on_delivery_failed(self, event: DeliveryFailed) -> None:
        """The browser gave up."""
        self.bridge.note(Level.ERROR, "The browser did not take the download; retrieve it again.")
        await self._forget(event.key)

    async def _forget(self, key: str) -> None:
        folder = self._delivering.pop(key, None)
        if folder is not None:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
