"""The key under the cursor is looked into while its detail is on screen: once the cursor rests, and now and then."""

from __future__ import annotations

from textual.timer import Timer

from dfs_tui.app.placing import Placing
from dfs_tui.bridge import Bridge
from dfs_tui.messages import CursorMoved
from dfs_tui.view.glyphs import Glyphs
from dfs_tui.view.preview import BYTES_MAX
from dfs_tui.view.values import KeyFacts

REST_S = 0.12  # a cursor that moves on asks nothing
AGAIN_S = 5.0


class Inspecting(Placing):
    """Asking costs the nodes a little, so nothing is asked for what is not on screen."""

    def __init__(self, bridge: Bridge, glyphs: Glyphs) -> None:
        super().__init__(bridge, glyphs)
        self._asked_key = ""
        self._asked_at = 0.0
        self._resting: Timer | None = None

    def on_cursor_moved(self, message: CursorMoved) -> None:
        """A cursor of some table stands elsewhere now: the table shows it itself, the detail follows when it rests."""
        if message.table == "keys":
            self._inspect_soon()
        else:
            self.draw_soon()  # some tables have a detail as well

    def enter(self, view: str, row: str = "") -> None:
        super().enter(view, row)
        if view == "keys":
            self._inspect_soon()

    def _inspect_soon(self) -> None:
        if self._resting is not None:
            self._resting.stop()
        self._resting = self.set_timer(REST_S, self._cursor_rests)

    def _cursor_rests(self) -> None:
        if self.is_drawn and self.view_name == "keys":
            self.inspect_when_due()
            self.keys_pane.show_detail(self.bridge.picture(self.glyphs))

    def pump(self) -> None:
        super().pump()
        self.inspect_when_due()

    def inspect_when_due(self) -> None:
        """Ask about the key under the cursor, if its detail is on screen and nothing fresh is known."""
        if not self.is_drawn or self.view_name != "keys" or not self.keys_pane.detail.display:
            return
        key = self.keys_pane.table.cursor_id
        if key not in self.bridge.keys.entries:
            return
        facts = self.bridge.facts
        version = facts.current.version if isinstance(facts, KeyFacts) and facts.key == key else 0
        moved = version not in (0, self.bridge.keys.entries[key].version)
        if key == self._asked_key and not moved and self.bridge.now() - self._asked_at < AGAIN_S:
            return
        if key != self._asked_key or moved:
            self.bridge.content = None
        if key != self._asked_key:
            self.bridge.facts = None
        self._asked_key, self._asked_at = key, self.bridge.now()
        self.run_worker(self._inspect(key), name="inspect", group="inspect", exclusive=True, exit_on_error=False)

    async def _inspect(self, key: str) -> None:
        bridge = self.bridge
        found = await bridge.inspect(key)
        if bridge is not self.bridge:  # another cluster may have a key of this name
            return
        self.learn_place(found)
        if key == self._asked_key:
            self.bridge.facts = found
            self._show_detail()
        if isinstance(found, KeyFacts) and self.bridge.content is None and found.current.size_bytes <= BYTES_MAX:
            content = await self.bridge.glimpse(key, found.current.version)
            if key == self._asked_key:
                self.bridge.content = content
                self._show_detail()

    def _show_detail(self) -> None:
        if self.is_drawn:
            self.keys_pane.show_detail(self.bridge.picture(self.glyphs))
