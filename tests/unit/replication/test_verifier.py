"""Every copy is re-read where it is; what is bad or missing is seen to."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dfs_core.model.ids import Address, NodeId
from dfs_core.replication.verifier import Verified, Verifier

from .workers.repairing import Cluster, Neighbours

CHUNKS = [b"chunk %d" % number for number in range(40)]
ADDRESSES = [Address.of(data) for data in CHUNKS]


class Bench:
    """Four nodes, three copies, everything in its place; the first node verifies."""

    def __init__(self, folder: Path) -> None:
        self.cluster = Cluster(folder, nodes=4, copies=3)
        self.here = next(iter(self.cluster.nodes.values()))
        self.owed: list[tuple[Address, NodeId]] = []
        self.told: list[int] = []
        self.verifier = Verifier(
            node=self.here.node,
            store=self.here.store,
            chunks=self.here.chunks,
            peers=Neighbours(self.cluster, self.here.node),
            members=self.here.members,
            damaged_here=self.here.damaged_here,
            owe=lambda address, node: self.owed.append((address, node)),
        )

    async def fill(self) -> None:
        for data in CHUNKS:
            for holder in self.cluster.placed(Address.of(data)):
                await holder.store.put(Address.of(data), data)

    async def verify(self) -> Verified:
        async def progress(done: int) -> None:
            self.told.append(done)

        return await self.verifier.verify(ADDRESSES, progress)


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    made = Bench(tmp_path)
    await made.fill()
    yield made
    await made.cluster.close()


async def test_every_copy_that_is_good_is_counted_and_progress_is_told(bench: Bench) -> None:
    assert await bench.verify() == Verified(good=120)
    assert bench.told == [16, 32, 40]


async def test_a_copy_in_another_place_counts_as_well(bench: Bench) -> None:
    await bench.cluster.misplaced(ADDRESSES[0]).store.put(ADDRESSES[0], CHUNKS[0])
    assert await bench.verify() == Verified(good=121)


async def test_damaged_copies_are_found_here_and_elsewhere_and_set_aside(bench: Bench) -> None:
    hurt = []
    for number, node in enumerate(bench.cluster.nodes.values()):
        address = sorted(node.store.chunks)[number]
        node.store.chunks[address] = b"rot"
        hurt.append((node, address))
    assert await bench.verify() == Verified(good=116, damaged=4)
    for node, address in hurt:
        assert node.damaged == [address]
        assert node.store.quarantined == [(address, b"rot")]


async def test_a_missing_copy_is_owed_to_its_holder(bench: Bench) -> None:
    holder = bench.cluster.placed(ADDRESSES[3])[1]
    await holder.store.delete(ADDRESSES[3])
    assert await bench.verify() == Verified(good=119, missing=1)
    assert bench.owed == [(ADDRESSES[3], holder.node)]


async def test_a_node_that_does_not_answer_is_not_taken_for_one_without_copies(bench: Bench) -> None:
    away = list(bench.cluster.nodes.values())[2]
    bench.cluster.down.add(away.node)
    held = len(away.store.chunks)
    assert await bench.verify() == Verified(good=120 - held, unreachable=held)
    assert bench.owed == []


async def test_a_chunk_without_any_good_copy_is_lost_and_one_whose_holders_are_away_may_not_be(bench: Bench) -> None:
    for holder in bench.cluster.placed(ADDRESSES[5]):
        holder.store.chunks[ADDRESSES[5]] = b"rot"
    assert await bench.verify() == Verified(good=117, damaged=3, lost=1)


async def test_a_chunk_that_occurs_twice_is_verified_once(bench: Bench) -> None:
    async def progress(done: int) -> None:
        bench.told.append(done)

    assert await bench.verifier.verify([ADDRESSES[0]] * 3, progress) == Verified(good=3)
    assert bench.told == [1]
