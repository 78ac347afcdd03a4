"""From the sheet and a vault to a full node; what must not happen on the way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dfs_core.crypto.identity import Identity
from dfs_core.crypto.recovery import RecoverySheet
from dfs_core.crypto.secrets import ClusterSecrets
from dfs_core.crypto.snapshot import SnapshotPointer
from dfs_core.errors import InvalidInput, NotFound, PeerUnreachable, StoreError
from dfs_core.model.ids import Address
from dfs_core.server.founding import init
from dfs_core.server.names import IDENTITY_NAME
from dfs_core.server.restoring import ClusterLives, Restored, Snapshot, restore, restore_secrets

from .lost_cluster import LostCluster, until


@pytest.fixture
async def cluster(tmp_path: Path) -> AsyncIterator[LostCluster]:
    async with LostCluster(tmp_path) as made:
        yield made


class Asked:
    """Whoever decides, and what it was shown."""

    def __init__(self, *, agrees: bool = True) -> None:
        self.shown: list[Snapshot] = []
        self.agrees = agrees

    def __call__(self, found: Snapshot) -> bool:
        self.shown.append(found)
        return self.agrees


async def restored(cluster: LostCluster, asked: Asked, name: str = "new") -> Restored | ClusterLives:
    return await asyncio.to_thread(
        restore,
        cluster.sheet,
        cluster.folder / name,
        [cluster.vault_address],
        agree=asked,
        listen="127.0.0.1:0",
        capacity=1 << 32,
    )


async def test_the_cluster_begins_again_with_a_node_of_another_name(cluster: LostCluster) -> None:
    lost = str(cluster.full.node_id)
    await cluster.lose_full_node()
    asked = Asked()
    made = await restored(cluster, asked)
    assert isinstance(made, Restored)
    assert made.node_id != lost
    (found,) = asked.shown
    assert (found.number, found.keys, found.lost, found.passed_over) == (1, 1, (lost,), ())
    assert found.newest_ms > 0
    node = await cluster.start("new")
    await until(lambda: bool(node._mesh.alive()))
    assert await node.retrieve("file") == cluster.data
    assert [str(voter) for voter in node.voters] == [made.node_id]
    states = {str(member.node): member.state for member in node.full.catalog.layout().members}
    assert states[lost] == "removed"
    assert cluster.vault._members.revision == node._members.revision


async def test_without_agreement_nothing_is_made(cluster: LostCluster) -> None:
    await cluster.lose_full_node()
    with pytest.raises(InvalidInput, match="nothing was restored"):
        await restored(cluster, Asked(agrees=False))
    assert not (cluster.folder / "new").exists()
    assert isinstance(await restored(cluster, Asked()), Restored), "and it can be begun anew"


async def test_a_full_node_that_lives_invites_and_nothing_is_made(cluster: LostCluster) -> None:
    asked = Asked()
    answer = await asyncio.to_thread(
        restore, cluster.sheet, cluster.folder / "new", [cluster.full_address], agree=asked, capacity=1 << 32
    )
    assert isinstance(answer, ClusterLives)
    assert (answer.node, asked.shown) == (str(cluster.full.node_id), [])
    assert answer.line.startswith("dfs1-")
    assert not (cluster.folder / "new").exists()


async def test_a_snapshot_that_cannot_be_had_is_passed_over_and_said(cluster: LostCluster) -> None:
    pointer = cluster.full.full.recovery.book.pointers[0]
    identity = Identity.from_pem((cluster.folder / "full" / "identity" / IDENTITY_NAME).read_bytes())
    nowhere = SnapshotPointer(pointer.cluster, 1, 0, 2, pointer.taken_at + 5, Address(b"n" * 32), 100, 100, b"").signed(
        identity
    )
    cluster.vault._pointers.add(nowhere)
    await cluster.lose_full_node()
    asked = Asked()
    assert isinstance(await restored(cluster, asked), Restored)
    assert asked.shown[0].number == 1
    assert "snapshot 2" in asked.shown[0].passed_over[0]


async def test_a_cluster_without_a_snapshot_cannot_come_back(cluster: LostCluster) -> None:
    cluster.vault._pointers._pointers.clear()
    await cluster.lose_full_node()
    with pytest.raises(NotFound, match="no catalog snapshot"):
        await restored(cluster, Asked())


async def test_nobody_named_or_nobody_there_is_said(cluster: LostCluster) -> None:
    nobody: list[tuple[list[str], type[Exception], str]] = [
        ([], InvalidInput, "--from"),
        (["127.0.0.1:1"], PeerUnreachable, "127.0.0.1:1"),
    ]
    for addresses, kind, why in nobody:
        with pytest.raises(kind, match=why):
            await asyncio.to_thread(restore, cluster.sheet, cluster.folder / "new", addresses, agree=Asked())
    assert not (cluster.folder / "new").exists(), "what it had made is gone"


async def test_a_folder_that_is_somebodys_is_left_as_it_is(cluster: LostCluster) -> None:
    with pytest.raises(StoreError):
        await restored(cluster, Asked(), "vault")


def test_secrets_are_put_back_where_they_are_missing_and_nowhere_else(tmp_path: Path) -> None:
    founded = init(tmp_path / "node", capacity=1 << 32)
    sheet = RecoverySheet.parse(founded.recovery_sheet)
    secret = tmp_path / "node" / "secrets" / "cluster"
    before = secret.read_bytes()
    assert not restore_secrets(sheet, tmp_path / "node")
    secret.unlink()
    assert restore_secrets(sheet, tmp_path / "node")
    assert secret.read_bytes() == before
    other = RecoverySheet.parse(init(tmp_path / "other", capacity=1 << 32).recovery_sheet)
    with pytest.raises(InvalidInput, match="of cluster"):
        restore_secrets(other, tmp_path / "node")
    assert ClusterSecrets.decode(secret.read_bytes()).hash(1) == sheet.secrets.hash(1)
