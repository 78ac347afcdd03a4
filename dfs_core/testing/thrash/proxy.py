"""A network that can be cut: every node is reached through a door of ours, and doors know who knocks.

All nodes live on one machine, so a partition cannot be a pulled cable. Each node advertises its door's port instead of
its own; the door carries bytes between the two and stops carrying them, in one direction or both, while the pair is
cut. Nothing is closed: to both sides it looks like a cable that leads nowhere, as in life. Who opened a connection is
asked of the kernel: the process that owns the other end (Linux).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path

_BLOCK_BYTES = 64 * 1024
_UNKNOWN = ""


class Doors:
    """The doors of all nodes, and which pairs are cut. Names are the nodes'."""

    def __init__(self, pids: Callable[[], dict[str, int]]) -> None:
        """`pids` tells the processes of the nodes that run now."""
        self._pids = pids
        self._cut: set[tuple[str, str]] = set()
        self._mended = asyncio.Condition()
        self._servers: list[asyncio.Server] = []
        self._carrying: set[asyncio.Task[None]] = set()

    async def open(self, name: str, port: int) -> int:
        """Open the door of the node that listens on `port`; the door's own port."""

        async def knocked(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            self._carrying.add(task)
            try:
                await self._serve(name, port, reader, writer)
            except asyncio.CancelledError:  # the doors close; asyncio.streams would report it as an error
                writer.transport.abort()
            finally:
                self._carrying.discard(task)

        server = await asyncio.start_server(knocked, "127.0.0.1", 0)
        self._servers.append(server)
        return int(server.sockets[0].getsockname()[1])

    def cut(self, source: str, target: str) -> None:
        """What `source` sends does not reach `target` from now on."""
        self._cut.add((source, target))

    async def mend(self) -> None:
        """Everybody reaches everybody; what was held back arrives."""
        self._cut.clear()
        async with self._mended:
            self._mended.notify_all()

    async def close(self) -> None:
        """Close all doors and every connection through them."""
        for server in self._servers:
            server.close()
        for task in list(self._carrying):
            task.cancel()
        await asyncio.gather(*self._carrying, return_exceptions=True)

    async def _serve(self, target: str, port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        source = await asyncio.to_thread(self._who, writer.get_extra_info("peername")[1])
        try:
            await self._passable(source, target)
            inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            writer.transport.abort()
            return
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._carry(source, target, reader, inner_writer))
                group.create_task(self._carry(target, source, inner_reader, writer))
        except* (OSError, EOFError):
            pass
        finally:
            writer.transport.abort()
            inner_writer.transport.abort()

    async def _carry(
        self, source: str, target: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        while block := await reader.read(_BLOCK_BYTES):
            await self._passable(source, target)
            writer.write(block)
            await writer.drain()
        raise EOFError  # one side is gone: the connection is

    async def _passable(self, source: str, target: str) -> None:
        async with self._mended:
            while (source, target) in self._cut:
                await self._mended.wait()

    def _who(self, port: int) -> str:
        """The node that opened the connection whose other end has this port."""
        inode = _inode_of(port)
        for name, pid in self._pids().items():
            with contextlib.suppress(OSError):
                for place in Path(f"/proc/{pid}/fd").iterdir():
                    with contextlib.suppress(OSError):
                        if str(place.readlink()) == f"socket:[{inode}]":
                            return name
        return _UNKNOWN


def _inode_of(port: int) -> str:
    """The kernel's number of the socket on this machine whose own port is `port`."""
    wanted = f"0100007F:{port:04X}"
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if fields[1] == wanted:
            return fields[9]
    return _UNKNOWN
