"""How long the command line takes to answer: its version, its help, and `ls` on a running node; and what it imports.

The targets are 0.25 s for `--version` and 0.4 s for `ls` on an idle machine. `python -m bench.startup [ROUNDS]`.
"""

from __future__ import annotations

import asyncio
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from dfs_core.local import LocalCluster
from dfs_core.testing.command import Cli

ROUNDS = 20
TARGETS_S = {"--version": 0.25, "ls": 0.4}
BASE_PORT = 18_100
SLOWEST_IMPORTS = 12


def timed(cli: Cli, *words: str) -> float:
    """Seconds from starting the process to its end; it must end well."""
    started = time.perf_counter()
    cli.ok(*words)
    return time.perf_counter() - started


def imports(cli: Cli, *words: str) -> tuple[int, list[tuple[float, str]]]:
    """How many modules a verb imports, and the slowest by their own time (milliseconds)."""
    command = cli.command(*words)
    command[1:1] = ["-X", "importtime"]
    shown = subprocess.run(command, env=cli.environment, capture_output=True, text=True, check=True).stderr
    rows = [line.removeprefix("import time:").split("|") for line in shown.splitlines() if "|" in line]
    found = [(int(own) / 1000, name.strip()) for own, _, name in rows if own.strip().isdigit()]
    return len(found), sorted(found, reverse=True)[:SLOWEST_IMPORTS]


def report(cli: Cli, rounds: int) -> list[str]:
    """The lines of the report."""
    lines = [f"{'command':<22} {'median':>8} {'slowest':>8} {'target':>8} {'modules':>8}"]
    for words in (("--version",), ("--help",), ("ls",), ("ls", "--json"), ("status",)):
        times = [timed(cli, *words) for _ in range(rounds)]
        count, _ = imports(cli, *words)
        target = f"{TARGETS_S[words[0]]:.2f} s" if words[0] in TARGETS_S and len(words) == 1 else ""
        lines.append(
            f"{' '.join(words):<22} {statistics.median(times):6.3f} s {max(times):6.3f} s {target:>8} {count:8}"
        )
    bare = [timed_bare() for _ in range(rounds)]
    lines.append(f"{'python -c pass':<22} {statistics.median(bare):6.3f} s {max(bare):6.3f} s")
    lines.append("")
    lines.append("slowest imports of `ls` (their own time, measured with -X importtime, which slows them)")
    lines += [f"  {own_ms:6.1f} ms  {name}" for own_ms, name in imports(cli, "ls")[1]]
    return lines


def timed_bare() -> float:
    """What Python alone takes."""
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", "pass"], check=True)
    return time.perf_counter() - started


def main(rounds: int = ROUNDS) -> list[str]:
    """Run it all against one node of its own, print and return the report."""
    with tempfile.TemporaryDirectory(prefix="dfs-bench-") as folder:
        cluster = LocalCluster(Path(folder) / "local")
        try:
            asyncio.run(cluster.up(1, base_port=BASE_PORT))
            cli = Cli(Path(folder))
            for number in range(5):
                cli.ok("store", "-", "--key", f"key {number}", given=b"x")
            lines = report(cli, rounds)
        finally:
            asyncio.run(cluster.down())
    print("\n".join(lines))
    return lines


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS)
