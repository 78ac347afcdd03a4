"""Clients of a simulated cluster: each asks random nodes for random things, and writes down what it is told."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from random import Random

from dfs_core.errors import (
    DfsError,
    KeyNotFound,
    NoMajority,
    NotEnoughCopies,
    NotFound,
    Refused,
)
from dfs_core.limits import CHUNK_BYTES_MIN
from dfs_core.model.ids import VersionId
from dfs_core.replication.copier import FileCopier
from dfs_core.replication.reader import OpenVersion
from dfs_core.replication.remover import KeyRemover
from dfs_core.replication.upload import BytesSource, StoreRequest
from dfs_core.server.full import FullParts
from dfs_core.testing.cluster import NodeDied, SimCluster, SimNode
from dfs_core.testing.history import DONE, VOID, Attempt, History

KEYS = tuple(f"{folder}/{name}" for folder in ("a", "b") for name in "12345")
ANSWER_WITHIN_S = 90.0  # whatever happens: a commit's timeout, a send's, a settling's, with room
SIZES = (0, 40, 4096, 5000, CHUNK_BYTES_MIN, CHUNK_BYTES_MIN + 1, 3 * CHUNK_BYTES_MIN, 260_000)


class SimClient:
    """One client. `work` goes on until `stopping` is set."""

    def __init__(self, name: str, cluster: SimCluster, history: History, random: Random, contents: list[bytes]) -> None:
        """`contents` are shared by all clients, so that the same one is stored by several."""
        self.name, self._cluster, self._history, self._random = name, cluster, history, random
        self._contents = contents
        self._churned = 0
        self.stopping = False

    async def work(self) -> None:
        """Ask, think, ask again. AssertionError: an answer contradicts what was told before, or none came."""
        kinds = (self.store, self.retrieve, self.list_keys, self.remove, self.copy, self.churn)
        while not self.stopping:
            place = self._random.choice(self._cluster.full_nodes)
            work = self._random.choices(kinds, (6, 5, 2, 1, 2, 3))[0]
            try:
                async with asyncio.timeout(ANSWER_WITHIN_S):
                    await work(place)
            except TimeoutError:
                raise AssertionError(f"{work.__name__} through node {place.number} had no answer") from None
            except NodeDied:
                self._note("died")
            await asyncio.sleep(self._random.expovariate(6.0))

    # -- changes

    async def store(self, place: SimNode) -> None:
        """Store a key: new bytes, or such as were stored before."""
        await self._store(place, self._random.choice(KEYS))

    async def churn(self, place: SimNode) -> None:
        """Store a key that nobody else has, and purge it with all that it refers to."""
        self._churned += 1
        attempt = await self._store(place, f"churn/{self.name}/{self._churned}")
        if attempt.fate != DONE:
            return
        full = place.ready.full
        remover = KeyRemover(catalog=full.catalog, writer=full.writer, clock=place.clock)
        attempt.purged = None
        try:
            await self._cluster.ask(place, remover.remove([attempt.key], purge=True))
        except (NoMajority, Refused):
            attempt.purged = False
        except DfsError:
            pass
        else:
            attempt.purged = True
        self._note(f"purge {attempt}")

    async def _store(self, place: SimNode, key: str) -> Attempt:
        content = self._random.choice(self._contents) if self._random.random() < 0.3 else self._new_content()
        version_id = VersionId(self._random.randbytes(VersionId.size))
        size = len(content) if self._random.random() < 0.8 else -1
        request = StoreRequest(key, version_id, size, 0, 0o644)
        full = place.ready.full
        attempt = self._history.begin(key, content, version_id.digest)
        try:
            stored = await self._cluster.ask(place, full.writer.store(request, BytesSource(content), lambda *_: None))
        except (DfsError, NodeDied) as error:
            await self._failed(attempt, error)
        else:
            self._history.end(attempt, DONE, stored.version)
        self._note(f"store {attempt}")
        return attempt

    def _new_content(self) -> bytes:
        content = self._random.randbytes(self._random.choice(SIZES))
        self._contents.append(content)
        return content

    async def copy(self, place: SimNode) -> None:
        """Copy or move a key."""
        source, target = self._random.sample(KEYS, 2)
        move = self._random.random() < 0.4
        version_id = VersionId(self._random.randbytes(VersionId.size))
        began = self._history.now()
        full, clock = place.ready.full, place.clock
        try:
            opened = await self._cluster.ask(place, full.lookup.find_for_change(source))
        except (KeyNotFound, NoMajority):
            return
        origin = self._history.check_found(source, began, opened.version.number, opened.version.version_id, stale=False)
        attempt = self._history.begin(target, origin.content, version_id.digest)
        # No id of its own: its fate is the new version's.
        removal = self._history.begin(source, None, b"moved" + version_id.digest) if move else None
        copier = FileCopier(node=place.node_id, reader=full.reader, writer=full.writer, clock=clock)
        try:
            stored = await self._cluster.ask(place, copier.copy(opened, target, version_id, move=move))
        except (DfsError, NodeDied) as error:
            await self._failed(attempt, error)
        else:
            self._history.end(attempt, DONE, stored.version)
        if removal is not None and attempt.fate in (DONE, VOID):
            self._history.end(removal, attempt.fate)
        self._note(f"copy {attempt}")

    async def _failed(self, attempt: Attempt, error: Exception) -> None:
        """Some errors say that nothing was stored; after the others a patient client has it settled."""
        if isinstance(error, NotEnoughCopies | NoMajority | Refused):
            self._history.end(attempt, VOID, why=repr(error))
        elif self._random.random() < 0.6:
            await self.settle(attempt)

    async def settle(self, attempt: Attempt) -> bool:
        """Ask any node for the attempt's fate. False: it could not tell."""
        place = self._random.choice(self._cluster.full_nodes)
        try:
            consensus = place.ready.full.consensus
            outcome = await self._cluster.ask(
                place, consensus.settle(attempt.version_id, self._random.randbytes(VersionId.size))
            )
        except (DfsError, NodeDied):
            return False
        if outcome.reason:
            self._history.end(attempt, VOID, why=f"settled: {outcome.reason}")
        else:
            self._history.end(attempt, DONE, outcome.version)
        return True

    async def remove(self, place: SimNode) -> None:
        """Remove a key, as it is or not."""
        key, full = self._random.choice(KEYS), place.ready.full
        remover = KeyRemover(catalog=full.catalog, writer=full.writer, clock=place.clock)
        attempt = self._history.begin(key, None, self._random.randbytes(16))
        try:
            removed, _ = await self._cluster.ask(place, remover.remove([key]))
        except (NoMajority, Refused) as error:
            self._history.end(attempt, VOID, why=repr(error))
        except DfsError:
            pass
        else:
            self._history.end(attempt, DONE if removed else VOID)
        self._note(f"remove {attempt}")

    # -- reads

    async def retrieve(self, place: SimNode) -> None:
        """Read a key whole: what was stored, or an error."""
        key, began, full = self._random.choice(KEYS), self._history.now(), place.ready.full
        try:
            opened = await self._cluster.ask(place, full.lookup.find(key))
        except KeyNotFound:
            # An error does not say whether it is stale: only a read of a list does.
            self._note(f"no {key}")
            return
        version = opened.version
        attempt = self._history.check_found(key, began, version.number, version.version_id, stale=opened.stale)
        try:
            content = await self._cluster.ask(place, read_whole(full, opened))
        except DfsError as error:
            assert not isinstance(error, NotFound), f"{attempt}: {error}"
            self._note(f"unreadable {key}")
            return
        assert content == attempt.content, f"{attempt} is read as {len(content)} other bytes"
        self._note(f"read {attempt}")

    async def list_keys(self, place: SimNode) -> None:
        """List all keys, as `ls` does."""
        full, began = place.ready.full, self._history.now()
        fresh = await self._cluster.ask(place, full.consensus.catch_up())
        listed = await self._cluster.ask(place, asyncio.to_thread(full.catalog.list))
        for version in listed:
            self._history.check_found(version.key, began, version.number, version.version_id, stale=not fresh)
        for key in sorted(set(KEYS) - {version.key for version in listed}):
            self._history.check_missing(key, began, stale=not fresh)
        self._note(f"list {fresh} {len(listed)}")

    def _note(self, text: str) -> None:
        self._cluster.loop.note(f"{self.name} {text}")


async def read_whole(full: FullParts, opened: OpenVersion) -> bytes:
    """The content of a version."""
    async with aclosing(full.reader.stream(opened, 0, None)) as parts:
        return b"".join([bytes(part) async for part in parts])
