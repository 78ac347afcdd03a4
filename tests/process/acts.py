"""What process tests do to clusters and ask of them: wait until something is so, kill, pause, damage, compare.

Nothing here sleeps to let something happen: `eventually` asks again until the answer is right or its deadline is over,
and then says what the last answer was.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import TypeVar

from dfs_core.client import ChunkDamaged, Client, DfsError
from dfs_core.limits import MIB
from dfs_core.local import LocalCluster

Answer = TypeVar("Answer")

NAMES = ("n1", "n2", "n3")
ASK_AGAIN_S = 0.05
DEADLINE_S = 60.0  # generous: these tests assert what happens, not how fast


def content(seed: object, size: int) -> bytes:
    """`size` bytes that no other seed gives."""
    return random.Random(f"{seed}").randbytes(size)


async def blocks_of(data: bytes) -> AsyncIterator[bytes]:
    """`data` as a stream, so that a store of it can be told how far it is."""
    for start in range(0, len(data), MIB):
        yield data[start : start + MIB]


class HeldBack:
    """`data` as a stream that waits half-way until it is let go on: what a test does meanwhile comes before its end."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.half_way, self.go_on = asyncio.Event(), asyncio.Event()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        middle = len(self._data) // 2
        async for block in blocks_of(self._data[:middle]):
            yield block
        self.half_way.set()
        await self.go_on.wait()
        async for block in blocks_of(self._data[middle:]):
            yield block


class Reached(asyncio.Event):
    """As `progress` of a transfer: set once `done` bytes are done."""

    def __init__(self, done: int) -> None:
        super().__init__()
        self._done = done

    def __call__(self, done: int) -> None:
        if done >= self._done:
            self.set()


async def eventually(
    ask: Callable[[], Awaitable[Answer]],
    right: Callable[[Answer], object] = bool,
    *,
    timeout_s: float = DEADLINE_S,
) -> Answer:
    """The first answer of `ask` that is `right`; a DfsError is one that is not. AssertionError at the deadline."""
    last: object = "no answer"
    try:
        async with asyncio.timeout(timeout_s):
            while True:
                try:
                    last = answer = await ask()
                    if right(answer):
                        return answer
                except DfsError as error:
                    last = error
                await asyncio.sleep(ASK_AGAIN_S)
    except TimeoutError:
        raise AssertionError(f"not so after {timeout_s:g} s; the last answer was {last!r}") from None


async def client_of(cluster: LocalCluster, name: str) -> Client:
    """A client of the node called `name`; the caller closes it."""
    return await Client.connect(cluster.node(name).control)


@contextlib.asynccontextmanager
async def clients_of(cluster: LocalCluster, *names: str) -> AsyncIterator[list[Client]]:
    """Clients of these nodes (all that run, when none is named), closed at the end."""
    chosen = names or [node.name for node in cluster.nodes() if node.state == "running"]
    async with contextlib.AsyncExitStack() as stack:
        yield [await stack.enter_async_context(await client_of(cluster, name)) for name in chosen]


async def keys_of(client: Client, prefix: str = "") -> set[str]:
    """The keys that this node lists, once it knows them for certain."""
    await eventually(lambda: client.page_keys(limit=1), lambda page: not page.stale)
    return {entry.key async for entry in client.keys(prefix)}


@contextlib.asynccontextmanager
async def damage_told(cluster: LocalCluster, name: str, told: set[str]) -> AsyncIterator[None]:
    """Within, the addresses of its damaged copies that the node tells its watchers of are added to `told`."""
    watching = asyncio.Event()

    async def watch() -> None:
        async with await client_of(cluster, name) as client, contextlib.aclosing(client.watch()) as events:
            async for event in events:
                watching.set()
                if isinstance(event, ChunkDamaged) and event.node == cluster.node(name).node_id:
                    told.add(event.address)

    task = asyncio.create_task(watch())
    try:
        await watching.wait()
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def running(cluster: LocalCluster) -> list[str]:
    """The names of the nodes that run."""
    return [node.name for node in cluster.nodes() if node.state == "running"]


def pid_of(cluster: LocalCluster, name: str) -> int:
    """The process id of a node that runs."""
    pid = cluster.node(name).pid
    assert pid is not None, f"{name} does not run"
    return pid


def name_of(cluster: LocalCluster, node_id: str) -> str:
    """The name of the node with this id."""
    return next(node.name for node in cluster.nodes() if node.node_id == node_id)


async def leader_of(cluster: LocalCluster) -> str:
    """The name of the node that leads, once every running node says the same."""

    async def leaders() -> set[str]:
        async with clients_of(cluster) as clients:
            return {(await client.status()).leader for client in clients}

    (leader,) = await eventually(leaders, lambda found: len(found) == 1 and "" not in found)
    return name_of(cluster, leader)


@contextlib.contextmanager
def paused(cluster: LocalCluster, name: str) -> Iterator[None]:
    """Within, the node's process stands still (SIGSTOP) and keeps its sockets."""
    pid = pid_of(cluster, name)
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


async def everywhere(cluster: LocalCluster, key: str, data: bytes) -> None:
    """Every running node hands out `data` for `key`, as of now and not perhaps stale, once it has caught up."""
    for name in running(cluster):
        async with await client_of(cluster, name) as client:

            async def current(client: Client = client) -> bool:
                async with client.retrieve_stream(key) as file:
                    return not file.stale

            await eventually(current)
            assert await client.retrieve(key) == data, f"{key} through {name}"


async def copies_are(cluster: LocalCluster, key: str, copies: int, *, asking: str = "") -> None:
    """Wait until every chunk of `key` has `copies` copies, counted by asking the holders."""
    async with await client_of(cluster, asking or running(cluster)[0]) as client:

        async def counted() -> int:
            return (await client.stat(key)).entry.copies

        await eventually(counted, lambda found: found == copies)


def chunk_files(cluster: LocalCluster, name: str) -> dict[str, Path]:
    """The chunk files of a node: address → path."""
    folder = Path(cluster.node(name).data_dir) / "chunks"
    return {path.name: path for path in folder.glob("???/*") if len(path.name) == 64}


def chunk_bytes(cluster: LocalCluster, name: str) -> int:
    """How many bytes of chunks a node keeps."""
    return sum(path.stat().st_size for path in chunk_files(cluster, name).values())


async def addresses_of(client: Client, key: str) -> list[str]:
    """The addresses of a key's chunks, in order."""
    return [chunk.address for chunk in (await client.stat(key, chunk_list=True)).chunks]


def memory_peaks(cluster: LocalCluster) -> dict[str, int]:
    """The most memory that each running node has had resident since it started, in bytes (Linux)."""
    return {name: _status_bytes(pid_of(cluster, name), "VmHWM") for name in running(cluster)}


def _status_bytes(pid: int, field: str) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        name, _, value = line.partition(":")
        if name == field:
            return int(value.split()[0]) * 1024
    raise AssertionError(f"the kernel tells no {field} of process {pid}")
