"""The screen below all sheets. It is painted where something changed, once, and nowhere else."""

from __future__ import annotations

from textual.reactive import Reactive
from textual.screen import Screen
from textual.widget import Widget

from dfs_tui.widgets.painter import Painter


class MainScreen(Screen[None]):
    """A change of focus repaints the two widgets it concerns; the toolkit's own screen repaints all of itself."""

    focused: Reactive[Widget | None] = Reactive(None, repaint=False)

    def __init__(self, id: str) -> None:  # noqa: A002 - Textual's own word
        super().__init__(id=id)
        self._compositor = Painter()

    def _on_screen_suspend(self) -> None:
        """The sheet that comes paints what is below it as well: one picture, not another one for its sake."""
        self._repaint_required = False
        self._dirty_widgets.clear()
        self._compositor.update_widgets(set(self._compositor.visible_widgets))
        self._compositor._dirty_regions.clear()

    def lay_out(self) -> None:
        """Give every widget its place now, so that what is drawn next has the right width at once.

        Inside `App.batch_update` nothing is painted before the batch ends: one picture, and not one of old contents in
        new places before it.
        """
        self._refresh_layout()

    def _compositor_refresh(self) -> None:
        """Paint all that is to be painted, also what a widget has not asked for yet: one picture instead of two."""
        self._compositor.update_widgets(set(self._compositor.visible_widgets))
        super()._compositor_refresh()
