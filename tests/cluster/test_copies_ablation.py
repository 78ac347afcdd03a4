"""Take W away (a store waits for most of its copies), and one lost disk loses what was acknowledged."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from dfs_core.errors import ChunkNotFound, NotEnoughCopies
from dfs_core.replication.writer import FileWriter
from dfs_core.testing.cluster import SimCluster, run_simulated

CONTENT = Random(3).randbytes(200_000)


def store_where_others_are_full_and_lose_the_disk(folder: Path, *, copies: int | None) -> bytes:
    """What is read afterwards. `copies`: how many a store waits for, where it is not as many as it should."""

    async def work() -> bytes:
        cluster = SimCluster(1, folder, nodes=3)
        await cluster.found()
        first, *others = cluster.nodes
        writer: FileWriter = first.ready.full.writer
        if copies is not None:
            writer._durable_copies = lambda: copies
        for place in others:
            place.store.set_capacity(0)
        try:
            await cluster.ask(first, first.ready.store("key", CONTENT))
            await cluster.kill(first, silently=True)
            first.lose_disk()
            await cluster.start(first)
            return await cluster.ask(first, first.ready.retrieve("key"))
        finally:
            await cluster.close()

    return run_simulated(1, work)[0]


def test_what_only_one_node_could_keep_is_not_acknowledged(tmp_path: Path) -> None:
    with pytest.raises(NotEnoughCopies):
        store_where_others_are_full_and_lose_the_disk(tmp_path, copies=None)


def test_a_store_that_waits_for_one_copy_is_lost_with_one_disk(tmp_path: Path) -> None:
    with pytest.raises(ChunkNotFound):  # so it was acknowledged, and every node says that it has nothing of it
        store_where_others_are_full_and_lose_the_disk(tmp_path, copies=1)
