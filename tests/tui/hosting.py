"""One widget alone in an app, for tests of what it draws and says."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from textual.app import App, ComposeResult
from textual.message import Message
from textual.pilot import Pilot
from textual.widget import Widget

import dfs_tui
from dfs_tui.app.themes import THEMES
from dfs_tui.messages import ActionRequested, CursorMoved, FilterTyped, HeadingClicked, RowChosen
from dfs_tui.widgets.drop_input import DropInput
from dfs_tui.widgets.path_input import PathInput

from .driving import screen_lines

M = TypeVar("M", bound=Message)

STYLES = Path(dfs_tui.__file__).parent / "styles" / "dashboard.tcss"


class Host(App[None]):
    """Shows one widget and keeps what it says."""

    CSS_PATH = STYLES
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, make: Callable[[], Widget]) -> None:
        super().__init__()
        self._make = make
        self.said: list[Message] = []
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = THEMES[0].name

    def compose(self) -> ComposeResult:
        yield self._make()

    def _keep(self, message: Message) -> None:
        self.said.append(message)

    on_action_requested = on_row_chosen = on_cursor_moved = on_filter_typed = on_heading_clicked = _keep
    on_drop_input_pasted = on_path_input_choices_found = _keep


@dataclass
class Hosted:
    """The app around one widget."""

    app: Host
    pilot: Pilot[None]
    heard: list[Message] = field(default_factory=list)

    @property
    def lines(self) -> list[str]:
        return screen_lines(self.app)

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    def said(self, kind: type[M]) -> list[M]:
        return [message for message in self.app.said if isinstance(message, kind)]

    async def click_heading(self, title: str) -> None:
        """Click where a table's heading says this."""
        y, line = next((y, line) for y, line in enumerate(self.lines) if title in line)
        await self.pilot.click(offset=(line.index(title), y))
        await self.pilot.pause()

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()


@asynccontextmanager
async def hosted(widget: Widget | Callable[[], Widget], size: tuple[int, int] = (60, 12)) -> AsyncIterator[Hosted]:
    """`widget` on a screen of this size. Fields can be made only inside an app: hand in what makes them."""
    app = Host(widget if not isinstance(widget, Widget) else lambda: widget)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        yield Hosted(app, pilot)


__all__ = [
    "ActionRequested",
    "CursorMoved",
    "DropInput",
    "FilterTyped",
    "HeadingClicked",
    "Hosted",
    "PathInput",
    "RowChosen",
    "hosted",
]
