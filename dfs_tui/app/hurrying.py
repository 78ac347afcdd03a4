"""A node that comes or goes is on screen at once, and not with the next of four pumps a second."""

from __future__ import annotations

from dfs_tui.app.frame import Frame
from dfs_tui.bridge import Bridge
from dfs_tui.view.glyphs import Glyphs


class Hurrying(Frame):
    """However many of them come together are one pump."""

    def __init__(self, bridge: Bridge, glyphs: Glyphs) -> None:
        super().__init__(bridge, glyphs)
        self._hurrying = False

    def on_mount(self) -> None:
        """Textual calls this beside `Frame.on_mount`, and before it."""
        self.bridge.hurry = self.hurry

    def hurry(self) -> None:
        """Pump as soon as what is being done now is done."""
        if not self._hurrying:
            self._hurrying = True
            self.call_later(self._hurry)

    def _hurry(self) -> None:
        self._hurrying = False
        self.pump()
