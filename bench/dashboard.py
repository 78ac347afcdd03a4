"""How quick the dashboard is: to start, to answer a key, to show a hundred thousand keys, and how little it costs.

`python -m bench.dashboard [ROUNDS]`. The first part runs the real program in a pseudo-terminal (on its generated
cluster, so that no node's work is counted); the second drives the app in this process with 100,000 keys. Medians;
targets are those of the design for an idle machine.
"""

from __future__ import annotations

import asyncio
import os
import re
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pexpect
from textual import events as textual_events

from dfs_tui.app.dashboard import DfsApp
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
WATCH_S = 10.0
TICK = os.sysconf("SC_CLK_TCK")


def terminal(*arguments: str) -> pexpect.spawn[bytes]:
    """The real program in a terminal of 120 x 36."""
    environment = {**os.environ, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"}
    environment.pop("PYTHONDONTWRITEBYTECODE", "")  # an installed program is compiled
    command = ["-m", "dfs_tui", *arguments]
    return pexpect.spawn(sys.executable, command, dimensions=(36, 120), env=environment, timeout=30)


def timed_start(text: str) -> float:
    """Seconds from spawning the program until `text` came out of it."""
    started = time.perf_counter()
    child = terminal("--demo")
    child.expect(re.escape(text).encode())
    took = time.perf_counter() - started
    child.close(force=True)
    return took


def timed_help() -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, "-m", "dfs_tui", "--help"], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def steady(seconds: float = WATCH_S) -> tuple[float, float, float]:
    """The program left alone with a busy generated cluster: percent of a core, KiB/s of output, MiB of memory."""
    child = terminal("--demo")
    child.expect(b"HEALTHY")
    drain(child, 3.0)
    before = cpu_s(child.pid)
    count = drain(child, seconds)
    used = cpu_s(child.pid) - before
    status = Path(f"/proc/{child.pid}/status").read_text()
    memory = int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024  # type: ignore[index]
    child.close(force=True)
    return 100 * used / seconds, count / seconds / 1024, memory


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

    async def ms(self, act: Callable[[], object]) -> float:
        self._done.clear()
        started = time.perf_counter()
        act()
        async with asyncio.timeout(5):
            await self._done.wait()
        return 1000 * (time.perf_counter() - started)


async def measured(rounds: int) -> list[tuple[str, float, str]]:
    """What the app takes with a hundred thousand keys."""
    clock = SystemClock()
    app = DfsApp(Bridge(DemoSource(DemoCluster(keys_wanted=10, busy=False), clock), clock), UNICODE)
    app.keeper = Keeper()
    found: list[tuple[str, float, str]] = []
    async with app.run_test(size=(120, 36)) as pilot:
        await pilot.pause(1.0)
        bridge = app.bridge
        many = entries(KEYS)
        started = time.perf_counter()
        for start in range(0, KEYS, 1000):
            bridge.receive(KeysListed(many[start : start + 1000], complete=False))
            bridge.pump()
        found.append(
            ("100,000 keys into the list, a thousand at a time", 1000 * (time.perf_counter() - started), "150 ms")
        )
        app.enter("keys")
        await pilot.pause(0.5)
        painted = Painted(app)

        async def median(name: str, target: str, act: Callable[[int], object]) -> None:
            times = []
            for number in range(rounds):
                times.append(await painted.ms(lambda n=number: act(n)))  # type: ignore[misc]
                await pilot.pause(0.05)
            found.append((name, statistics.median(times), target))

        await median("filter keystroke on 100,000 keys", "80 ms", lambda n: app.filter_by(f"img-0{n % 10}"))
        bridge.keys.show(filters.parse(""), 0.0)
        # By what the menu does when a column is chosen: the menu itself would take the keys that are pressed below.
        await median("sort 100,000 keys", "", lambda n: arrange(app, COLUMNS[1 + n % 2]))
        bridge.keys.arrange(Order(), 0.0)
        await median("view switch", "15 ms", lambda n: app.enter("keys" if n % 2 else "logs"))
        app.enter("keys")
        await pilot.pause(0.3)
        found += await under_load(app, painted, pilot.pause, rounds * 20)
    return found


def arrange(app: DfsApp, column: str) -> None:
    """The keys by this column, drawn."""
    app.bridge.keys.arrange(Order(column), app.bridge.wall())
    app.draw()


async def under_load(
    app: DfsApp, painted: Painted, pause: Callable[[float], Awaitable[None]], presses: int
) -> list[tuple[str, float, str]]:
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
    times, costs = [], []
    for _ in range(presses):
        before = time.process_time()
        times.append(await painted.ms(lambda: app.post_message(textual_events.Key("j", "j"))))
        costs.append(1000 * (time.process_time() - before))
        await asyncio.sleep(0.02)
    going = False
    await task
    await pause(0.1)
    return [
        (f"key to painted, p95, {EVENTS_PER_S} events/s", statistics.quantiles(times, n=20)[18], "30 ms"),
        ("  of the processor's time, median", statistics.median(costs), ""),
        ("  of the processor's time, p95", statistics.quantiles(costs, n=20)[18], ""),
    ]


def main(rounds: int = ROUNDS) -> list[str]:
    """Run it all, print and return the report."""
    timed_start("HEALTHY")  # compiles what is not compiled yet
    rows = [
        ("dfs-tui --help", 1000 * statistics.median(timed_help() for _ in range(rounds)), "120 ms"),
        ("spawn to first paint", 1000 * statistics.median(timed_start("Cluster") for _ in range(rounds)), "350 ms"),
        ("spawn to first whole picture", 1000 * statistics.median(timed_start("Events") for _ in range(rounds)), ""),
        (
            "spawn to first cluster data",
            1000 * statistics.median(timed_start("HEALTHY") for _ in range(rounds)),
            "800 ms",
        ),
        *asyncio.run(measured(rounds)),
    ]
    lines = [
        f"{name:<52} {value:8.1f} ms  {'target ' + target if target else ''}".rstrip() for name, value, target in rows
    ]
    cpu, output, memory = steady()
    lines.append(f"{'live, busy generated cluster: one core':<52} {cpu:8.1f} %   target 4 %")
    lines.append(f"{'live: output':<52} {output:8.1f} KiB/s  target 20 KiB/s")
    lines.append(f"{'live: memory, 1,200 keys':<52} {memory:8.1f} MiB  target 60 MiB")
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    lines.append(f"{'memory with 100,000 keys (this process, at most)':<52} {own:8.1f} MiB  target 110 MiB")
    print("\n".join(lines))
    return lines


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS)
