"""Going through the views that were looked at; and holding what is on screen."""

from __future__ import annotations

from dfs_tui.app.frame import Frame
from dfs_tui.view.values import Level


class Moving(Frame):
    """Back and forward as in a browser."""

    def _do_go_back(self) -> None:
        self._visit(self.visits.back(), "This is where it began.")

    def _do_go_forward(self) -> None:
        self._visit(self.visits.forward(), "There is nothing to go forward to.")

    def _do_last(self) -> None:
        self._visit(self.visits.last, "No other view was looked at yet.")

    def _visit(self, view: str, otherwise: str) -> None:
        if view:
            self.enter(view)
        else:
            self.say(otherwise, Level.WARNING)

    def _do_refresh(self) -> None:
        self.bridge.source.refresh()
        self.say("Asking for everything again.")

    def _do_suspend(self) -> None:
        if self.is_web:
            self.say("There is no shell behind this window.", Level.WARNING)
        else:
            self.action_suspend_process()

    def _do_freeze(self) -> None:
        if self.bridge.freeze():
            self.say("Frozen: what happens is kept and shown when f is pressed again.")
        else:
            self.pump()
            self.say("Going on.")
