"""LocalCluster: real node processes on this machine, under one folder.

    ROOT/cluster.json   what was started (`state`)        ROOT/lock   held while something is changed
    ROOT/recovery-sheet.txt   the cluster's, from its founding
    ROOT/n1/   data/ (the node's own), node.log, ready.json      ROOT/n2/ ...      or where it was wished to be

The nodes outlive whoever started them: the command line, the dashboard and tests all work on the same cluster, one
change at a time. How one node is started, watched and ended is `nodes.py`'s business.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator, Awaitable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import msgspec

from dfs_core.client import Client, DfsError, InvalidInput, NodeNotRunning
from dfs_core.errors import NodeFailed
from dfs_core.limits import LOCAL_LOCK_TIMEOUT_S, NODE_START_TIMEOUT_S
from dfs_core.local import freezing, launch, state
from dfs_core.local.nodes import LocalNode, NodeProcesses, OnProgress
from dfs_core.local.places import local_root
from dfs_core.local.ports import wished_port
from dfs_core.local.process import POLL_S
from dfs_core.local.state import NodeRecord
from dfs_core.local.wish import NodeWish, filled, record_of, refuse, troubles
from dfs_core.store.folder import MARKER_NAME

Result = TypeVar("Result")

SHEET_NAME = "recovery-sheet.txt"
NODES_DEFAULT = 3
OUT_AFTER = "15s"  # who tries it out by killing a node wants to see it heal


class LocalCluster:
    """The cluster below `root`. Any number of these, in any processes, may work on one cluster at once."""

    def __init__(self, root: Path | str | None = None, *, environment: Mapping[str, str] | None = None) -> None:
        """`root` None: the user's own (`places.local_root`). `environment` is added to each node's."""
        self.root = Path(root).absolute() if root is not None else local_root()
        self._processes = NodeProcesses(self.root, environment or {})
        self._working = asyncio.Lock()

    # -- looking

    def nodes(self) -> list[LocalNode]:
        """Every node in the order in which they were made. Reads a few small files."""
        return [self._processes.look(record) for record in state.load(self.root).nodes]

    def node(self, name: str) -> LocalNode:
        """The node called `name`. InvalidInput when there is none."""
        return self._processes.look(self._record(name))

    def log_tail(self, name: str, lines: int = 50) -> list[str]:
        """The last lines of a node's log."""
        return launch.log_tail(self._processes.folder(self._record(name)), lines)

    def _record(self, name: str) -> NodeRecord:
        known = state.load(self.root)
        record = known.find(name)
        if record is None:
            names = ", ".join(node.name for node in known.nodes) or "none; 'dfs-core local up' makes them"
            raise InvalidInput(f"no node is called {name!r} here; there is {names}")
        return record

    # -- the whole cluster

    async def up(
        self, nodes: int = NODES_DEFAULT, on_progress: OnProgress | None = None, *, base_port: int | None = None
    ) -> list[LocalNode]:
        """Make and start nodes until at least `nodes` run and every one that was made does; return them connected.

        A second call does what is left to do. NodeFailed: one did not start; the others run.
        """
        if nodes < 1:
            raise InvalidInput(f"a cluster has at least one node, not {nodes}")
        tell = on_progress or _silence
        async with self._change():
            record = state.load(self.root)
            if not record.nodes:
                await self._found(self._wishes(1, base_port, tell)[0], tell)
                record = state.load(self.root)
            await _all(self._processes.start(node, tell) for node in record.nodes)
            await self._grow(self._wishes(nodes - len(record.nodes), base_port, tell), tell)
        await self.wait_ready()
        return self.nodes()

    async def add(self, on_progress: OnProgress | None = None, wish: NodeWish | None = None) -> LocalNode:
        """One more node, as it is wished. Returned: it is ready, and connected to the others that run.

        InvalidInput: the wish cannot be met, nothing was done. NodeNotRunning: no node runs that could invite it.
        NodeFailed: it did not join, or did not start; then it is one of `nodes()`.
        """
        tell = on_progress or _silence
        async with self._change():
            wish = self.fill(wish)
            refuse(await self.check(wish))
            if not state.load(self.root).nodes:
                await self._found(wish, tell)
                await self._processes.start(self._record(wish.name), tell)
            else:
                await self._grow([wish], tell)
        await self.wait_ready()
        return self.node(wish.name)

    def fill(self, wish: NodeWish | None = None) -> NodeWish:
        """The wish with what it leaves open chosen as `add` would now."""
        return filled(wish or NodeWish(), self.root, state.load(self.root))

    async def check(self, wish: NodeWish) -> dict[str, str]:
        """What keeps `add` from making such a node, by field of the wish, a line each. Nothing is changed."""
        known = state.load(self.root)
        found = await asyncio.to_thread(troubles, filled(wish, self.root, known), self.root, known)
        if wish.invitation and "invitation" not in found and not await self._is_ours(wish.invitation):
            found["invitation"] = "it is for another cluster; 'dfs-core join LINE --start' joins that one"
        return found

    async def _is_ours(self, line: str) -> bool:
        from dfs_core.crypto.invitation import Invitation  # here: most nodes are invited by the cluster itself

        async with await self._client() as client:
            return str(Invitation.parse(line).inviter) in {peer.node for peer in await client.peers()}

    async def down(self, on_progress: OnProgress | None = None) -> None:
        """Stop every node. Returned: no process of the cluster is left; its data is."""
        tell = on_progress or _silence
        if not self.root.exists():
            return
        async with self._change():
            await _all(self._processes.stop(node, tell) for node in state.load(self.root).nodes)

    async def wait_ready(self, *, timeout_s: float = NODE_START_TIMEOUT_S) -> None:
        """Return once every running node has links to all others, a leader, and all voters it will have. NodeFailed."""
        waiting = await self._who_waits()
        try:
            async with asyncio.timeout(timeout_s):
                while waiting is not None:
                    await asyncio.sleep(POLL_S)
                    waiting = await self._who_waits()
        except TimeoutError:
            assert waiting is not None
            raise NodeFailed(waiting.node, f"not connected after {timeout_s:.0f} s: {waiting.reason}") from None

    async def _who_waits(self) -> NodeFailed | None:
        """What keeps a node from being connected yet, or None when all are."""
        running = [node for node in self.nodes() if node.state == "running"]
        ids = {node.node_id: node.name for node in running}
        for node in running:
            try:
                async with await Client.connect(node.control) as client:
                    status = await client.status()
            except DfsError as error:
                return NodeFailed(node.name, str(error))
            linked = {peer.node for peer in status.peers if peer.liveness in ("self", "up")}
            missing = [name for other, name in ids.items() if other not in linked]
            if missing:
                return NodeFailed(node.name, f"no link to {', '.join(missing)}")
            if not status.leader:
                return NodeFailed(node.name, "no leader is known")
            if len(status.voters) < _voters_due(len(ids)):  # before that, one lost node could stop the cluster
                return NodeFailed(node.name, f"{len(status.voters)} of {_voters_due(len(ids))} nodes vote yet")
        return None

    # -- one node

    async def start(self, name: str, on_progress: OnProgress | None = None) -> LocalNode:
        """Start a node that does not run, on its port or the next free one. Returned: it is ready."""
        async with self._change():
            await self._processes.start(self._record(name), on_progress or _silence)
        return self.node(name)

    async def stop(self, name: str) -> LocalNode:
        """End a node in good order; after NODE_STOP_TIMEOUT_S by force. Returned: its process is gone."""
        async with self._change():
            await self._processes.stop(self._record(name), _silence)
        return self.node(name)

    async def kill(self, name: str) -> LocalNode:
        """End a node as a power cut would (SIGKILL). Returned: its process is gone, and it counts as crashed."""
        async with self._change():
            await self._processes.kill(self._record(name))
        return self.node(name)

    async def freeze(self, name: str, seconds: float) -> None:
        """Have a node stand still for so long, as a machine that hangs (SIGSTOP); it goes on when this is cancelled.

        NodeFailed: it does not run.
        """
        record = self._record(name)
        if not await freezing.freeze(record.pid, record.mark, seconds):
            raise NodeFailed(name, "it does not run")

    async def restart(self, name: str, on_progress: OnProgress | None = None) -> LocalNode:
        """Stop it if it runs, and start it."""
        async with self._change():
            await self._processes.stop(self._record(name), _silence)
            await self._processes.start(self._record(name), on_progress or _silence)
        return self.node(name)

    async def remove(self, name: str, *, force: bool = False) -> None:
        """Take a node off the cluster's member list, stop it and delete its folder. There is no way back.

        Refused (without `force`): it holds the last copies of something. NodeNotRunning: no other node runs.
        """
        async with self._change():
            record = self._record(name)
            async with await self._client(besides=name) as client:
                await client.remove_member(record.node_id, force)
            await self._processes.stop(record, _silence)
            state.save(self.root, state.load(self.root).without(name))
            await asyncio.to_thread(_delete, self._processes.folder(record), given=bool(record.folder))

    # -- how

    @contextlib.asynccontextmanager
    async def _change(self) -> AsyncIterator[None]:
        async with self._working, state.locked(self.root, timeout_s=LOCAL_LOCK_TIMEOUT_S):
            yield

    def _wishes(self, count: int, base_port: int | None, tell: OnProgress) -> list[NodeWish]:
        """Names, folders and ports for `count` more nodes; names never come back."""
        known = state.load(self.root)
        made = []
        for _ in range(count):
            wish = filled(NodeWish(), self.root, known, base_port)
            if wish.port != (wished := wished_port(known.made, base_port)):
                tell(wish.name, f"port {wished} is taken, using {wish.port}")
            known = known.with_made(record_of(wish, self.root))
            made.append(wish)
        return made

    def _keep(self, record: NodeRecord) -> None:
        state.save(self.root, state.load(self.root).with_made(record))

    async def _found(self, wish: NodeWish, tell: OnProgress) -> None:
        record = record_of(wish, self.root)
        tell(record.name, "founding the cluster")
        output = await self._set_up(record, wish, ["init", "--out-after", OUT_AFTER])
        sheet = self.root / SHEET_NAME
        sheet.touch(mode=0o600)
        sheet.write_text(msgspec.json.decode(output, type=dict[str, str])["recovery_sheet"])
        self._keep(record)

    async def _grow(self, wishes: Sequence[NodeWish], tell: OnProgress) -> None:
        if not wishes:
            return
        async with await self._client() as client:
            lines = [wish.invitation or (await client.invite()).line for wish in wishes]
        joined = await _all(self._join(wish, line, tell) for wish, line in zip(wishes, lines, strict=True))
        for record in joined:  # in their order, and before any starts: each dials those before it
            self._keep(record)
        await _all(self._processes.start(record, tell) for record in joined)

    async def _join(self, wish: NodeWish, line: str, tell: OnProgress) -> NodeRecord:
        record = record_of(wish, self.root)
        tell(record.name, "joining")
        if not (self._processes.plan(record).data_dir / MARKER_NAME).exists():  # else it was cut off after that
            # On standard input: an invitation on the command line could be read by every user of this machine.
            await self._set_up(record, wish, ["join", "-"], given=line)
        tell(record.name, "joined")
        return record

    async def _set_up(self, record: NodeRecord, wish: NodeWish, verb: Sequence[str], *, given: str = "") -> bytes:
        plan = self._processes.plan(record)
        offered = ["--capacity", str(wish.capacity)] if wish.capacity else []
        arguments = [*verb, "--data-dir", str(plan.data_dir), "--listen", plan.listen, *offered, "--json"]
        return await self._processes.set_up(plan, arguments, given=given)

    async def _client(self, *, besides: str = "") -> Client:
        """A client of the first node that runs."""
        for node in self.nodes():
            if node.state == "running" and node.name != besides:
                return await Client.connect(node.control)
        raise NodeNotRunning(f"{self.root} (none of its nodes)")


async def _all(tasks: Iterable[Awaitable[Result]]) -> list[Result]:
    """Run them at once and to their ends; then raise the first failure, if any."""
    results = await asyncio.gather(*tasks, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return [result for result in results if not isinstance(result, BaseException)]


def _voters_due(running: int) -> int:
    """How many of so many full nodes come to vote: an odd number up to five, but both of two."""
    return running if running <= 2 else min(5, running - 1 + running % 2)


def _delete(folder: Path, *, given: bool) -> None:
    """A node's folder; of one that somebody gave, only what a node made in it."""
    if not given:
        shutil.rmtree(folder)
        return
    for name in launch.OWN_NAMES:
        path = folder / name
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    with contextlib.suppress(OSError):  # there is something else in it, which stays
        folder.rmdir()


def _silence(name: str, step: str) -> None:
    """Nobody wants to know."""
