"""A full node follows what the log says of secrets and sheets, and tells who lacks it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dfs_core.client import Client
from dfs_core.crypto.recovery import RecoverySheet, recovery_authority
from dfs_core.server import Node, NodeConfig
from dfs_core.server.founding import Founded, init


@pytest.fixture
def founded(tmp_path: Path) -> Founded:
    return init(tmp_path / "one", listen="127.0.0.1:0", capacity=1 << 32)


@pytest.fixture
async def node(founded: Founded, tmp_path: Path) -> AsyncIterator[Node]:
    async with Node(NodeConfig.load(tmp_path / "one")) as made:
        yield made


@pytest.fixture
async def client(node: Node) -> AsyncIterator[Client]:
    made = await Client.connect(str(node.ready_line["control"]))
    yield made
    await made.close()


async def test_the_authority_of_the_sheet_is_what_the_node_believes(
    node: Node, client: Client, founded: Founded
) -> None:
    await client.store("key", b"so that the founding is applied")
    await node.full.recovery.refresh()
    sheet = RecoverySheet.parse(founded.recovery_sheet)
    assert node.full.recovery.book.authority == recovery_authority(sheet.secrets, 1).certificate


async def test_what_was_confirmed_is_still_confirmed_after_a_restart(founded: Founded, tmp_path: Path) -> None:
    async def status_after(*, confirm: bool) -> bool:
        async with Node(NodeConfig.load(tmp_path / "one")) as node:
            client = await Client.connect(str(node.ready_line["control"]))
            if confirm:
                await client.confirm_recovery()
            confirmed = (await client.status()).recovery_confirmed
            await client.close()
        return confirmed

    assert not await status_after(confirm=False)
    assert await status_after(confirm=True)
    assert await status_after(confirm=False)


async def test_a_rotation_makes_a_new_sheet_due_and_keeps_old_files_readable(node: Node, client: Client) -> None:
    old, new = b"old" * 40_000, b"new" * 40_000
    await client.store("old", old)
    await client.confirm_recovery()
    rotated = await client.rotate_secret()
    assert (rotated.epoch, rotated.holding) == (2, [str(node.node_id)])
    status = await client.status()
    assert (status.secret_epoch, status.recovery_confirmed) == (2, False)
    await client.store("new", new)
    assert await client.retrieve("old") == old
    assert await client.retrieve("new") == new
    listed = await client.secret_epochs()
    assert [(epoch.number, epoch.confirmed, epoch.held) for epoch in listed.epochs] == [
        (1, True, True),
        (2, False, True),
    ]


async def test_what_was_stored_after_a_rotation_does_not_open_with_the_older_secret(
    node: Node, client: Client, founded: Founded
) -> None:
    await client.rotate_secret()
    await client.store("after", b"x" * 100_000)
    version = await asyncio.to_thread(node.full.catalog.current, "after")
    assert version is not None
    assert int.from_bytes(version.head[5:9], "big") == 2, "sealed under the new epoch"
    assert 2 not in RecoverySheet.parse(founded.recovery_sheet).secrets.epochs
