"""What is old is drawn dim: while nobody answers, the last data stays, and one sees that it is the last.

Every box of it says so in its frame, with the age; while some nodes answer and others do not, how many do not.
"""

from __future__ import annotations

from dfs_tui.app.frame import Frame
from dfs_tui.view.cluster import Connection

_OLD = (Connection.LOST, Connection.FAILED)


class Fading(Frame):
    """By a class of the main screen; without colours the words in the first and the last line have to do."""

    def draw(self) -> None:
        if self.is_drawn:
            self.main_screen.set_class(self.bridge.view.connection in _OLD and not self.no_color, "-stale")
            self.pane.say_state(self.bridge.picture(self.glyphs))
        super().draw()
