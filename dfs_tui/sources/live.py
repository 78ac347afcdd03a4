"""LiveSource: a real cluster, through one link a node that can be reached from here.

Two ways to get at it: the local cluster (its processes are this dashboard's to start and stop, every running node gets
a link), or one running node named by its control socket (attached: one link, no processes). Events of all links go the
same way; keys are listed through any one of them, since all nodes tell the same story, and listed again when events
were missed. Copies are counted by the nodes on request only, so they are asked for when something that may change them
happened, and for small clusters now and then.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from pathlib import Path
from typing import TypeVar

from dfs_core.client import Client, DfsError, MemberChange
from dfs_core.local import LocalCluster
from dfs_core.local.places import operator_dir
from dfs_tui.sources import translate
from dfs_tui.sources.base import Clock, Emit, SourceError
from dfs_tui.sources.carrying import Carrying
from dfs_tui.sources.drains import DrainWatch
from dfs_tui.sources.glimpses import Glimpses
from dfs_tui.sources.link import DIAL_S, NodeLink
from dfs_tui.sources.own_nodes import OwnNodes
from dfs_tui.sources.steering import Steering
from dfs_tui.sources.supervisor import Supervisor
from dfs_tui.view.events import (
    KeysListed,
    KeysRestarted,
    LocalNodesListed,
    Noted,
    SourceEvent,
    SourceFailed,
    SourceOpened,
)
from dfs_tui.view.values import KeyFacts, LayoutPreview, Level, LocalNode, ProcessState, Verified, Version

R = TypeVar("R")

LOOK_S = 0.5  # between two looks at the local processes
QUIET_LOOK_S = 2.0  # while all run and a node is there to tell when that changes
PAGE = 1000
COUNT_PAUSE_S = 1.0  # after a change, before copies are counted: changes come in bursts
COUNT_AGAIN_S = 20.0
COUNTED_KEYS_MAX = 5000  # copies of more keys than these are not counted unasked
CALL_S = 30.0
MAPPED_CHUNKS_MAX = 4096  # chunks of one file that are asked for one by one; more do not fit the map anyway
REPAIR_LIMIT = "repair_bytes_s"  # the setting
NODE_ID_LENGTH = 64


class LiveSource(Carrying, Steering, OwnNodes):
    """A real cluster; made by `local_source` or `attached_source`."""

    def __init__(
        self,
        clock: Clock,
        *,
        cluster: LocalCluster | None = None,
        nodes: int = 3,
        base_port: int | None = None,
        control: str = "",
        label: str = "",
        dial: Callable[[], Awaitable[Client]] | None = None,
        start: bool = True,
    ) -> None:
        """`nodes` and `base_port` are for a local cluster that is still to be made; see `LocalCluster.up`.

        `dial` reaches a node that is elsewhere. Without `start`, local nodes are looked at as they are.
        """
        self._clock = clock
        self._label = label
        self._nodes_wanted = nodes
        self._base_port = base_port
        self._control = control
        self._dial = dial
        self._start = start
        self._emit: Emit = lambda _: None
        self._glimpses = Glimpses(clock)
        self._look_now = asyncio.Event()
        self._supervisor = Supervisor(cluster, self._look_now.set) if cluster is not None else None
        self._links: dict[str, NodeLink] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._names: dict[str, str] = {}  # names of nodes, by the beginning of their ids as nodes write it
        self._list_keys = asyncio.Event()
        self._listed_with: Client | None = None  # it tells of every change of what was listed
        self._count_copies = asyncio.Event()
        self._drains = DrainWatch(lambda: self._ask(self._client().layout()), clock, self._named)

    # -- telling

    async def watch(self, emit: Emit) -> None:
        self._emit = emit
        attached = self._label if self._supervisor is None else ""
        emit(SourceOpened(self._label, self._supervisor is not None and self._start, attached=attached))
        async with asyncio.TaskGroup() as group:
            group.create_task(self._keep_listing(), name="keys")
            group.create_task(self._keep_counting(), name="copies")
            group.create_task(self._drains.run(emit), name="drains")
            if self._supervisor is None:
                self._open_link(group, "node", self._control)
                return
            if self._start:
                group.create_task(self._bring_up(self._supervisor), name="up")
            await self._look_after(group, self._supervisor)

    async def _bring_up(self, supervisor: Supervisor) -> None:
        try:
            await supervisor.bring_up(self._nodes_wanted, self._base_port)
        except SourceError as error:
            self._emit(Noted(Level.ERROR, f"The local cluster is not complete: {error}"))
            if not self._links:
                self._emit(SourceFailed(str(error)))

    async def _look_after(self, group: asyncio.TaskGroup, supervisor: Supervisor) -> None:
        before: tuple[LocalNode, ...] = ()
        trouble = ""
        while True:
            self._look_now.clear()
            try:
                nodes = await supervisor.look()
            except SourceError as error:
                if str(error) != trouble:
                    trouble = str(error)
                    self._emit(Noted(Level.ERROR, trouble))
            else:
                trouble = ""
                if nodes != before:
                    before = nodes
                    self._emit(LocalNodesListed(nodes))
                self._adjust_links(group, nodes)
            try:
                async with asyncio.timeout(QUIET_LOOK_S if self._is_quiet(before) else LOOK_S):
                    await self._look_now.wait()
            except TimeoutError:
                continue

    def _is_quiet(self, nodes: Sequence[LocalNode]) -> bool:
        """A node that ends is missed by its link at once, and one that is started elsewhere is met by its peers."""
        return bool(self._clients()) and all(node.state is ProcessState.RUNNING for node in nodes)

    def _adjust_links(self, group: asyncio.TaskGroup, nodes: Sequence[LocalNode]) -> None:
        self._names |= {node.node[:12]: node.name for node in nodes if node.node}
        wanted = {node.name: node.control for node in nodes if node.state is ProcessState.RUNNING and node.control}
        for name, control in wanted.items():
            if name not in self._links or self._links[name].control != control:
                self._close_link(name)
                self._open_link(group, name, control)
        for name in [name for name in self._links if name not in wanted]:
            self._close_link(name)

    def _open_link(self, group: asyncio.TaskGroup, name: str, control: str) -> None:
        link = NodeLink(
            name,
            control,
            emit=self._heard,
            clock=self._clock,
            keys_moved=self._count_copies.set,
            nodes_moved=self._nodes_moved,
            named=self._named,
            dial=self._dial,
        )
        self._links[name] = link
        self._tasks[name] = group.create_task(link.run(), name=f"link {name}")

    def _heard(self, event: SourceEvent) -> None:
        self._drains.heard(event)
        if not self._glimpses.hide(event):
            self._emit(event)

    def _close_link(self, name: str) -> None:
        if name in self._links:
            del self._links[name]
            self._tasks.pop(name).cancel()

    def _nodes_moved(self) -> None:
        self._count_copies.set()
        self._list_keys.set()
        self._look_now.set()

    def _named(self, text: str) -> str:
        for start, name in self._names.items():
            text = text.replace(start, name)
        return text

    # -- keys

    def _clients(self) -> list[Client]:
        return [link.client for link in self._links.values() if link.client is not None]

    def _client(self, link: str = "") -> Client:
        """Any one, or the one behind this link."""
        if link:
            there = self._links.get(link)
            if there is None or there.client is None:
                raise SourceError(f"{link} does not answer")
            return there.client
        clients = self._clients()
        if not clients:
            raise SourceError("no node answers; start one, then try again", everything=True)
        return clients[0]

    async def _keep_listing(self) -> None:
        """List all keys when a link comes up and nobody was there to tell of changes before."""
        while True:
            await self._list_keys.wait()
            self._list_keys.clear()
            clients = self._clients()
            if not clients:
                self._listed_with = None
                continue
            if self._listed_with in clients:
                continue
            self._listed_with = clients[0]
            try:
                await self._list(clients[0])
            except SourceError as error:
                self._listed_with = None
                self._emit(Noted(Level.WARNING, f"Keys could not be listed: {error}"))
                await self._clock.sleep(COUNT_PAUSE_S)
                self._list_keys.set()

    async def _list(self, client: Client) -> None:
        self._emit(KeysRestarted())
        after = ""
        while True:
            page = await self._ask(client.page_keys(after=after, limit=PAGE))
            entries = tuple(translate.key_entry(entry) for entry in page.entries)
            self._emit(KeysListed(entries, complete=not page.after))
            after = page.after
            if not after:
                self._count_copies.set()
                return

    async def _keep_counting(self) -> None:
        """Count copies after something changed, and now and then."""
        while True:
            try:
                async with asyncio.timeout(COUNT_AGAIN_S):
                    await self._count_copies.wait()
            except TimeoutError:
                pass
            await self._clock.sleep(COUNT_PAUSE_S)
            self._count_copies.clear()
            clients = self._clients()
            if not clients:
                continue
            try:
                await self._count(clients[0])
            except SourceError:
                self._count_copies.set()  # the link says by itself what is wrong
                await self._clock.sleep(COUNT_AGAIN_S)

    async def _count(self, client: Client) -> None:
        after, counted = "", 0
        while counted < COUNTED_KEYS_MAX:
            page = await self._ask(client.page_keys(after=after, limit=PAGE, copies=True))
            self._emit(KeysListed(tuple(translate.key_entry(entry) for entry in page.entries), complete=False))
            counted += len(page.entries)
            after = page.after
            if not after:
                return

    # -- doing

    def refresh(self) -> None:
        self._listed_with = None
        for event in (self._list_keys, self._count_copies, self._look_now):
            event.set()
        self._drains.look()
        for link in self._links.values():
            link.hurry()

    def stop_trying(self) -> None:
        for link in self._links.values():
            link.halt()

    async def inspect(self, key: str, version: int = 0) -> KeyFacts:
        client = self._client()
        detail = await self._ask(client.stat(key, version))
        if 0 < detail.entry.chunks <= MAPPED_CHUNKS_MAX:
            detail = await self._ask(client.stat(key, version, chunk_list=True))
        return translate.key_facts(detail)

    async def history(self, key: str) -> tuple[Version, ...]:
        page = await self._ask(self._client().page_history(key))
        return tuple(translate.version(entry) for entry in page.entries)

    async def restore(self, key: str, version: int) -> int:
        return (await self._ask(self._client().restore(key, version))).version

    async def remove(self, keys: Sequence[str]) -> int:
        return len((await self._ask(self._client().remove(keys))).removed)

    async def verify(self, key: str) -> Verified:
        try:
            found = await self._client().verify(key)  # as long as it takes: every byte of it is read
        except DfsError as error:
            raise SourceError(self._named(str(error))) from error
        return Verified(found.chunks, found.good, found.damaged, found.missing, found.unreachable, found.lost)

    async def repair_now(self) -> int:
        return len((await self._ask(self._client().repair())).hurried)

    async def limit_repair(self, bytes_s: int) -> None:
        await self._ask(self._client().change_setting(REPAIR_LIMIT, bytes_s))

    async def stop_node(self, name: str) -> None:
        await self._end_node(name, self._local().stop(name))

    async def kill_node(self, name: str) -> None:
        await self._end_node(name, self._local().kill(name))

    async def freeze_node(self, name: str, for_s: float) -> None:
        await self._local().freeze(name, for_s)

    async def _end_node(self, name: str, end: Coroutine[None, None, None]) -> None:
        """A node that is ended on purpose is not lost: nobody listens any more. If it lives on, it is linked again."""
        self._close_link(name)
        await end

    async def restart_node(self, name: str) -> None:
        self._close_link(name)
        await self._local().restart(name)

    async def remove_node(self, name: str, *, force: bool = False) -> None:
        if self._supervisor is None or len(name) == NODE_ID_LENGTH:
            await self._ask(self._client().remove_member(name, force))
        else:
            await self._end_node(name, self._local().remove(name, force=force))

    async def preview_node(self, node: str, state: str) -> LayoutPreview:
        client = self._client()
        found = await self._ask(client.preview_layout([MemberChange(node, state=state)]))
        settings = await self._ask(client.settings())
        limits = [setting.value for setting in settings.settings if setting.name == REPAIR_LIMIT]
        return translate.layout_preview(found, limits[0] if limits else 0)

    async def drain_node(self, node: str, *, undo: bool = False) -> None:
        change = MemberChange(node, state="joined" if undo else "draining")
        await self._ask(self._client().change_layout([change]))
        self._drains.look()

    def _local(self) -> Supervisor:
        if self._supervisor is None:
            raise SourceError("the nodes of this cluster were not started here")
        return self._supervisor

    def nodes_to_stop(self) -> tuple[str, ...]:
        return self._supervisor.started_here if self._supervisor is not None else ()

    async def close(self, *, stop_nodes: bool) -> None:
        for name in list(self._links):
            self._close_link(name)
        if stop_nodes and self._supervisor is not None:
            await self._supervisor.stop_started()

    async def _ask(self, call: Awaitable[R]) -> R:
        try:
            async with asyncio.timeout(CALL_S):
                return await call
        except DfsError as error:
            raise SourceError(self._named(str(error))) from error
        except TimeoutError:
            raise SourceError(f"no answer within {CALL_S:.0f} s") from None


def local_source(clock: Clock, *, nodes: int, base_port: int | None = None, start: bool = True) -> LiveSource:
    """The local cluster under DFS_HOME or the platform's folder for user data."""
    return LiveSource(clock, cluster=LocalCluster(), nodes=nodes, base_port=base_port, label="local", start=start)


def attached_source(clock: Clock, control: str) -> LiveSource:
    """The cluster of one running node."""
    return LiveSource(clock, control=control, label=control)


def connected_source(clock: Clock, address: str, operator_folder: str = "") -> LiveSource:
    """The cluster of the node at `address` (HOST:PORT), as the operator whose certificate is in the folder."""
    folder = Path(operator_folder).expanduser() if operator_folder else operator_dir()
    return LiveSource(
        clock, label=address, dial=lambda: Client.connect_tls(folder, address, timeout_s=DIAL_S), control=address
    )
