"""What stays from one run to the next: the view, the order of keys, the theme, the room of the detail."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

from dfs_tui.app.frame import VIEW_NAMES, Frame
from dfs_tui.app.views import FIRST
from dfs_tui.bridge import Bridge
from dfs_tui.sources import state_file
from dfs_tui.view.glyphs import Glyphs
from dfs_tui.view.remembered import Remembered, understood, written
from dfs_tui.view.sort import Order
from dfs_tui.view.values import Level


class Remembering(Frame):
    """Nothing is read or written before `remember_in` was called: tests and pictures start from the defaults."""

    def __init__(self, bridge: Bridge, glyphs: Glyphs) -> None:
        super().__init__(bridge, glyphs)
        self.remembered = Remembered()
        self._state_file: Path | None = None
        self._looked_at: Remembered | None = None  # what was compared last with what the file says
        self._written = ""  # what the file says
        self._trouble = ""
        self._going_on = False

    def remember_in(self, path: Path | None = None) -> None:
        """Go on where the last run stopped, and keep what changes in this file from now on."""
        self._state_file = path or state_file.place()
        try:
            text = state_file.read(self._state_file)
        except (OSError, ValueError) as error:
            text, self._trouble = None, str(error)
        if text is None:
            return
        self.remembered, self._trouble = understood(text)
        self._written = text
        if self.remembered.theme in self.available_themes and not self.no_color:
            self.theme = self.remembered.theme
        self.bridge.keys.arrange(Order(self.remembered.sort, self.remembered.reverse), 0.0)

    @property
    def remembers(self) -> bool:
        """Is anything kept for the next time?"""
        return self._state_file is not None

    def on_mount(self) -> None:
        """Textual calls this beside `Frame.on_mount`, and before it."""
        self.call_after_refresh(self._go_on)

    def _go_on(self) -> None:
        if self._trouble:
            self.bridge.note(Level.WARNING, f"What was remembered is not used: {self._trouble}")
        if self.remembered.room:
            self.set_room(self.remembered.room)
        asked = self._wanted != FIRST  # somebody was quicker: a key was pressed before the first picture was there
        if self.remembered.view in VIEW_NAMES and self.remembered.view != self.view_name and not asked:
            self.enter(self.remembered.view)
        self._going_on = True

    def pump(self) -> None:
        super().pump()
        if self._state_file is not None and self._going_on and self.is_drawn and not self.leaving:
            self._keep(self._state_file)

    def _keep(self, path: Path) -> None:
        """Write when something is different now. A disk that does not take it is said once."""
        order = self.bridge.keys.order
        remembered = replace(
            self.remembered,
            view=self.view_name,
            sort=order.column,
            reverse=order.reverse,
            theme=self.remembered.theme if self.no_color else self.theme,
            room=self.room,
        )
        if remembered == self._looked_at:
            return
        self.remembered = self._looked_at = remembered
        text = written(remembered)
        if text != self._written:
            self._written = text
            self.run_worker(self._write(path, text), name="remember", group="remember", exit_on_error=False)

    async def _write(self, path: Path, text: str) -> None:
        try:
            await asyncio.to_thread(state_file.write, path, text)
        except OSError as error:
            if not self._trouble:
                self._trouble = f"{path}: {error.strerror or error}"
                self.bridge.note(Level.WARNING, f"What is set here will not be remembered: {self._trouble}")

    def _do_theme(self) -> None:
        if self.no_color:
            self.say("NO_COLOR is set, so there is no theme.", Level.WARNING)
            return
        names = THEME_ROUND
        self.theme = names[(names.index(self.theme) + 1) % len(names)] if self.theme in names else names[0]
        self.say(f"Theme: {self.theme}")


THEME_ROUND = (
    "dfs-dark", "dfs-light", "nord", "gruvbox", "dracula", "tokyo-night", "catppuccin-mocha", "solarized-light",
    "monokai", "ansi-dark",
)  # fmt: skip
