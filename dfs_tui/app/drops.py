"""Files dropped on the window, however the terminal delivers them: as one paste, several, or as typed letters.

Key strokes pass the burst guard first, so that a terminal which types a dropped path instead of pasting it never runs a
binding. Whether a text names files is decided by what exists; a store sheet then shows them before anything is read.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from textual import events
from textual.widgets import Input

from dfs_tui.app.files import FileActions
from dfs_tui.bridge import Bridge
from dfs_tui.sheets.sheet import Sheet
from dfs_tui.view import format as fmt
from dfs_tui.view.burst import BurstGuard, Verdict
from dfs_tui.view.glyphs import Glyphs
from dfs_tui.view.values import Level
from dfs_tui.widgets.drop_input import DropInput

INSTANT = frozenset("jk:@1234567")  # the cursor, the command line, the views: nothing that changes anything
FIELD_KEYS = ("colon", "slash")  # they give the focus to a field, and what comes with them is for that
PASTE_S = 0.08  # several dropped files may come as several pastes; they belong together


class Drops(FileActions):
    """A field that has the focus keeps what is pasted into it, unless it names files."""

    def __init__(self, bridge: Bridge, glyphs: Glyphs) -> None:
        super().__init__(bridge, glyphs)
        self._guard: BurstGuard[events.Key] = BurstGuard(instant=INSTANT)
        self._pasted: list[str] = []
        self._typed_path = ""

    async def on_event(self, event: events.Event) -> None:
        """Let keys pass the burst guard; everything else goes its usual way."""
        if isinstance(event, events.Key) and not event.is_forwarded:
            if self._takes_text():
                await self._carry_out(self._guard.settle())
                await super().on_event(event)
                return
            # By when the key came, not by when this program found the time for it: a burst stays one while it is busy.
            await self._carry_out(self._guard.key(event, event.character, event.time))
            if self._guard.holding:
                self._look_when_due()
            return
        await super().on_event(event)

    def _takes_text(self) -> bool:
        return isinstance(self.focused, Input) or (isinstance(self.screen, Sheet) and self.screen.takes_text)

    def _look_when_due(self) -> None:
        self.set_timer(max(self._guard.due - time.monotonic(), 0.0) + 0.001, self._settle_when_due)

    async def _settle_when_due(self) -> None:
        if self.message_queue_size:  # perhaps more of the burst
            self._look_when_due()
        elif time.monotonic() >= self._guard.due:
            await self.settle_keys()

    async def settle_keys(self) -> None:
        """Decide now about keys that the guard holds back."""
        await self._carry_out(self._guard.settle())

    async def _carry_out(self, verdict: Verdict[events.Key]) -> None:
        for key in verdict.keys:
            if key.key in FIELD_KEYS and len(self.screen_stack) == 1 and not self._takes_text():
                self.action_press(key.key)  # before the next key looks for who has the focus
            else:
                await super().on_event(key)
        if verdict.pasted:
            self._typed_path += verdict.pasted
            self.set_timer(PASTE_S, self._take_pasted)

    def on_paste(self, event: events.Paste) -> None:
        """A paste that no field wanted: perhaps dropped files."""
        event.stop()
        self._pasted.append(event.text)
        self.set_timer(PASTE_S, self._take_pasted)

    def _take_pasted(self) -> None:
        """Everything that came within a moment is one drop."""
        text = "\n".join(filter(None, [*self._pasted, self._typed_path]))
        self._pasted, self._typed_path = [], ""
        if text:
            self.run_worker(self._offer(text, None), name="drop", group="drop", exit_on_error=False)

    def on_drop_input_pasted(self, message: DropInput.Pasted) -> None:
        """Something was pasted into the filter field."""
        self.run_worker(self._offer(message.text, message.field), name="drop", group="drop", exit_on_error=False)

    async def _offer(self, text: str, field: DropInput | None) -> None:
        from dfs_tui.sheets.store import StoreSheet

        paths = await self.bridge.dropped_paths(text)
        if not paths:
            if field is not None:
                field.take_text(text)
            else:
                self.say(f"Not a file on this machine: {fmt.clip(fmt.printable(text.strip()), 60)}", Level.WARNING)
        elif isinstance(self.screen, StoreSheet):
            self.screen.add_paths(paths)
        elif len(self.screen_stack) > 1:
            self.say("Close this sheet first, then drop again.", Level.WARNING)
        else:
            await self.take_dropped(paths)

    async def take_dropped(self, paths: Sequence[str]) -> None:
        """Show what these would store."""
        self.open_store(paths)
