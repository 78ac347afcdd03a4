"""Starting node processes: the commands a person would type, run by this Python with this source.

A node gets a session of its own, so that neither Ctrl-C in our terminal nor our end reaches it. Its standard output is
a file that receives the one readiness line, so any later process can tell a node that is ready from one that starts.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

import dfs_core
from dfs_core.errors import NodeFailed
from dfs_core.limits import NODE_LOG_BYTES_MAX, NODE_START_TIMEOUT_S

READY_NAME = "ready.json"
LOG_NAME = "node.log"
DATA_NAME = "data"
OWN_NAMES = frozenset((DATA_NAME, READY_NAME, LOG_NAME, f"{LOG_NAME}.1"))  # all that is in a node's folder
_SOURCE = Path(dfs_core.__file__).parent.parent

# What names one node in the caller's environment must not name all of them.
_OF_ONE_NODE = ("DFS_DATA_DIR", "DFS_LISTEN", "DFS_ADVERTISE", "DFS_BOOTSTRAP", "DFS_NAME", "DFS_CONTROL")


class Ready(msgspec.Struct, frozen=True):
    """A node's readiness line."""

    event: str
    node_id: str
    listen: str
    control: str
    pid: int


class NodePlan(NamedTuple):
    """How one node is started. `folder` holds its data, its log and its readiness line."""

    name: str
    folder: Path
    listen: str
    bootstrap: Sequence[str] = ()

    @property
    def data_dir(self) -> Path:
        return self.folder / DATA_NAME


def command(*arguments: str) -> list[str]:
    """The `dfs-core` command line with this interpreter."""
    return [sys.executable, "-m", "dfs_core", *arguments]


def environment(name: str, extra: Mapping[str, str]) -> dict[str, str]:
    """Our environment, for a child called `name` that finds the same source."""
    kept = {key: value for key, value in os.environ.items() if key not in _OF_ONE_NODE}
    path = os.pathsep.join(filter(None, (str(_SOURCE), kept.get("PYTHONPATH"))))
    return {**kept, "PYTHONPATH": path, "PYTHONUNBUFFERED": "1", "DFS_NAME": name, "DFS_MDNS": "off", **extra}


def run(plan: NodePlan, arguments: Sequence[str], extra: Mapping[str, str], *, given: str = "") -> bytes:
    """Run a command that ends (init, join) for a node and return its output; `given` is its standard input. Blocks.

    NodeFailed with the last line it said on standard error, which also is in the node's log.
    """
    plan.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        done = subprocess.run(
            command(*arguments),
            input=given.encode(),
            capture_output=True,
            cwd=plan.folder,
            env=environment(plan.name, extra),
            timeout=NODE_START_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise NodeFailed(plan.name, f"'dfs-core {arguments[0]}' did not end in {NODE_START_TIMEOUT_S:.0f} s") from None
    with plan.folder.joinpath(LOG_NAME).open("ab") as log:
        log.write(done.stderr)
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines() or [f"ended with {done.returncode}"]
        raise NodeFailed(plan.name, said[-1].removeprefix("dfs-core: "))
    return done.stdout


def spawn(plan: NodePlan, extra: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start a node and return at once; it writes its readiness line to READY_NAME and the rest to LOG_NAME. Blocks."""
    arguments = ["node", "--data-dir", str(plan.data_dir), "--listen", plan.listen]
    for address in plan.bootstrap:
        arguments += ["--bootstrap", address]
    log = plan.folder / LOG_NAME
    if log.exists() and log.stat().st_size > NODE_LOG_BYTES_MAX:
        log.replace(log.with_suffix(".log.1"))
    with plan.folder.joinpath(READY_NAME).open("wb") as stdout, log.open("ab") as stderr:
        return subprocess.Popen(
            command(*arguments),
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            cwd=plan.folder,
            env=environment(plan.name, extra),
            start_new_session=True,
        )


def read_ready(folder: Path) -> Ready | None:
    """The readiness line of the node in `folder`, or None when it has not come (whole) yet."""
    try:
        text = folder.joinpath(READY_NAME).read_bytes()
    except FileNotFoundError:
        return None
    line, newline, _ = text.partition(b"\n")
    if not newline:
        return None
    try:
        return msgspec.json.decode(line, type=Ready)
    except msgspec.DecodeError:
        return None


def log_tail(folder: Path, lines: int) -> list[str]:
    """The last `lines` lines of a node's log, fewer when it is short; no more than 256 KiB are looked at."""
    try:
        with folder.joinpath(LOG_NAME).open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - 256 * 1024))
            text = file.read()
    except FileNotFoundError:
        return []
    return text.decode(errors="replace").splitlines()[-lines:] if lines > 0 else []
