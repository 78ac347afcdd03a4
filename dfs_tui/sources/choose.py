"""From the command line's options to a source. The client is imported only when the source is first used."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from dfs_tui.sources.base import Clock, Emit, Moved, Source, SourceError
from dfs_tui.view.events import SourceFailed
from dfs_tui.view.plan import ToStore
from dfs_tui.view.values import Collected, KeyFacts, LayoutPreview, NewNode, NodeProposal, Taken, Verified, Version

if TYPE_CHECKING:
    from collections.abc import Callable


def demo(clock: Clock) -> Source:
    """A generated cluster."""
    from dfs_tui.sources.demo import DemoSource
    from dfs_tui.sources.demo_cluster import DemoCluster

    return DemoSource(DemoCluster(wall_s=clock.wall()), clock)


def local(clock: Clock, *, nodes: int, base_port: int | None = None, start: bool = True) -> Source:
    """The local cluster, brought up when the dashboard is on screen; without `start`, looked at as it is."""

    def make() -> Source:
        from dfs_tui.sources.live import local_source

        return local_source(clock, nodes=nodes, base_port=base_port, start=start)

    return LateSource(make)


def attached(clock: Clock, *, control: str = "", data_dir: str = "") -> Source:
    """One running node, by its control socket or its data folder."""

    def make() -> Source:
        from dfs_core.client import DfsError, find_control_socket
        from dfs_tui.sources.live import attached_source

        try:
            socket = control or str(find_control_socket(Path(data_dir).expanduser()))
        except DfsError as error:
            raise SourceError(str(error)) from error
        return attached_source(clock, socket)

    return LateSource(make)


def connected(clock: Clock, address: str, operator_folder: str = "") -> Source:
    """A cluster elsewhere, through the node at HOST:PORT, with an operator's certificate."""

    def make() -> Source:
        from dfs_tui.sources.live import connected_source

        return connected_source(clock, address, operator_folder)

    return LateSource(make)


class LateSource:
    """A source that is made when it is first watched: the first picture need not wait for the client's import."""

    def __init__(self, make: Callable[[], Source]) -> None:
        self._make = make
        self._made: Source | None = None

    async def watch(self, emit: Emit) -> None:
        try:
            self._made = self._make()
        except SourceError as error:
            emit(SourceFailed(str(error)))
            return
        await self._made.watch(emit)

    @property
    def _source(self) -> Source:
        if self._made is None:
            raise SourceError("not connected yet", everything=True)
        return self._made

    def refresh(self) -> None:
        if self._made is not None:
            self._made.refresh()

    def stop_trying(self) -> None:
        if self._made is not None:
            self._made.stop_trying()

    async def store(self, item: ToStore, moved: Moved) -> None:
        await self._source.store(item, moved)

    async def same_content(self, item: ToStore, version: int, moved: Moved) -> bool:
        return await self._source.same_content(item, version, moved)

    async def retrieve(
        self, key: str, path: str, moved: Moved, *, version: int = 0, taken: Taken = Taken.NUMBER
    ) -> str:
        return await self._source.retrieve(key, path, moved, version=version, taken=taken)

    async def read(self, key: str, version: int) -> bytes:
        return await self._source.read(key, version)

    async def inspect(self, key: str, version: int = 0) -> KeyFacts:
        return await self._source.inspect(key, version)

    async def history(self, key: str) -> tuple[Version, ...]:
        return await self._source.history(key)

    async def restore(self, key: str, version: int) -> int:
        return await self._source.restore(key, version)

    async def remove(self, keys: Sequence[str]) -> int:
        return await self._source.remove(keys)

    async def verify(self, key: str) -> Verified:
        return await self._source.verify(key)

    async def repair_now(self) -> int:
        return await self._source.repair_now()

    async def limit_repair(self, bytes_s: int) -> None:
        await self._source.limit_repair(bytes_s)

    async def set_worker(self, link: str, worker: str, deed: str, pace: float = 0.0) -> None:
        await self._source.set_worker(link, worker, deed, pace)

    async def start_scrub(self, link: str) -> None:
        await self._source.start_scrub(link)

    async def collect(self) -> Collected:
        return await self._source.collect()

    async def disconnect_peer(self, link: str, node: str) -> None:
        await self._source.disconnect_peer(link, node)

    async def ban_peer(self, link: str, node: str, for_s: float) -> None:
        await self._source.ban_peer(link, node, for_s)

    async def allow_peer(self, link: str, node: str) -> None:
        await self._source.allow_peer(link, node)

    async def slow_link(self, link: str, node: str, for_s: float) -> None:
        await self._source.slow_link(link, node, for_s)

    async def start_node(self, name: str) -> None:
        await self._source.start_node(name)

    async def stop_node(self, name: str) -> None:
        await self._source.stop_node(name)

    async def kill_node(self, name: str) -> None:
        await self._source.kill_node(name)

    async def freeze_node(self, name: str, for_s: float) -> None:
        await self._source.freeze_node(name, for_s)

    async def restart_node(self, name: str) -> None:
        await self._source.restart_node(name)

    async def remove_node(self, name: str, *, force: bool = False) -> None:
        await self._source.remove_node(name, force=force)

    async def preview_node(self, node: str, state: str) -> LayoutPreview:
        return await self._source.preview_node(node, state)

    async def drain_node(self, node: str, *, undo: bool = False) -> None:
        await self._source.drain_node(node, undo=undo)

    async def node_log(self, name: str, lines: int) -> tuple[str, ...]:
        return await self._source.node_log(name, lines)

    async def propose_node(self, new: NewNode) -> NodeProposal:
        return await self._source.propose_node(new)

    async def add_node(self, new: NewNode) -> str:
        return await self._source.add_node(new)

    def nodes_to_stop(self) -> tuple[str, ...]:
        return self._made.nodes_to_stop() if self._made is not None else ()

    async def close(self, *, stop_nodes: bool) -> None:
        if self._made is not None:
            await self._made.close(stop_nodes=stop_nodes)
