"""A few seats at one log, in this process: real logs and catalogs on disk, messages handed over directly."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import pytest

from dfs_core.catalog.apply import Applier
from dfs_core.catalog.change import Applied
from dfs_core.catalog.log import LogStore
from dfs_core.catalog.query import CatalogReader
from dfs_core.clock import SystemClock
from dfs_core.encoding.commands import Found, encode_batch, encode_command
from dfs_core.encoding.message import Message
from dfs_core.encoding.peer_messages import MemberRecord, Propose, ReadIndex
from dfs_core.encoding.snapshot_messages import FetchSnapshot
from dfs_core.errors import DfsError, PeerUnreachable
from dfs_core.model.ids import NodeId
from dfs_core.model.raft_messages import COMMAND, Configuration, LogEntry, RaftMessage
from dfs_core.model.raft_ready import HardState, RaftSettings
from dfs_core.replication.consensus import Consensus
from dfs_core.replication.snapshot_fetcher import SnapshotFetcher, finish_incoming
from dfs_core.replication.snapshot_source import SnapshotSource

QUICK = RaftSettings(election_timeout_s_min=0.1, election_timeout_s_max=0.2, heartbeat_s=0.03)


def node_id(number: int) -> NodeId:
    return NodeId(bytes([number]) * 32)


def record(number: int) -> MemberRecord:
    return MemberRecord(node_id(number).digest, b"cert%d" % number, "full", "", 1 << 40, "joined", [])


class DirectPeers:
    """Peers of one seat: what is sent arrives at once, unless the two are cut apart."""

    def __init__(self, me: NodeId, seats: dict[NodeId, Seat]) -> None:
        self.me, self._seats = me, seats
        self.cut: set[NodeId] = set()
        self.pages: list[FetchSnapshot] = []  # that were asked for
        self.answer: DfsError | None = None  # what every peer answers, whatever it is asked

    def _reaches(self, node: NodeId) -> bool:
        return node in self._seats and node not in self.cut and self.me not in self._seats[node].peers.cut

    def alive(self) -> frozenset[NodeId]:
        return frozenset(node for node in self._seats if node != self.me and self._reaches(node))

    def why_down(self, node: NodeId) -> str:
        return "" if self._reaches(node) else "cut off by the test"

    async def call(self, node: NodeId, request: Message, *, timeout_s: float) -> Message:
        await asyncio.sleep(0)
        if not self._reaches(node):
            raise PeerUnreachable(str(node), "cut off by the test")
        if self.answer is not None:
            raise self.answer
        seat = self._seats[node].consensus
        if isinstance(request, Propose):
            return seat.accept(request)
        assert isinstance(request, ReadIndex)
        async with asyncio.timeout(timeout_s):
            return await seat.answer_read_index()

    async def fetch_bytes(
        self, node: NodeId, request: Message, *, size_max: int, timeout_s: float
    ) -> tuple[Message, bytearray]:
        await asyncio.sleep(0)
        if not self._reaches(node):
            raise PeerUnreachable(str(node), "cut off by the test")
        assert isinstance(request, FetchSnapshot)
        self.pages.append(request)
        page, data = await self._seats[node].source.page(request)
        assert page.size <= size_max
        return page, bytearray(data)

    def notify(self, node: NodeId, message: RaftMessage) -> bool:
        if not self._reaches(node):
            return False
        asyncio.get_running_loop().call_soon(self._seats[node].consensus.receive, self.me, message)
        return True


@dataclass
class Seat:
    """One node's part of the log."""

    consensus: Consensus
    catalog: CatalogReader
    peers: DirectPeers
    log: LogStore
    applier: Applier
    source: SnapshotSource
    fetcher: SnapshotFetcher
    applied: list[Applied] = field(default_factory=list)


@pytest.fixture
async def seats(tmp_path: Path) -> AsyncIterator[list[Seat]]:
    """Three voters that have just been started."""
    async with AsyncExitStack() as stack:
        yield await open_seats(tmp_path, 3, stack)


async def open_seats(folder: Path, count: int, stack: AsyncExitStack) -> list[Seat]:
    """`count` voters over logs and catalogs in `folder`; founded if they are new, else as they were left."""
    numbers = range(1, count + 1)
    configuration = Configuration.of([node_id(number).digest for number in numbers])
    found = Found(b"f" * 16, b"c" * 16, record(1), 3, 1 << 20)
    entry = LogEntry(1, 1, COMMAND, encode_batch(0, [encode_command(found)]))
    seats: dict[NodeId, Seat] = {}
    for number in numbers:
        home = folder / str(number)
        home.mkdir(exist_ok=True)
        log = LogStore(home / "log.sqlite")
        stack.callback(log.close)
        applier = Applier(home / "catalog.sqlite")
        stack.callback(applier.close)
        finish_incoming(home, log, applier)
        if log.load(applier.applied_index).last_index == 0:
            log.found(configuration)
            log.save(HardState(1, None), [entry])
        catalog = CatalogReader(home / "catalog.sqlite")
        stack.callback(catalog.close)
        peers = DirectPeers(node_id(number), seats)
        applied: list[Applied] = []

        def note(results: Sequence[Applied], applied: list[Applied] = applied) -> None:
            applied.extend(results)

        fetcher = SnapshotFetcher(
            folder=home,
            log=log,
            applier=applier,
            peers=peers,  # type: ignore[arg-type]
            clock=SystemClock(),
            installed=lambda: None,
        )
        consensus = Consensus(
            node=node_id(number),
            log=log,
            applier=applier,
            peers=peers,  # type: ignore[arg-type]
            clock=SystemClock(),
            random=Random(number),
            settings=QUICK,
            applied=note,
            snapshots=fetcher,
        )
        fetcher.offer_to(consensus.take_snapshot)
        source = SnapshotSource(home / "catalog.sqlite", home, SystemClock())
        stack.push_async_callback(source.close)
        seats[node_id(number)] = Seat(consensus, catalog, peers, log, applier, source, fetcher, applied)
    tasks = [asyncio.create_task(seat.consensus.run()) for seat in seats.values()]
    tasks += [asyncio.create_task(seat.fetcher.run()) for seat in seats.values()]

    async def stop() -> None:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    stack.push_async_callback(stop)
    return list(seats.values())
