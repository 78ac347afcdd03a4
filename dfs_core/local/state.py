"""What is written down about a local cluster, so that another process can go on with it.

One JSON document below the cluster's folder, replaced whole; whoever changes it holds the folder's lock. It records
what was started, never what is running: that is asked of the system each time.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import re
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec

from dfs_core.errors import ConfigError, StoreError
from dfs_core.local.process import wait_until

STATE_NAME = "cluster.json"
LOCK_NAME = "lock"
FORMAT = 1
_NUMBERED = re.compile(r"[nN]([0-9]{1,3})")  # a larger one was not counted up to, so it is a name like any other


class NodeRecord(msgspec.Struct, frozen=True):
    """One node as it was last started. `pid` 0: it was stopped on purpose; `mark` tells its process (`process`).

    `folder` is empty for a node that lives below the cluster's own folder, under its name.
    """

    name: str
    port: int
    node_id: str = ""
    control: str = ""
    pid: int = 0
    mark: str = ""
    ready: bool = False
    folder: str = ""


class ClusterRecord(msgspec.Struct, frozen=True):
    """All nodes, in the order in which they were made; `made` is how many ever were, so that no name returns."""

    format: int = FORMAT
    made: int = 0
    nodes: tuple[NodeRecord, ...] = ()

    def find(self, name: str) -> NodeRecord | None:
        return next((node for node in self.nodes if node.name == name), None)

    def with_node(self, node: NodeRecord) -> ClusterRecord:
        """The same with this node's record replaced, or added at the end."""
        if self.find(node.name) is None:
            return msgspec.structs.replace(self, nodes=(*self.nodes, node))
        nodes = tuple(node if other.name == node.name else other for other in self.nodes)
        return msgspec.structs.replace(self, nodes=nodes)

    def with_made(self, node: NodeRecord) -> ClusterRecord:
        """The same with one more node; a number in its name is taken for ever."""
        number = _NUMBERED.fullmatch(node.name)
        return msgspec.structs.replace(self, made=max(self.made, int(number[1]) if number else 0)).with_node(node)

    def without(self, name: str) -> ClusterRecord:
        return msgspec.structs.replace(self, nodes=tuple(node for node in self.nodes if node.name != name))


def load(root: Path) -> ClusterRecord:
    """What is recorded, or an empty cluster. ConfigError when the document is damaged or of a newer format."""
    path = root / STATE_NAME
    try:
        record = msgspec.json.decode(path.read_bytes(), type=ClusterRecord)
    except FileNotFoundError:
        return ClusterRecord()
    except (OSError, msgspec.DecodeError) as error:
        raise ConfigError(f"{path}: {error}; move it away to begin anew, the nodes' own folders stay") from error
    if record.format > FORMAT:
        raise ConfigError(f"{path}: written by a newer version (format {record.format})")
    return record


def save(root: Path, record: ClusterRecord) -> None:
    """Replace the document. A crash leaves the old one or the new one."""
    temporary = root / f".{STATE_NAME}.new"
    temporary.write_bytes(msgspec.json.format(msgspec.json.encode(record)) + b"\n")
    temporary.replace(root / STATE_NAME)


@contextlib.asynccontextmanager
async def locked(root: Path, *, timeout_s: float) -> AsyncIterator[None]:
    """Hold the cluster's folder alone, over all processes; made when missing. StoreError when another one keeps it."""
    descriptor = _open_lock(root)
    try:
        try:
            async with asyncio.timeout(timeout_s):
                await wait_until(lambda: _try_lock(descriptor))
        except TimeoutError:
            raise StoreError(f"another 'dfs-core local' is working on {root}; wait for it to end") from None
        yield
    finally:
        os.close(descriptor)


def _open_lock(root: Path) -> int:
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    return os.open(root / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
