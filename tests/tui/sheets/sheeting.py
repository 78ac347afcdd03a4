"""One sheet over an empty app, and what it was dismissed with."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from textual import events
from textual.app import App
from textual.pilot import Pilot

from dfs_tui.sheets.sheet import Sheet

from ..driving import screen_lines
from ..hosting import STYLES


class Desk(App[None]):
    """Shows one sheet."""

    CSS_PATH = STYLES
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, make: Callable[[], Sheet[Any]]) -> None:
        super().__init__()
        self._make = make
        self.answers: list[object] = []
        self.sheet: Sheet[Any] | None = None

    def on_mount(self) -> None:
        self.sheet = self._make()
        self.push_screen(self.sheet, self.answers.append)


class Shown:
    """The sheet on screen."""

    def __init__(self, app: Desk, pilot: Pilot[None]) -> None:
        self.app, self.pilot = app, pilot

    @property
    def text(self) -> str:
        return "\n".join(screen_lines(self.app))

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()
        await self.pilot.pause()

    async def sees(self, text: str) -> None:
        """Wait until `text` is on screen."""
        try:
            async with asyncio.timeout(10):
                while text not in self.text:
                    await self.pilot.pause(0.02)
        except TimeoutError:
            raise AssertionError(f"{text!r} never appeared; the screen:\n{self.text}") from None

    async def comes_back(self, theme: str = "") -> None:
        """The sheet is left and shown again, and the theme changed meanwhile."""
        screen = self.app.screen
        self.app.set_reactive(
            App.theme, theme or self.app.theme
        )  # unseen: the app itself would dress what is on screen
        screen.post_message(events.ScreenResume())
        await self.pilot.pause()

    async def write(self, text: str) -> None:
        names = {" ": "space", "/": "slash", ".": "full_stop", "-": "minus"}
        await self.press(*(names.get(char, char) for char in text))


@asynccontextmanager
async def shown(make: Callable[[], Sheet[Any]], size: tuple[int, int] = (80, 24)) -> AsyncIterator[Shown]:
    """The sheet that `make` makes, on a screen of this size."""
    app = Desk(make)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        yield Shown(app, pilot)
