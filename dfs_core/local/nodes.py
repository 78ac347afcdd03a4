"""The processes of a local cluster: starting one, waiting for it, ending it, and saying how it is.

A node's state is worked out from the system each time it is asked for: what was started and is gone has crashed.
Children of this process are reaped whenever states are asked for, so none stays a zombie. The methods that change
something must be called under the cluster's lock, and write down what they did.
"""

from __future__ import annotations

import asyncio
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from dfs_core.errors import NodeFailed
from dfs_core.limits import NODE_START_TIMEOUT_S, NODE_STOP_TIMEOUT_S
from dfs_core.local import launch, process, state
from dfs_core.local.ports import HOST, choose_port, is_free
from dfs_core.local.state import NodeRecord

_PORT_TRIES = 5  # each is another port that was free a moment ago

OnProgress = Callable[[str, str], None]  # a node's name and what is done with it: for people


class LocalNode(msgspec.Struct, frozen=True):
    """One node of a local cluster, now. `pid` is None unless its process runs.

    `node_id` and `control` are empty before its first start.
    """

    name: str
    node_id: str
    pid: int | None
    state: Literal["running", "stopped", "crashed", "starting"]
    listen: str
    control: str
    data_dir: str


class NodeProcesses:
    """The node processes of the cluster below `root`."""

    def __init__(self, root: Path, environment: Mapping[str, str]) -> None:
        self._root = root
        self._environment = dict(environment)
        self._children: dict[int, subprocess.Popen[bytes]] = {}

    def look(self, record: NodeRecord) -> LocalNode:
        """How the node is right now."""
        self._reap()
        alive = process.is_running(record.pid, record.mark)
        ready = record.ready or (alive and launch.read_ready(self.folder(record)) is not None)
        return LocalNode(
            name=record.name,
            node_id=record.node_id,
            pid=record.pid if alive else None,
            state="stopped" if not record.pid else "crashed" if not alive else "running" if ready else "starting",
            listen=f"{HOST}:{record.port}",
            control=record.control,
            data_dir=str(self.plan(record).data_dir),
        )

    def folder(self, record: NodeRecord) -> Path:
        """Where the node lives: its data, its log, its readiness line."""
        return Path(record.folder) if record.folder else self._root / record.name

    def plan(self, record: NodeRecord, bootstrap: Sequence[str] = ()) -> launch.NodePlan:
        """Where the node lives and listens."""
        return launch.NodePlan(record.name, self.folder(record), f"{HOST}:{record.port}", bootstrap)

    async def set_up(self, plan: launch.NodePlan, arguments: Sequence[str], *, given: str = "") -> bytes:
        """Run init or join and return its output. NodeFailed: what it left in the node's folder, a second run uses."""
        return await asyncio.to_thread(launch.run, plan, arguments, self._environment, given=given)

    async def start(self, record: NodeRecord, tell: OnProgress) -> None:
        """Start the node unless it runs, and return when it is ready. It dials those made or run before it."""
        for tries_left in reversed(range(_PORT_TRIES)):
            if not process.is_running(record.pid, record.mark):
                self._reap()
                record = await self._spawn(record, tell)
            if record.ready:
                return
            try:
                await self._wait_ready_line(record)
            except NodeFailed:
                # Between our look at the port and the node's listening on it, somebody else may have taken it.
                if not tries_left or process.is_running(record.pid, record.mark) or is_free(record.port):
                    raise
            else:
                tell(record.name, "ready")
                return

    async def _spawn(self, record: NodeRecord, tell: OnProgress) -> NodeRecord:
        known = state.load(self._root).nodes
        port = choose_port(record.port, {node.port for node in known if node.name != record.name})
        if port != record.port:
            tell(record.name, f"port {record.port} is taken, using {port}")
        record = msgspec.structs.replace(record, port=port, ready=False)
        # Written before anything waits: of two nodes started together with new ports, the one that chose last must read
        # the other's new one, or neither ever finds the other.
        self._write(record)
        tell(record.name, "starting")
        plan = self.plan(record, [f"{HOST}:{node.port}" for node in _to_dial(known, record.name)])
        try:
            child = await asyncio.to_thread(launch.spawn, plan, self._environment)
        except OSError as error:
            said = f"{plan.folder} cannot be used: {error.strerror or error}; is its disk there?"
            raise NodeFailed(record.name, said) from error
        self._children[child.pid] = child
        record = msgspec.structs.replace(record, pid=child.pid, mark=process.mark_of(child.pid) or "")
        self._write(record)
        return record

    async def _wait_ready_line(self, record: NodeRecord) -> None:
        folder = self.folder(record)

        def ready_line() -> launch.Ready | None:
            line = launch.read_ready(folder)
            if line is None and not process.is_running(record.pid, record.mark):
                self._reap()
                said = launch.log_tail(folder, 1) or ["it left no line in its log"]
                raise NodeFailed(record.name, f"ended while it was started: {said[0].removeprefix('dfs-core: ')}")
            return line

        try:
            async with asyncio.timeout(NODE_START_TIMEOUT_S):
                ready = await process.wait_until(ready_line)
        except TimeoutError:
            log = folder / launch.LOG_NAME
            raise NodeFailed(record.name, f"not ready after {NODE_START_TIMEOUT_S:.0f} s; see {log}") from None
        self._write(msgspec.structs.replace(record, node_id=ready.node_id, control=ready.control, ready=True))

    async def stop(self, record: NodeRecord, tell: OnProgress) -> None:
        """End the node in good order, after NODE_STOP_TIMEOUT_S by force. Its process is gone on return."""
        if process.send_signal(record.pid, record.mark, signal.SIGTERM):
            tell(record.name, "stopping")
            try:
                async with asyncio.timeout(NODE_STOP_TIMEOUT_S):
                    await self._wait_gone(record)
            except TimeoutError:
                tell(record.name, "does not stop, killing it")
                await self.kill(record)
        self._reap()
        self._write(msgspec.structs.replace(record, pid=0, mark="", ready=False))

    async def kill(self, record: NodeRecord) -> None:
        """SIGKILL. Its process is gone on return; it counts as crashed, for nothing is written down."""
        process.send_signal(record.pid, record.mark, signal.SIGKILL)
        await self._wait_gone(record)

    async def _wait_gone(self, record: NodeRecord) -> None:
        await process.wait_until(lambda: not process.is_running(record.pid, record.mark))
        self._reap()

    def _reap(self) -> None:
        """Take note of every child that has ended, whoever ended it."""
        for pid, child in list(self._children.items()):
            if child.poll() is not None:
                del self._children[pid]

    def _write(self, record: NodeRecord) -> None:
        state.save(self._root, state.load(self._root).with_node(record))


def _to_dial(known: Sequence[NodeRecord], name: str) -> list[NodeRecord]:
    """Every other node that may be there: those made before it, and later ones that have run."""
    names = [node.name for node in known]
    place = names.index(name) if name in names else len(names)
    return [node for at, node in enumerate(known) if at < place or (at > place and node.node_id)]
