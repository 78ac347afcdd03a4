"""What the owner of the sheet learns of the nodes that are left, and what is kept from everybody else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dfs_core.crypto.recovery import RecoverySheet
from dfs_core.crypto.secrets import ClusterSecrets
from dfs_core.errors import ChunkNotFound
from dfs_core.model.ids import Address, ClusterId
from dfs_core.server.survivors import Survivors

from .lost_cluster import LostCluster


@pytest.fixture
async def cluster(tmp_path: Path) -> AsyncIterator[LostCluster]:
    async with LostCluster(tmp_path) as made:
        yield made


async def test_each_node_that_is_left_says_who_was_there_and_which_snapshots_it_knows(cluster: LostCluster) -> None:
    async with Survivors(cluster.sheet) as survivors:
        await survivors.ask([cluster.vault_address, cluster.full_address])
        roles = {survivor.role: survivor.node for survivor in survivors.found}
        assert roles == {"vault": cluster.vault.node_id, "full": cluster.full.node_id}
        assert [survivor.role for survivor in survivors.full_nodes] == ["full"]
        assert len(survivors.members) == 2
        (pointer,) = survivors.pointers()
        assert pointer.number == 1
        assert Address.of(await survivors.fetch(pointer.root)) == pointer.root
        with pytest.raises(ChunkNotFound):
            await survivors.fetch(Address(b"n" * 32))


async def test_a_node_is_counted_once_whatever_its_addresses(cluster: LostCluster) -> None:
    port = cluster.vault_address.rpartition(":")[2]
    async with Survivors(cluster.sheet) as survivors:
        await survivors.ask([cluster.vault_address, cluster.vault_address])
        await survivors.ask([f"localhost:{port}"])
        assert len(survivors.found) == 1


async def test_another_sheet_opens_no_link(cluster: LostCluster) -> None:
    other = RecoverySheet(cluster.sheet.cluster, ClusterSecrets({1: b"o" * 32}, 1))
    foreign = RecoverySheet(ClusterId(b"f" * 16), cluster.sheet.secrets)
    for sheet in (other, foreign):
        async with Survivors(sheet) as survivors:
            await survivors.ask([cluster.vault_address, "127.0.0.1:1"])
            assert survivors.found == []
            assert set(survivors.silent) == {cluster.vault_address, "127.0.0.1:1"}
