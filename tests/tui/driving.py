"""Driving the real app without a terminal: a generated cluster, a clock turned by hand, keys, drops, and the screen."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from textual import events
from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Input

from dfs_tui.app import frame
from dfs_tui.app.dashboard import DfsApp
from dfs_tui.app.hurrying import Hurrying
from dfs_tui.bridge import Bridge
from dfs_tui.sources.base import Source
from dfs_tui.sources.demo import DemoSource
from dfs_tui.sources.demo_cluster import DemoCluster
from dfs_tui.view.glyphs import UNICODE, Glyphs

from .worlds import HandClock

PATIENCE_S = 40.0
STEP_MAX_S = 0.5  # of the clock that is turned by hand
NEVER_S = 86400.0


def screen_lines(app: App[None]) -> list[str]:
    """What is on screen, a line a row."""
    return ["".join(segment.text for segment in strip).rstrip() for strip in app.screen._compositor.render_strips()]


class ClockOnTheWall(HandClock):
    """For real nodes: time that goes by itself, and is waited for."""

    def now(self) -> float:
        return time.monotonic()

    def wall(self) -> float:
        return time.time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def advance(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


@dataclass
class Drive:
    """One running dashboard."""

    app: DfsApp
    pilot: Pilot[None]
    clock: HandClock
    cluster: DemoCluster

    async def press(self, *keys: str) -> None:
        """Press keys as a person does: one after the other."""
        for key in keys:
            await self.pilot.press(key)
            self.app.call_later(self.app.settle_keys)
            await self.pilot.pause()
            while not self.app.has_arrived:
                await self.pilot.pause()  # the view that the key leads to is still to be made
            self.app.pump()
            await self.pilot.pause()  # what the key opened is made in the first, and painted in this one

    async def type(self, text: str) -> None:
        """Type into the field that has the focus."""
        names = {" ": "space", "/": "slash", ".": "full_stop", "-": "minus", "~": "tilde", "_": "underscore"}
        field = self.app.focused
        assert isinstance(field, Input)
        field.insert_text_at_cursor(text[:-3])  # the first letters at once: a key press takes a while
        for char in text[-3:]:
            await self.pilot.press(names.get(char, char))
        await self.pilot.pause()

    async def clear(self) -> None:
        """Empty the field that has the focus."""
        await self.pilot.press("end", "ctrl+u")
        await self.pilot.pause()

    async def paste(self, text: str) -> None:
        """What a terminal sends for a drop."""
        self.app.post_message(events.Paste(text))
        await self.pilot.pause()

    async def burst(self, text: str) -> None:
        """What a terminal sends for a drop that it does not mark as a paste."""
        for key in keys_of(text):
            self.app.post_message(key)
        await self.pilot.pause()

    async def pass_time(self, seconds: float) -> None:
        """Let time go by, and the screen catch up."""
        await self.clock.advance(seconds)
        await self.look()

    async def look(self) -> None:
        """Let everything that is under way reach the screen."""
        await self.pilot.pause()
        self.app.pump()
        await self.pilot.pause()

    @property
    def text(self) -> str:
        return "\n".join(screen_lines(self.app))

    @property
    def message(self) -> str:
        """The message line."""
        return screen_lines(self.app)[-2]

    async def until(self, condition: Callable[[], bool], *, seconds: float = 0.1) -> None:
        """Let time go by until something is so; fails with the screen after a while."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not condition():
                    await self.pass_time(seconds)
                    seconds = min(seconds * 1.2, STEP_MAX_S)
        except TimeoutError:
            raise AssertionError(f"it never happened; the screen:\n{self.text}") from None

    async def sees(self, text: str) -> None:
        """Wait until `text` is on screen."""
        try:
            await self.until(lambda: text in self.text)
        except AssertionError as error:
            raise AssertionError(f"{text!r} never appeared; {error}") from None


def _unhurried(app: Hurrying) -> None:
    """Nothing is on screen by itself."""


def keys_of(text: str) -> list[events.Key]:
    """The keys of a text that came at one moment."""
    return [events.Key(_key_name(char), char) for char in text]


def _key_name(char: str) -> str:
    return {"\r": "enter", "/": "slash", " ": "space", ":": "colon"}.get(char, char)


@asynccontextmanager
async def dashboard(
    *,
    size: tuple[int, int] = (120, 36),
    nodes: int = 5,
    keys: int = 40,
    glyphs: Glyphs = UNICODE,
    source: Source | None = None,
    clock: HandClock | None = None,
    state: Path | None = None,
) -> AsyncIterator[Drive]:
    """A dashboard of a generated cluster, its first picture on screen.

    It takes in what happened when it is driven, and never by itself in between; views are made when they are entered.
    """
    clock = clock or HandClock()
    cluster = DemoCluster(seed=7, nodes_wanted=nodes, keys_wanted=keys, busy=False, wall_s=clock.wall())
    app = DfsApp(Bridge(source or DemoSource(cluster, clock), clock), glyphs)
    if state is not None:
        app.remember_in(state)
    never = mock.patch.multiple(frame, PUMP_S=NEVER_S, OPENING_S=NEVER_S, REST_S=NEVER_S)
    with never, mock.patch.object(Hurrying, "hurry", _unhurried):
        async with app.run_test(size=size) as pilot:
            drive = Drive(app, pilot, clock, cluster)
            await drive.pass_time(1.0 if not isinstance(clock, ClockOnTheWall) else 0.0)
            await drive.look()
            yield drive


def make_tree(folder: Path) -> Path:
    """A folder with two files, one below another."""
    (folder / "pics" / "sub").mkdir(parents=True)
    (folder / "pics" / "a b.raw").write_bytes(b"a" * 3000)
    (folder / "pics" / "sub" / "c.raw").write_bytes(b"c" * 5000)
    return folder / "pics"
