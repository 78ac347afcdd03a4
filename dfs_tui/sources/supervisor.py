"""The local cluster: brings it up, looks after its processes, and remembers which of them this dashboard started.

It drives `dfs_core.local` and adds what only the one who acts can know: that a node is being started or stopped right
now, at which step, that one which is gone was killed on purpose, and why one that was wished for could not be made.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from dfs_core.client import DfsError
from dfs_core.local import LocalCluster, NodeWish, local_root
from dfs_core.local import LocalNode as CoreNode
from dfs_core.local.wish import free_bytes
from dfs_tui.sources.base import SourceError
from dfs_tui.view.values import LocalNode, NewNode, NodeProposal, ProcessState

R = TypeVar("R")

JOINED = "joined"
ACTION_S = 180.0  # starting and stopping have deadlines of their own inside; this one is for what nobody foresaw

_STATES = {
    "running": ProcessState.RUNNING,
    "starting": ProcessState.STARTING,
    "stopped": ProcessState.STOPPED,
    "crashed": ProcessState.FAILED,
}


class Supervisor:
    """One local cluster. `changed` is called when `look` would say something else than before."""

    def __init__(self, cluster: LocalCluster, changed: Callable[[], None]) -> None:
        self._cluster = cluster
        self._changed = changed
        self._steps: dict[str, str] = {}  # what is being done to a node that is not ready yet, in words
        self._stopping: set[str] = set()
        self._killing: set[str] = set()
        self._killed: set[str] = set()
        self._started: set[str] = set()
        self._failed: dict[str, tuple[NewNode, str]] = {}  # what was to be made, and why it was not
        self._running: tuple[str, ...] = ()

    @property
    def started_here(self) -> tuple[str, ...]:
        """Nodes that run now and were started by this dashboard, as far as the last look knows."""
        return tuple(name for name in self._running if name in self._started)

    async def look(self) -> tuple[LocalNode, ...]:
        """All nodes now, those included that are only being made. SourceError: the cluster's folder cannot be read."""
        known = await self._within(asyncio.to_thread(self._cluster.nodes))
        self._running = tuple(node.name for node in known if node.state in ("running", "starting"))
        made = {node.name for node in known}
        new = [
            LocalNode(name, "", ProcessState.STARTING, error=step)
            for name, step in sorted(self._steps.items())
            if name not in made
        ]
        failed = [
            LocalNode(name, "", ProcessState.FAILED, error=why, wish=wish)
            for name, (wish, why) in sorted(self._failed.items())
            if name not in made and name not in self._steps
        ]
        return (*(self._node(node) for node in known), *new, *failed)

    def _node(self, node: CoreNode) -> LocalNode:
        state = _STATES[node.state]
        error = self._steps.get(node.name, "") if state is ProcessState.STARTING else ""
        if node.name in self._killing:
            state = ProcessState.KILLED  # any moment now
        elif node.name in self._stopping and state is ProcessState.RUNNING:
            state = ProcessState.STOPPING
        elif state is ProcessState.FAILED:
            if node.name in self._killed:
                state = ProcessState.KILLED
            else:
                _, error = self._failed.get(node.name, (None, "ended by itself; 6 and its log say why"))
            if node.name in self._steps:
                state, error = ProcessState.STARTING, self._steps[node.name]
        elif state is ProcessState.STOPPED and node.name in self._steps:
            state, error = ProcessState.STARTING, self._steps[node.name]
        return LocalNode(node.name, node.node_id, state, node.pid or 0, node.listen, error, node.control)

    # -- acting

    async def bring_up(self, nodes: int, base_port: int | None = None) -> None:
        """Make and start nodes until `nodes` run and all that were made do. SourceError names the one that did not."""
        await self._act(self._cluster.up(nodes, self._step, base_port=base_port))

    async def start(self, name: str) -> None:
        """Start one node; it is ready on return."""
        self._step(name, "starting")
        await self._act(self._cluster.start(name, self._step))

    async def propose(self, new: NewNode) -> NodeProposal:
        """What `add` would make of it now, and what keeps it from that."""
        wish = _wish(new)
        filled = await self._within(asyncio.to_thread(self._cluster.fill, wish))
        found = await self._within(self._cluster.check(wish))
        chosen = replace(new, name=filled.name, folder=filled.folder, port=filled.port)
        free = await asyncio.to_thread(free_bytes, Path(filled.folder))
        root = "" if self._cluster.root == local_root() else str(self._cluster.root)
        return NodeProposal(chosen, found, free, root)

    async def add(self, new: NewNode) -> str:
        """One more node, made, joined and started; its name. One that fails is among what `look` tells of."""
        self._failed.pop(new.replaces, None)
        wish = await self._within(asyncio.to_thread(self._cluster.fill, _wish(new)))
        known = {node.name for node in await self._within(asyncio.to_thread(self._cluster.nodes))}
        try:
            return (await self._act(self._cluster.add(self._step, wish))).name
        except SourceError as error:
            if wish.name not in known:
                why = str(error).removeprefix(f"{wish.name}: ")
                # Without the invitation: what is told may be recorded, and it can perhaps still be used.
                self._failed[wish.name] = (replace(new, invitation="", replaces=wish.name), why)
                self._changed()
            raise

    async def stop(self, name: str) -> None:
        """Stop one node cleanly."""
        self._stopping.add(name)
        self._changed()
        try:
            await self._act(self._cluster.stop(name))
        finally:
            self._stopping.discard(name)
        self._started.discard(name)

    async def kill(self, name: str) -> None:
        """SIGKILL."""
        self._killing.add(name)
        self._changed()
        try:
            await self._act(self._cluster.kill(name))
            self._killed.add(name)
        finally:
            self._killing.discard(name)
        self._started.discard(name)

    async def freeze(self, name: str, seconds: float) -> None:
        """SIGSTOP, and SIGCONT after so long at the latest."""
        await self._within(self._cluster.freeze(name, seconds))

    async def restart(self, name: str) -> None:
        """Stop one node if it runs, and start it; it is ready on return."""
        self._step(name, "restarting")
        await self._act(self._cluster.restart(name, self._step))

    async def remove(self, name: str, *, force: bool = False) -> None:
        """Off the member list for ever, its process ended, its folder deleted; what was never made is forgotten."""
        known = await self._within(asyncio.to_thread(self._cluster.nodes))
        if self._failed.pop(name, None) is not None and all(node.name != name for node in known):
            self._changed()
            return
        self._stopping.add(name)
        self._changed()
        try:
            await self._act(self._cluster.remove(name, force=force))
        finally:
            self._stopping.discard(name)
        self._started.discard(name)

    async def log(self, name: str, lines: int) -> tuple[str, ...]:
        """The last lines of a node's own log."""
        return tuple(await self._within(asyncio.to_thread(self._cluster.log_tail, name, lines)))

    async def stop_started(self) -> None:
        """Stop what this dashboard started, one after the other: the log stays decidable for as long as it can."""
        for name in self.started_here:
            await self.stop(name)

    def _step(self, name: str, step: str) -> None:
        """`LocalCluster` tells what it does; called from its tasks. Who joined is shown with what follows that."""
        self._failed.pop(name, None)
        if step == "ready":
            self._steps.pop(name, None)
            self._started.add(name)
        else:
            self._killed.discard(name)
            has_joined = self._steps.get(name, "").startswith(JOINED)
            self._steps[name] = f"{JOINED}, {step}" if has_joined and step != JOINED else step
        self._changed()

    async def _act(self, action: Awaitable[R]) -> R:
        try:
            return await self._within(action)
        finally:
            self._steps.clear()
            self._changed()

    @staticmethod
    async def _within(action: Awaitable[R]) -> R:
        try:
            async with asyncio.timeout(ACTION_S):
                return await action
        except DfsError as error:
            raise SourceError(str(error)) from error
        except OSError as error:
            raise SourceError(f"{error.filename or 'the local cluster'}: {error.strerror or error}") from error
        except TimeoutError:
            raise SourceError(f"not done after {ACTION_S:.0f} s") from None


def _wish(new: NewNode) -> NodeWish:
    return NodeWish(new.name, new.folder, new.port, new.capacity_bytes, new.invitation)
