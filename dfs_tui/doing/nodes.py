"""Local nodes: start, stop, restart, kill, remove, add; and the end of a node's own log."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from dfs_tui.doing.desk import Desk
from dfs_tui.messages import AddRequested
from dfs_tui.sources.base import SourceError
from dfs_tui.view import format as fmt
from dfs_tui.view.values import LayoutPreview, Level, NewNode, NodeProposal

LOG_LINES = 1000


@dataclass(frozen=True, slots=True)
class _Deed:
    act: Callable[[str], Awaitable[None]]
    done: str
    failed: str
    line: str


class NodeDeeds(Desk):
    """What this machine can do with its own nodes."""

    async def run_node(self, what: str, name: str) -> None:
        """Start, stop, restart, kill or remove a local node, or forget one that was never made."""
        deed = self._deeds(name)[what]
        begun = self.begin(deed.line)
        try:
            await deed.act(name)
        except SourceError as error:
            self.note(Level.ERROR, f"{deed.failed}: {error}")
            self.end(begun, str(error), failed=True)
        else:
            self.note(Level.INFO, deed.done)
            self.end(begun, deed.done)

    def _deeds(self, name: str) -> dict[str, _Deed]:
        source = self.source
        return {
            "start": _Deed(source.start_node, f"Started {name}", f"{name} did not start", f":node start {name}"),
            "stop": _Deed(source.stop_node, f"Stopped {name}", f"{name} did not stop", f":node stop {name}"),
            "restart": _Deed(
                source.restart_node, f"Restarted {name}", f"{name} was not restarted", f":node restart {name}"
            ),
            "kill": _Deed(
                source.kill_node, f"Killed {name}; S starts it again", f"{name} was not killed", f":node kill {name}"
            ),
            "remove": _Deed(
                source.remove_node, f"Removed {name} for ever", f"{name} was not removed", f":node remove {name}"
            ),
            "forget": _Deed(
                source.remove_node, f"Forgot {name}: it was never made", f"{name} is kept", f":node remove {name}"
            ),
        }

    async def freeze_node(self, name: str, pid: int, for_s: float) -> None:
        """Have a local node stand still for a while; it goes on when this is cancelled, too."""
        begun = self.begin(f"kill -STOP {pid}; sleep {for_s:.0f}; kill -CONT {pid}  # {name}")
        self.note(Level.WARNING, f"{name} stands still for {for_s:.0f} s (SIGSTOP)")
        try:
            await self.source.freeze_node(name, for_s)
        except asyncio.CancelledError:
            self.end(begun, f"{name} goes on, sooner than planned")
            raise
        except SourceError as error:
            self.note(Level.ERROR, f"{name} was not frozen: {error}")
            self.end(begun, str(error), failed=True)
        else:
            self.note(Level.INFO, f"{name} goes on")
            self.end(begun, f"{name} goes on")

    async def drain_node(self, node: str, name: str, *, undo: bool) -> None:
        """Move everything off a node, wherever it runs, or end that."""
        begun = self.begin(f":node {'undrain' if undo else 'drain'} {name}")
        done = f"{name} is a usual node again" if undo else f"{name} is draining: its chunks move to the others"
        try:
            await self.source.drain_node(node, undo=undo)
        except SourceError as error:
            self.note(Level.ERROR, f"{name} is not {'a usual node again' if undo else 'draining'}: {error}")
            self.end(begun, str(error), failed=True)
        else:
            self.note(Level.INFO, done)
            self.end(begun, done)

    async def preview_node(self, node: str, state: str) -> LayoutPreview | str:
        """What it would do if a node became joined, draining or removed; or why that is not known."""
        try:
            return await self.source.preview_node(node, state)
        except SourceError as error:
            return str(error)

    async def propose_node(self, new: NewNode) -> NodeProposal | str:
        """What adding such a node would do, and what keeps it from that; or why that cannot be said."""
        try:
            return await self.source.propose_node(new)
        except SourceError as error:
            return str(error)

    async def add_node(self, wanted: AddRequested) -> None:
        """Make, join and start one more local node; how far it is and why it failed is in its row."""
        begun = self.begin(wanted.line)
        self.note(Level.INFO, f"Adding {wanted.new.name or 'a node'} ...")
        try:
            name = await self.source.add_node(wanted.new)
        except SourceError as error:
            self.note(Level.ERROR, f"no node was added: {error}")
            self.end(begun, str(error), failed=True)
        else:
            self.note(Level.INFO, f"Added {name}")
            self.end(begun, name)

    async def bring_up(self, resting: Sequence[str], new: int) -> None:
        """Start what rests and add new nodes, one after the other; the first one that fails ends it."""
        begun = self.begin(f":up, {_counted(resting, new)}")
        self.note(Level.INFO, f"Bringing the cluster up: {_counted(resting, new)} ...")
        done: list[str] = []
        try:
            for name in resting:
                await self.source.start_node(name)
                done.append(name)
            for _ in range(new):
                done.append(await self.source.add_node(NewNode()))
                self.note(Level.INFO, f"Added {done[-1]}")
        except SourceError as error:
            said = f"{', '.join(done)} up, then: {error}" if done else str(error)
            self.note(Level.ERROR, f"not all nodes are up: {said}")
            self.end(begun, said, failed=True)
        else:
            said = f"{', '.join(done)} {'runs' if len(done) == 1 else 'run'} now"
            self.note(Level.INFO, said)
            self.end(begun, said)

    async def node_log(self, name: str) -> tuple[str, ...] | str:
        """The last lines of a node's own log; or why they cannot be read."""
        try:
            return await self.source.node_log(name, LOG_LINES)
        except SourceError as error:
            return str(error)


def _counted(resting: Sequence[str], new: int) -> str:
    parts = [f"start {', '.join(resting)}"] if resting else []
    parts += [f"add {fmt.plural(new, 'node')}"] if new else []
    return " and ".join(parts)
