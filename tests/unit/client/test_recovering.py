"""The questions about recovery reach the node and come back as values."""

from __future__ import annotations

from pathlib import Path

from dfs_core.client import Client
from dfs_core.encoding.control_messages import ConfirmRecovery
from dfs_core.encoding.recovery_messages import RotateSecret, SecretEpochEntry
from dfs_core.testing.fake_node import NODE_ID, FakeNode


async def test_epochs_are_listed_rotated_and_confirmed(tmp_path: Path) -> None:
    async with FakeNode(tmp_path / "n.sock") as node, await Client.connect(node.control) as client:
        node.epochs = [SecretEpochEntry(1, "ab" * 32, confirmed=True, held=True)]
        assert (await client.secret_epochs()).epochs == node.epochs
        rotated = await client.rotate_secret()
        assert (rotated.epoch, rotated.holding) == (2, [NODE_ID])
        await client.confirm_recovery()
        assert (await client.snapshots()).snapshots == []
        assert [entry.number for entry in (await client.take_snapshot()).snapshots] == [1]
        assert [len(node.asked(kind)) for kind in (RotateSecret, ConfirmRecovery)] == [1, 1]
