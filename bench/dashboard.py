"""How quick the dashboard is: to start, to answer a key, to show a hundred thousand keys, and how little it costs.

`python -m bench.dashboard [ROUNDS]`. The first part runs the real program in a pseudo-terminal: on three real nodes of
its own for what is started, idle and killed, on its generated cluster for what moves, so that no node's work counts.
The second drives the app in this process with 100,000 keys. Medians; targets are those of the design for an idle
machine, and each line says whether its target is met.
"""

from __future__ import annotations

import asyncio
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import pexpect
from textual import events as textual_events
from textual.screen import Screen

from dfs_core.local import LocalCluster
from dfs_core.testing.base_ports import draw_base_port
from dfs_tui.app.dashboard import DfsApp
from dfs_tui.app.frame import VIEW_NAMES
from dfs_tui.app.keeping import Keeper
from dfs_tui.bridge import Bridge
from dfs_tui.sources.clock import SystemClock
from dfs_tui.sources.demo import DemoSource
from dfs_tui.sources.demo_cluster import DemoCluster
from dfs_tui.view import filter as filters
from dfs_tui.view.events import KeysListed, KeyStored
from dfs_tui.view.glyphs import UNICODE
from dfs_tui.view.sort import COLUMNS, Order
from dfs_tui.view.values import KeyEntry

ROUNDS = 9
KEYS = 100_000
EVENTS_PER_S = 5000
WATCH_S = 20.0
Act = Callable[[], object]
TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Figure:
    """One line of the report. `most`: the target; 0: there is none. `cpu_ms`: what it took of the processor's time."""

    name: str
    value: float
    unit: str = "ms"
    most: float = 0.0
    cpu_ms: float = 0.0

    def __str__(self) -> str:
        line = f"{self.name:<52} {self.value:8.1f} {self.unit:<6}"
        line += f" (processor {self.cpu_ms:6.1f} ms)" if self.cpu_ms else " " * 22
        if self.most:
            line += f" target {self.most:g}, {'met' if self.value <= self.most else 'MISSED'}"
        return line.rstrip()


def terminal(*arguments: str, home: str) -> pexpect.spawn[bytes]:
    """The real program in a terminal of 120 x 36, with its nodes and what it remembers under `home`."""
    environment = {**os.environ, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8", "DFS_HOME": home}
    environment.pop("PYTHONDONTWRITEBYTECODE", "")  # an installed program is compiled
    command = ["-m", "dfs_tui", *arguments]
    return pexpect.spawn(sys.executable, command, dimensions=(36, 120), env=environment, timeout=60)


def timed_start(text: str, home: str) -> float:
    """Milliseconds from spawning the program until `text` came out of it, on the local nodes under `home`."""
    started = time.perf_counter()
    child = terminal(home=home)
    child.expect(re.escape(text).encode())
    took = time.perf_counter() - started
    child.close(force=True)
    return 1000 * took


def timed_help() -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, "-m", "dfs_tui", "--help"], check=True, stdout=subprocess.DEVNULL)
    return 1000 * (time.perf_counter() - started)


def steady(name: str, cpu_most: float, *arguments: str, home: str) -> list[Figure]:
    """The program left alone: percent of a core, KiB/s of output, MiB of memory."""
    child = terminal(*arguments, home=home)
    child.expect(b"HEALTHY")
    drain(child, 5.0)
    before = cpu_s(child.pid)
    count = drain(child, WATCH_S)
    used = cpu_s(child.pid) - before
    status = Path(f"/proc/{child.pid}/status").read_text()
    memory = int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024  # type: ignore[index]
    child.close(force=True)
    return [
        Figure(f"{name}: one core", 100 * used / WATCH_S, "%", cpu_most),
        Figure(f"{name}: output", count / WATCH_S / 1024, "KiB/s", 20),
        Figure(f"{name}: memory", memory, "MiB", 60),
    ]


def killed(home: str) -> Figure:
    """From the confirming key until the node's row says that it was killed."""
    child = terminal(home=home)
    child.expect(b"HEALTHY")
    drain(child, 2.0)
    child.send("j")
    drain(child, 0.5)
    child.send("K")
    child.expect(b"SIGKILL")
    drain(child, 0.5)
    child.delaybeforesend = None  # by itself it waits 50 ms before it sends a key
    started = time.perf_counter()
    child.send("k")
    child.expect("\N{HEAVY MULTIPLICATION X} killed".encode())
    took = time.perf_counter() - started
    child.close(force=True)
    return Figure("kill to row", 1000 * took, most=100)


def on_real_nodes(rounds: int) -> list[Figure]:
    """What the program does on three local nodes that run."""
    with tempfile.TemporaryDirectory() as home:
        cluster = LocalCluster(Path(home) / "local")
        try:
            asyncio.run(cluster.up(3, base_port=draw_base_port()))
            timed_start("HEALTHY", home)  # compiles what is not compiled yet

            def start(text: str) -> float:
                return statistics.median(timed_start(text, home) for _ in range(rounds))

            return [
                Figure("dfs-tui --help", statistics.median(timed_help() for _ in range(rounds)), most=120),
                Figure("spawn to first paint", start("Cluster"), most=350),
                Figure("spawn to first whole picture", start("Events")),
                Figure("spawn to first cluster data, 3 local nodes", start("HEALTHY"), most=800),
                *steady("idle, 3 local nodes", 0.5, home=home),
                killed(home),
            ]
        finally:
            asyncio.run(cluster.down())


def drain(child: pexpect.spawn[bytes], seconds: float) -> int:
    """Read for a while; how many bytes came."""
    end, count = time.perf_counter() + seconds, 0
    while (left := end - time.perf_counter()) > 0:
        try:
            count += len(child.read_nonblocking(65536, timeout=left))
        except pexpect.TIMEOUT:
            break
    return count


def cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def entries(count: int) -> tuple[KeyEntry, ...]:
    return tuple(KeyEntry(f"photos/{n // 1000:03}/img-{n:06}.raw", n + 1, n * 7, 0.0, 3) for n in range(count))


class Painted:
    """Measures from an action until the screen was painted after it."""

    def __init__(self, app: DfsApp) -> None:
        self._app = app
        self._done = asyncio.Event()
        screen = app.screen
        original = screen._compositor_refresh

        def refresh() -> None:
            original()
            self._done.set()

        screen._compositor_refresh = refresh  # type: ignore[method-assign]

    async def ms(self, act: Callable[[], object]) -> tuple[float, float]:
        """By the clock, and of the processor: on a machine that others use as well, only the latter says much."""
        self._done.clear()
        started, before = time.perf_counter(), time.process_time()
        act()
        async with asyncio.timeout(30):
            await self._done.wait()
        return 1000 * (time.perf_counter() - started), 1000 * (time.process_time() - before)


def on_generated_nodes() -> list[Figure]:
    """What the program costs while much moves."""
    with tempfile.TemporaryDirectory() as home:
        return steady("live, busy generated cluster", 4.0, "--demo", home=home)


async def measured(rounds: int) -> list[Figure]:
    """What the app takes with a hundred thousand keys."""
    clock = SystemClock()
    app = DfsApp(Bridge(DemoSource(DemoCluster(keys_wanted=10, busy=False), clock), clock), UNICODE)
    app.keeper = Keeper()
    async with app.run_test(size=(120, 36)) as pilot:
        await pilot.pause(1.0)
        found = loading(app.bridge)
        app.enter("keys")
        await pilot.pause(0.5)
        painted = Painted(app)

        async def median(name: str, most: float, act: Callable[[int], object], before: Act = _nothing) -> Figure:
            times = []
            for number in range(rounds):
                before()
                await pilot.pause(0.1)
                times.append(await painted.ms(lambda n=number: act(n)))  # type: ignore[misc]
            return Figure(name, *_medians(times, most))

        found.append(await median("filter keystroke on 100,000 keys", 80, lambda n: app.filter_by(f"img-0{n % 10}")))
        app.bridge.keys.show(filters.parse(""), 0.0)
        # By what the menu does when a column is chosen: the menu itself would take the keys that are pressed below.
        found.append(await median("sort 100,000 keys", 0, lambda n: arrange(app, COLUMNS[1 + n % 2])))
        app.bridge.keys.arrange(Order(), 0.0)
        for view in VIEW_NAMES:
            other = "logs" if view == "keys" else "keys"
            found.append(
                await median(
                    f"view switch, {other} to {view}",
                    15,
                    lambda _, view=view: app.enter(view),  # type: ignore[misc]
                    lambda other=other: app.enter(other),  # type: ignore[misc]
                )
            )
        app.enter("keys")
        await pilot.pause(0.3)
        found += await under_load(app, painted, pilot.pause, rounds * 20)
        found.append(await bar(app, pilot.pause, rounds))
        own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        found.append(Figure("memory with 100,000 keys (this process, at most)", own, "MiB", 110))
    return found


def loading(bridge: Bridge) -> list[Figure]:
    """A hundred thousand keys, a thousand at a time, as a node lists them."""
    many, times = entries(KEYS), []
    for start in range(0, KEYS, 1000):
        started = time.perf_counter()
        bridge.receive(KeysListed(many[start : start + 1000], complete=False))
        bridge.pump()
        times.append(1000 * (time.perf_counter() - started))
    return [
        Figure("100,000 keys into the list", sum(times), most=150),
        Figure("  of that, the longest the screen has to wait", max(times), most=16),
    ]


async def bar(app: DfsApp, pause: Callable[[float], Awaitable[None]], rounds: int) -> Figure:
    """From `:` until the command line is painted: its screen is new, so its painting is met by the class."""
    times: list[tuple[float, float]] = []
    done = asyncio.Event()
    refresh = Screen._compositor_refresh

    def refreshed(self: Screen[object]) -> None:
        refresh(self)
        if self.is_modal and self._compositor.widgets:
            done.set()

    with mock.patch.object(Screen, "_compositor_refresh", refreshed):
        for _ in range(rounds):
            done.clear()
            started, before = time.perf_counter(), time.process_time()
            app.perform("command")
            await done.wait()
            times.append((1000 * (time.perf_counter() - started), 1000 * (time.process_time() - before)))
            await pause(0.1)
            app.pop_screen()
            await pause(0.1)
    return Figure("command bar", *_medians(times, 15))


def _medians(times: list[tuple[float, float]], most: float) -> tuple[float, str, float, float]:
    """The rest of a `Figure`."""
    return statistics.median(wall for wall, _ in times), "ms", most, statistics.median(cpu for _, cpu in times)


def _nothing() -> None:
    """Nothing has to be done before."""


def arrange(app: DfsApp, column: str) -> None:
    """The keys by this column, drawn."""
    app.bridge.keys.arrange(Order(column), app.bridge.wall())
    app.draw()


async def under_load(
    app: DfsApp, painted: Painted, pause: Callable[[float], Awaitable[None]], presses: int
) -> list[Figure]:
    """A key press while five thousand events a second come in: the 95th percentile, and what it costs the processor.

    On a machine that others use as well only the second one says something about the program.
    """
    going = True

    async def flood() -> None:
        number = 10_000_000
        while going:
            for _ in range(EVENTS_PER_S // 50):
                number += 1
                app.bridge.receive(
                    KeyStored(
                        KeyEntry(f"photos/{number % KEYS // 1000:03}/img-{number % KEYS:06}.raw", number, 1, 0.0, 3)
                    )
                )
            await asyncio.sleep(0.02)

    task = asyncio.create_task(flood())
    times = []
    for _ in range(presses):
        times.append(await painted.ms(lambda: app.post_message(textual_events.Key("j", "j"))))
        await asyncio.sleep(0.02)
    going = False
    await task
    await pause(0.1)
    wall, cpu = ([measured[kind] for measured in times] for kind in (0, 1))
    worst = [statistics.quantiles(each, n=20)[18] for each in (wall, cpu)]
    return [
        Figure(f"key to painted, p95, {EVENTS_PER_S} events/s", worst[0], most=30, cpu_ms=worst[1]),
        Figure("  median", *_medians(times, 0)),
    ]


def main(rounds: int = ROUNDS) -> list[str]:
    """Run it all; each line is printed as soon as it is known. Returns the report."""
    lines: list[str] = []
    for part in (
        lambda: on_real_nodes(rounds),
        on_generated_nodes,
        lambda: asyncio.run(measured(rounds)),
    ):
        fresh = [str(figure) for figure in part()]
        print("\n".join(fresh), flush=True)
        lines += fresh
    return lines


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS)
