"""What all sheets share: a frame in the middle of the screen, escape to leave, and the glyphs of the app."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Generic, TypeVar

from textual import events
from textual.app import RenderResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal
from textual.content import Content
from textual.geometry import Size
from textual.renderables.background_screen import BackgroundScreen
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Static

from dfs_tui.sheets.dimmed import Dimmed
from dfs_tui.view import format as fmt
from dfs_tui.view.cells import Cell, Span, cell
from dfs_tui.view.format import wrap
from dfs_tui.view.glyphs import Glyphs
from dfs_tui.widgets.painter import Painter

Result = TypeVar("Result")

MARGIN = 6  # cells of frame and padding of a sheet


class Sheet(ModalScreen[Result], Generic[Result]):
    """Escape dismisses with nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", show=False)]
    holds: ClassVar[bool] = False  # is the picture below held while it is open?
    takes_text: ClassVar[bool] = False  # is all that is typed meant for a field of it, from the first key on?
    # A sheet looks the same on all screens; told how large this one is, it would be laid out and painted once more.
    HORIZONTAL_BREAKPOINTS = []  # noqa: RUF012 - as Textual declares it
    VERTICAL_BREAKPOINTS = []  # noqa: RUF012

    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__()
        self.glyphs = glyphs
        self._dressed_in = ""  # the theme of its styles
        self._compositor = Painter()

    def _on_screen_resume(self, event: events.ScreenResume) -> None:
        """Textual calls this before its own: a sheet has its styles, unless it was put aside in another theme."""
        event.refresh_styles = event.refresh_styles and self._dressed_in != self.app.theme

    def notify_style_update(self) -> None:
        self._dressed_in = self.app.theme
        super().notify_style_update()

    def _screen_resized(self, size: Size) -> None:
        """Lay out anew; not when the toolkit only tells of the size for which that was just done."""
        if self._compositor.size != size:
            super()._screen_resized(size)

    def render(self) -> RenderResult:  # type: ignore[override] # the toolkit takes it, and says so for widgets
        """What is below, darker."""
        below = super().render()
        return Dimmed(below.screen, below.color) if isinstance(below, BackgroundScreen) else below

    def action_leave(self) -> None:
        """Change nothing."""
        self.dismiss(None)

    def frame(self, title: str, *children: Widget, danger: bool = False) -> Container:
        """The sheet's frame with its title, which is never markup."""
        container = Container(*children, classes="sheet -danger" if danger else "sheet")
        container.border_title = Content(fmt.clip_middle(fmt.printable(title), 64, self.glyphs.ellipsis))
        return container

    @staticmethod
    def field(label: str, field: Widget) -> Horizontal:
        """A label and an input in one line."""
        return Horizontal(Static(label, classes="label", markup=False), field, classes="field")

    @staticmethod
    def paragraphs(text: Sequence[str | Cell], width: int) -> list[Cell]:
        """Sentences in lines of at most `width` cells; what is a cell already stays as it is."""
        lines: list[Cell] = []
        for paragraph in text:
            lines += (
                [cell(line) for line in wrap(paragraph, width) or [""]] if isinstance(paragraph, str) else [paragraph]
            )
        return lines

    @staticmethod
    def buttons(choices: Sequence[tuple[str, str]]) -> Cell:
        """The last line of a sheet: keys and what they do."""
        spans: list[Span] = []
        for key, label in choices:
            spans += [(key, "accent"), (f" {label}", ""), ("    ", "")]
        return tuple(spans)
