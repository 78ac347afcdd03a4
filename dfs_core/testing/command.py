"""The command line for tests: `dfs-core` as a process of its own, with a home of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import dfs_core

_SOURCE = Path(dfs_core.__file__).parents[1]


class Cli:
    """Runs `dfs-core` with this interpreter and this source, untouched by the caller's DFS_ variables."""

    def __init__(self, home: Path, environment: Mapping[str, str] | None = None) -> None:
        """`home` becomes DFS_HOME, so that verbs find the cluster in `home`/local by themselves."""
        self.home = home
        kept = {name: value for name, value in os.environ.items() if not name.startswith("DFS_")}
        path = os.pathsep.join(filter(None, (str(_SOURCE), kept.get("PYTHONPATH"))))
        self.environment = {**kept, "DFS_HOME": str(home), "PYTHONPATH": path, **(environment or {})}

    def command(self, *arguments: str | os.PathLike[str], node: str = "") -> list[str]:
        """The command line; with `node`, its verb talks to that node of the local cluster."""
        words = [os.fspath(argument) for argument in arguments]
        if node:
            words[1:1] = ["--data-dir", str(self.home / "local" / node / "data")]
        return [sys.executable, "-m", "dfs_core", *words]

    def run(
        self,
        *arguments: str | os.PathLike[str],
        node: str = "",
        given: bytes = b"",
        cwd: Path | None = None,
        timeout_s: float = 60,
    ) -> subprocess.CompletedProcess[bytes]:
        """Run to the end and return what it printed; the exit code is for the test to judge."""
        return subprocess.run(
            self.command(*arguments, node=node),
            input=given,
            capture_output=True,
            env=self.environment,
            cwd=cwd,
            timeout=timeout_s,
            check=False,
        )

    def ok(
        self, *arguments: str | os.PathLike[str], node: str = "", given: bytes = b"", cwd: Path | None = None
    ) -> bytes:
        """Run to an end that must be good; its standard output."""
        done = self.run(*arguments, node=node, given=given, cwd=cwd)
        assert done.returncode == 0, f"{arguments}: {done.returncode}: {done.stderr.decode()}"
        return done.stdout

    def start(self, *arguments: str | os.PathLike[str], node: str = "") -> subprocess.Popen[bytes]:
        """Start it and return at once, with all three streams as pipes."""
        return subprocess.Popen(
            self.command(*arguments, node=node),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self.environment,
        )
