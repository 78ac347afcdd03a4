"""A scrolling widget that is drawn anew only when it looks otherwise, not whenever it is shown or gets the focus.

The toolkit forgets a widget's lines and styles when the focus comes or goes. It goes with the view when one switches to
another, so that each switch would draw a whole table that is as it was when it was left.
"""

from __future__ import annotations

from textual import events
from textual.geometry import Size
from textual.scroll_view import ScrollView


class Kept(ScrollView, can_focus=True):
    """`dressed_focused` says whether it looks as one that has the focus: what draws it asks that, not `has_focus`."""

    def __init__(self, id: str) -> None:  # noqa: A002 - Textual's own word
        super().__init__(id=id)
        self.regains_focus = False  # whenever it comes on screen, it gets the focus
        self.dressed_focused = False
        self._places: object = None  # the sizes that the last layout gave it

    def _size_updated(self, size: Size, virtual_size: Size, container_size: Size, layout: bool = True) -> bool:
        """The compositor knows nothing of the lines below; at its word, each layout would repaint the scrollbar."""
        places = (size, container_size, self.virtual_size, self.show_vertical_scrollbar)
        if places == self._places:
            virtual_size = self.virtual_size
        self._places = places
        return super()._size_updated(size, virtual_size, container_size, layout)

    def _on_focus(self, event: events.Focus) -> None:
        """Nothing but what `watch_has_focus` does: the toolkit's own would forget all lines in any case."""
        event.prevent_default()
        self.has_focus = True

    def _on_blur(self, event: events.Blur) -> None:
        event.prevent_default()
        self.has_focus = False

    def watch_has_focus(self, has_focus: bool) -> None:
        """Dress for it; not when nobody sees it and it will have the focus again as soon as somebody does."""
        if has_focus == self.dressed_focused or (self.regains_focus and not has_focus and self._is_hidden):
            return
        super().watch_has_focus(has_focus)
        self.refresh()

    @property
    def _is_hidden(self) -> bool:
        return any(not part.display for part in self.ancestors_with_self)

    def notify_style_update(self) -> None:
        self.dressed_focused = self.has_focus
        super().notify_style_update()
