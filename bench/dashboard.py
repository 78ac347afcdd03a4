"""How quick the dashboard is: to start, to answer a key, to show a hundred thousand keys, and how little it costs.

`python -m bench.dashboard [ROUNDS]`. The first part runs the real program in a pseudo-terminal: on three real nodes of
its own for what is started, idle and killed, on its generated cluster for what moves, so that no node's work counts.
The second drives the app in this process with 100,000 keys (`bench.answering`). Medians; targets are those of the
design for an idle machine, and each line says whether its target is met.
"""

from __future__ import annotations

import asyncio
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pexpect

from bench.answering import measured
from bench.figure import Figure
from dfs_core.local import LocalCluster
from dfs_core.testing.base_ports import draw_base_port

ROUNDS = 9
WATCH_S = 20.0
TICK = os.sysconf("SC_CLK_TCK")


def terminal(*arguments: str, home: str) -> pexpect.spawn[bytes]:
    """The real program in a terminal of 120 x 36, with its nodes and what it remembers under `home`."""
    environment = {
        **os.environ,
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "LC_ALL": "C.UTF-8",
        "DFS_HOME": home,
    }
    environment.pop("PYTHONDONTWRITEBYTECODE", "")  # an installed program is compiled
    environment.pop("NO_COLOR", "")
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


def on_generated_nodes(rounds: int) -> list[Figure]:
    """What the program costs while much moves, and how long a key takes through a terminal and back."""
    with tempfile.TemporaryDirectory() as home:
        found = steady("live, busy generated cluster", 4.0, "--demo", home=home)
        return [*found, *in_a_terminal(rounds, home)]


def in_a_terminal(rounds: int, home: str) -> list[Figure]:
    """What `bench.answering` measures inside the program, with all around it, also what reads the terminal here."""
    child = terminal("--demo", home=home)
    child.expect(b"HEALTHY")
    drain(child, 3.0)
    child.delaybeforesend = None  # by itself it waits 50 ms before it sends a key
    times: dict[str, list[float]] = {"4": [], "1": [], ":": []}
    for _ in range(rounds):
        for key, wanted in (("4", b"[4 Keys]"), ("1", b"[1 Cluster]"), (":", b"enter does it")):
            started = time.perf_counter()
            child.send(key)
            child.expect_exact(wanted)
            times[key].append(1000 * (time.perf_counter() - started))
            drain(child, 0.3)
        child.send("\x1b")
        drain(child, 0.5)
    child.close(force=True)
    views, bar = statistics.median(times["4"] + times["1"]), statistics.median(times[":"])
    return [
        Figure("view switch, through a terminal and back", views),
        Figure("command bar, through a terminal and back", bar),
    ]


def main(rounds: int = ROUNDS) -> list[str]:
    """Run it all; each line is printed as soon as it is known. Returns the report."""
    lines: list[str] = []
    for part in (
        lambda: on_real_nodes(rounds),
        lambda: on_generated_nodes(rounds),
        lambda: asyncio.run(measured(rounds)),
    ):
        fresh = [str(figure) for figure in part()]
        print("\n".join(fresh), flush=True)
        lines += fresh
    return lines


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS)
