"""Where there is room, what moves is seen from every view: a dock of a few lines below those that do not list it.

On lower screens one line says it, as long as nothing else is to be said there.
"""

from __future__ import annotations

from dfs_tui.app.frame import Frame
from dfs_tui.bridge import Bridge
from dfs_tui.view.cells import Cell
from dfs_tui.view.dock import ROWS, dock_lines
from dfs_tui.view.glyphs import Glyphs
from dfs_tui.view.peers import node_names
from dfs_tui.widgets.lines import Lines

HEIGHT_LEAST = 30  # of the screen
LISTING = ("cluster", "transfers")  # views that list transfers themselves
STAYS_S = 3.0  # after the last transfer: small files follow one another, and the screen is not to jump


class Docking(Frame):
    """It comes and goes with the view in one picture; while nothing moves it costs a look at the transfers."""

    def __init__(self, bridge: Bridge, glyphs: Glyphs) -> None:
        super().__init__(bridge, glyphs)
        self._moved_at = float("-inf")

    def enter(self, view: str, row: str = "") -> None:
        if self.is_drawn:
            self._dock(view)
        super().enter(view, row)

    def draw(self) -> None:
        if self.is_drawn:
            self._dock(self.view_name)
        super().draw()

    def _dock(self, view: str) -> None:
        dock = self.main(Lines, "#dock")
        now = self.bridge.picture(self.glyphs).now  # as long as the picture is held, nothing gets older
        transfers = self.bridge.view.transfers
        here = view not in LISTING and self.size.height >= HEIGHT_LEAST
        lines: list[Cell] = []
        if here and any(not transfer.ended for transfer in transfers.values()):
            names = node_names(self.bridge.view)
            lines = dock_lines(list(transfers.values()), now, self.glyphs, self.size.width, names)
        if lines:
            self._moved_at = now
        elif here and now - self._moved_at < STAYS_S:
            lines = [()] * (1 + ROWS)
        self.docked = bool(lines)
        dock.set_class(self.docked, "-on")
        dock.set_lines(lines)
