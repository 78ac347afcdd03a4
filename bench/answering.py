"""How quick the dashboard answers a key with a hundred thousand keys in its list: from the key to the written picture.

A key comes in as the terminal's driver hands it over, so that it passes all that a key passes; the time ends when the
picture was made into text with its escape sequences and handed to the terminal. What is waited for in between counts.
"""

from __future__ import annotations

import asyncio
import os
import resource
import statistics
import time
from collections.abc import Callable

from textual import events
from textual.drivers.headless_driver import HeadlessDriver
from textual.pilot import Pilot

from bench.figure import Figure
from dfs_tui.app.dashboard import DfsApp
from dfs_tui.app.frame import VIEW_NAMES
from dfs_tui.app.keeping import Keeper
from dfs_tui.bridge import Bridge
from dfs_tui.keys import SIDE_VIEWS, VIEWS
from dfs_tui.sources.clock import SystemClock
from dfs_tui.sources.demo import DemoSource
from dfs_tui.sources.demo_cluster import DemoCluster
from dfs_tui.view.events import KeysListed, KeyStored
from dfs_tui.view.glyphs import UNICODE
from dfs_tui.view.sort import COLUMNS, Order
from dfs_tui.view.values import KeyEntry
from dfs_tui.widgets.filter_line import FilterLine

KEYS = 100_000
EVENTS_PER_S = 5000
CHARACTERS = {"at": "@", "colon": ":", "slash": "/"}
TITLES = {name: (key, title) for name, key, title in (*VIEWS, *SIDE_VIEWS)}
Time = tuple[float, float]  # milliseconds by the clock, and of the processor


class Terminal(HeadlessDriver):
    """Takes what is painted as text, like a real one, and says when something came."""

    wanted = written = ""
    came = asyncio.Event()

    @property
    def is_headless(self) -> bool:
        return False  # else the toolkit does not make text of it

    def write(self, data: str) -> None:
        self.written += data

    def flush(self) -> None:
        if self.wanted in self.written:
            self.came.set()

    async def time(self, act: Callable[[], object], wanted: str = "") -> Time:
        """From `act` until `wanted` is written. On a machine that others use as well the processor's time says more."""
        self.wanted, self.written = wanted, ""
        self.came.clear()
        started, before = time.perf_counter(), time.process_time()
        act()
        async with asyncio.timeout(30):
            await self.came.wait()
        return 1000 * (time.perf_counter() - started), 1000 * (time.process_time() - before)


class Bench:
    """The app, its terminal, and somebody at its keys."""

    def __init__(self, app: DfsApp, pilot: Pilot[None], rounds: int) -> None:
        assert isinstance(app._driver, Terminal)
        self.app, self.terminal, self.pilot, self.rounds = app, app._driver, pilot, rounds

    def press(self, key: str) -> None:
        character = CHARACTERS.get(key, key if len(key) == 1 else None)
        self.app.post_message(events.Key(key, character))

    async def median(self, name: str, most: float, step: Callable[[int], object], wanted: str = "") -> Figure:
        times = []
        for number in range(self.rounds):
            await self.pilot.pause(0.1)
            times.append(await self.terminal.time(lambda n=number: step(n), wanted))  # type: ignore[misc]
        return _figure(name, times, most)

    async def views(self) -> list[Figure]:
        """To each view and back: for the first time, and again."""
        first: list[Time] = []
        found = []
        for view in VIEW_NAMES:
            other = "logs" if view == "keys" else "keys"
            times: list[Time] = []
            for number in range(self.rounds + 1):
                for name in (other, view):
                    key, title = TITLES[name]
                    await self.pilot.pause(0.1)
                    if self.app.view_name != name:
                        took = await self.terminal.time(lambda key=key: self.press(key), f" {title}]")  # type: ignore[misc]
                (times if number else first).append(took)
            found.append(_figure(f"view switch, {other} to {view}", times, 15))
        worst = max(first)
        return [*found, Figure("view switch, the first time, slowest", worst[0], cpu_ms=worst[1])]

    async def bar(self) -> list[Figure]:
        times = []
        for _ in range(self.rounds + 1):
            times.append(await self.terminal.time(lambda: self.press("colon"), "enter does it"))
            await self.pilot.pause(0.1)
            self.press("escape")
            await self.pilot.pause(0.1)
        first, *again = times
        return [_figure("command bar", again, 15), Figure("command bar, the first time", first[0], cpu_ms=first[1])]

    async def filter(self) -> Figure:
        self.press("slash")
        await self.pilot.pause(0.1)
        times = []
        for number in range(self.rounds):
            self.app.main(FilterLine, "#filter").value = "img-0"
            await self.pilot.pause(0.3)
            key = str(number % 10)
            times.append(await self.terminal.time(lambda key=key: self.press(key), f"/img-0{key}"))  # type: ignore[misc]
        await self.pilot.pause(0.1)
        self.press("escape")
        await self.pilot.pause(0.3)
        return _figure("filter keystroke on 100,000 keys", times, 80)

    async def under_load(self) -> list[Figure]:
        """A key press while five thousand events a second come in: the 95th percentile, and what it costs."""
        going = True

        async def flood() -> None:
            number = 10_000_000
            while going:
                for _ in range(EVENTS_PER_S // 50):
                    number += 1
                    self.app.bridge.receive(KeyStored(_entry(number % KEYS, number)))
                await asyncio.sleep(0.02)

        task = asyncio.create_task(flood())
        times = []
        for _ in range(self.rounds * 20):
            times.append(await self.terminal.time(lambda: self.press("j"), UNICODE.cursor))
            await asyncio.sleep(0.02)
        going = False
        await task
        wall, cpu = ([each[kind] for each in times] for kind in (0, 1))
        worst = [statistics.quantiles(each, n=20)[18] for each in (wall, cpu)]
        return [
            Figure(f"key to painted, p95, {EVENTS_PER_S} events/s", worst[0], most=30, cpu_ms=worst[1]),
            _figure("  median", times, 0),
        ]


async def measured(rounds: int) -> list[Figure]:
    """What the app takes with a hundred thousand keys."""
    os.environ.pop("NO_COLOR", "")
    os.environ |= {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
    clock = SystemClock()
    app = DfsApp(Bridge(DemoSource(DemoCluster(keys_wanted=10, busy=False), clock), clock), UNICODE)
    app.keeper = Keeper()
    app.driver_class = Terminal
    async with app.run_test(size=(120, 36), headless=False) as pilot:
        await pilot.pause(1.0)
        bench = Bench(app, pilot, rounds)
        found = loading(app.bridge)
        await pilot.pause(0.5)
        found += await bench.views()
        await bench.terminal.time(lambda: bench.press("4"))
        found.append(await bench.filter())
        # By what the menu does when a column is chosen: the menu itself would take the keys that are pressed below.
        found.append(await bench.median("sort 100,000 keys", 0, lambda n: arrange(app, COLUMNS[1 + n % 2])))
        app.bridge.keys.arrange(Order(), 0.0)
        app.draw()
        await pilot.pause(0.3)
        found += await bench.under_load()
        found += await bench.bar()
        own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        found.append(Figure("memory with 100,000 keys (this process, at most)", own, "MiB", 110))
    return found


def _entry(number: int, version: int) -> KeyEntry:
    return KeyEntry(f"photos/{number // 1000:03}/img-{number:06}.raw", version, number * 7, 0.0, 3)


def loading(bridge: Bridge) -> list[Figure]:
    """A hundred thousand keys, a thousand at a time, as a node lists them."""
    many, times = tuple(_entry(number, number + 1) for number in range(KEYS)), []
    for start in range(0, KEYS, 1000):
        started = time.perf_counter()
        bridge.receive(KeysListed(many[start : start + 1000], complete=False))
        bridge.pump()
        times.append(1000 * (time.perf_counter() - started))
    return [
        Figure("100,000 keys into the list", sum(times), most=150),
        Figure("  of that, the longest the screen has to wait", max(times), most=16),
    ]


def _figure(name: str, times: list[Time], most: float) -> Figure:
    wall, cpu = (statistics.median(each[kind] for each in times) for kind in (0, 1))
    return Figure(name, wall, most=most, cpu_ms=cpu)


def arrange(app: DfsApp, column: str) -> None:
    """The keys by this column, drawn."""
    app.bridge.keys.arrange(Order(column), app.bridge.wall())
    app.draw()


if __name__ == "__main__":
    print("\n".join(str(figure) for figure in asyncio.run(measured(9))))
