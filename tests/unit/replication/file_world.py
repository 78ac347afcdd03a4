"""Files over the chunk world, with a real catalog and a log of one voice that decides at once."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from dfs_core.catalog.apply import Applier
from dfs_core.catalog.query import CatalogReader
from dfs_core.clock import SystemClock
from dfs_core.crypto.secrets import ClusterSecrets
from dfs_core.encoding.commands import AnyCommand, Condemn, Found, Outcome, Refer, encode_batch, encode_command
from dfs_core.encoding.control_messages import FileStored
from dfs_core.encoding.peer_messages import MemberRecord
from dfs_core.errors import DfsError
from dfs_core.limits import CHUNK_BYTES_MIN
from dfs_core.model.ids import Address, ClusterId, VersionId
from dfs_core.model.raft_messages import COMMAND, LogEntry
from dfs_core.replication.copier import FileCopier
from dfs_core.replication.reader import FileReader
from dfs_core.replication.remover import KeyRemover
from dfs_core.replication.upload import StoreRequest
from dfs_core.replication.writer import FileWriter

from .chunk_world import World

CLUSTER = ClusterId(b"c" * 16)


class OneVoiceLog:
    """Applies what is proposed, at once; keeps the commands; can be made to fail."""

    def __init__(self, applier: Applier) -> None:
        self._applier = applier
        self.commands: list[AnyCommand] = []
        self.failure: DfsError | None = None

    async def propose(self, command: AnyCommand) -> Outcome:
        if self.failure is not None:
            raise self.failure
        self.commands.append(command)
        index = self._applier.applied_index + 1
        entry = LogEntry(index, 1, COMMAND, encode_batch(0, [encode_command(command)]))
        return self._applier.apply([entry])[0].outcome


class Bytes:
    """A source of bytes in memory, which can be made to end early or to fail."""

    def __init__(self, data: bytes, failure: DfsError | None = None) -> None:
        self._data, self._at, self._failure = data, 0, failure

    async def read_into(self, buffer: memoryview) -> int:
        part = self._data[self._at : self._at + len(buffer)]
        if self._failure is not None and len(part) < len(buffer):
            raise self._failure
        buffer[: len(part)] = part
        self._at += len(part)
        return len(part)


class Files:
    """A writer, a reader and what they stand on."""

    def __init__(self, folder: Path, world: World | None = None, chunk_bytes: int = CHUNK_BYTES_MIN) -> None:
        self.world = world or World()
        self.applier = Applier(folder / "catalog.sqlite")
        self.log = OneVoiceLog(self.applier)
        self.catalog = CatalogReader(folder / "catalog.sqlite")
        self.secrets = ClusterSecrets.generate(os.urandom)
        clock = SystemClock()
        self.writer = FileWriter(
            node=self.world.me,
            cluster=CLUSTER,
            secrets=lambda: self.secrets,
            chunks=self.world.chunks,
            log=self.log,
            durable_copies=lambda: self.world.layout.durable_copies(),
            chunk_bytes=lambda: chunk_bytes,
            clock=clock,
            token=os.urandom,
        )
        self.reader = FileReader(
            cluster=CLUSTER, secrets=lambda: self.secrets, chunks=self.world.chunks, catalog=self.catalog
        )
        self.copier = FileCopier(node=self.world.me, reader=self.reader, writer=self.writer, clock=clock)
        self.remover = KeyRemover(catalog=self.catalog, writer=self.writer, clock=clock)

    async def found(self) -> None:
        founder = MemberRecord(self.world.me.digest, b"cert", "full", "", 1 << 40, "joined", [])
        await self.log.propose(Found(b"f" * 16, CLUSTER.digest, founder, 3, CHUNK_BYTES_MIN))
        self.log.commands.clear()

    async def store(self, key: str, data: bytes, *, size: int | None = None, min_copies: int = 0) -> FileStored:
        request = StoreRequest(
            key, VersionId(os.urandom(16)), len(data) if size is None else size, 1, 0o644, min_copies
        )
        return await self.writer.store(request, Bytes(data), lambda *_: None)

    async def settle(self) -> None:
        """Wait for the copies that stores no longer wait for."""
        while self.writer._stragglers:
            await asyncio.gather(*self.writer._stragglers)

    async def retrieve(self, key: str, start: int = 0, end: int | None = None, version: int = 0) -> bytes:
        opened = await self.reader.find(key, version, stale=False)
        return b"".join([bytes(part) async for part in self.reader.stream(opened, start, end)])

    async def condemn(self, *addresses: Address) -> int:
        """Have the log condemn these chunks; the index of the verdict. No holder knows of it yet."""
        named = sorted(addresses)
        command = Condemn(os.urandom(16), b"".join(each.digest for each in named), [1] * len(named))
        return (await self.log.propose(command)).revision

    def refers(self) -> list[Refer]:
        return [command for command in self.log.commands if isinstance(command, Refer)]

    async def close(self) -> None:
        await self.writer.close()
        await self.world.chunks.close()
        self.catalog.close()
        self.applier.close()
