"""While a question is open that names something, nothing changes its place or its number behind it.

Who reads "Kill n3?" looks at the row of n3 as well, and decides by what stands there. What happens meanwhile is kept
back, as with `f`, and shown as soon as the question is answered, before the answer is acted upon.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dfs_tui.app.frame import Frame
from dfs_tui.sheets.sheet import Sheet


class Holding(Frame):
    """A picture that was held before the question stays held after it."""

    def push_screen(self, screen: Any, callback: Callable[[Any], Any] | None = None, *args: Any, **kwargs: Any) -> Any:
        """Hold the picture for as long as a sheet is open that asks for it (`Sheet.holds`)."""
        held = self.bridge
        if not isinstance(screen, Sheet) or not screen.holds or held.frozen:
            return super().push_screen(screen, callback, *args, **kwargs)
        self.pump()
        held.freeze()
        self.draw()

        def answered(answer: Any) -> Any:
            if held.frozen:  # it may have been too much to keep back
                held.freeze()
                self.pump()
                self.draw()
            return callback(answer) if callback is not None else None

        return super().push_screen(screen, answered, *args, **kwargs)
