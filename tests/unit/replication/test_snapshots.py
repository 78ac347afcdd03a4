"""A snapshot through the chunks and back: whoever has the root and the secrets has the whole catalog."""

from __future__ import annotations

import asyncio
import io
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from dfs_core.catalog.facts import KeptSnapshot
from dfs_core.catalog.snapshot import check_snapshot
from dfs_core.crypto.snapshot import open_root, seal_root
from dfs_core.errors import ChunkNotFound, InvalidInput, SealBroken
from dfs_core.model.ids import Address
from dfs_core.replication.snapshots import fetch_snapshot, open_snapshot_root
from dfs_core.server import Node, NodeConfig
from dfs_core.server.founding import init


@pytest.fixture
async def node(tmp_path: Path) -> AsyncIterator[Node]:
    await asyncio.to_thread(init, tmp_path / "one", listen="127.0.0.1:0", capacity=1 << 32, chunk_bytes=1 << 16)
    async with Node(NodeConfig.load(tmp_path / "one")) as made:
        yield made


async def taken(node: Node) -> KeptSnapshot:
    assert await node.full.consensus.catch_up(leader_wait_s=10.0)
    return await node.full.recovery.maker.take()


async def content_of(node: Node, kept: KeptSnapshot) -> bytes:
    secrets = node.full.recovery.keyring.secrets
    sealed = await node._store.get(Address(kept.root))
    root = open_snapshot_root(sealed, secrets=secrets, cluster=node.cluster, number=kept.number)
    target = io.BytesIO()
    await fetch_snapshot(root, node._store.get, target, cluster=node.cluster)
    return target.getvalue()


async def test_what_was_sealed_comes_back_whole(node: Node, tmp_path: Path) -> None:
    for number in range(40):
        await node.store(f"a/rather/long/key/number/{number:04d}" * 20, b"x" * 4000)
    kept = await taken(node)
    assert kept.number == 1
    content = await content_of(node, kept)
    assert len(content) == kept.size > 3 * (1 << 16), "several chunks"
    (tmp_path / "copy.sqlite").write_bytes(content)
    facts = await asyncio.to_thread(check_snapshot, tmp_path / "copy.sqlite")
    assert facts.index == kept.taken_at
    rows = sqlite3.connect(tmp_path / "copy.sqlite").execute("SELECT count(*) FROM current").fetchone()
    assert rows == (40,)


async def test_no_chunk_of_a_snapshot_shows_a_key(node: Node, tmp_path: Path) -> None:
    await node.store("a-very-telling-name", b"content")
    await taken(node)
    for path in (tmp_path / "one" / "chunks").glob("???/*"):
        assert b"a-very-telling-name" not in path.read_bytes()


async def test_snapshots_are_numbered_and_leave_no_file_behind(node: Node, tmp_path: Path) -> None:
    assert [(await taken(node)).number for _ in range(3)] == [1, 2, 3]
    assert [each.number for each in node.full.catalog.snapshots()] == [1, 2, 3]
    assert list((tmp_path / "one" / "tmp").iterdir()) == []


async def test_its_chunks_are_referred_to_and_no_key_is_listed(node: Node) -> None:
    kept = await taken(node)
    assert node.full.catalog.references([kept.root]) == {kept.root: 1}
    assert node.full.catalog.list() == []
    assert node.full.catalog.uploads() == []


async def test_a_root_opens_for_its_own_number_only(node: Node) -> None:
    kept = await taken(node)
    with pytest.raises(SealBroken):
        await content_of(node, replace(kept, number=2))


async def test_a_missing_chunk_is_named(node: Node) -> None:
    await node.store("key" * 100, b"y" * 4000)
    kept = await taken(node)
    secrets = node.full.recovery.keyring.secrets
    sealed = await node._store.get(Address(kept.root))
    root = open_snapshot_root(sealed, secrets=secrets, cluster=node.cluster, number=1)
    (_, ref), *_ = root.chunks()
    await node._store.delete(Address(ref.address))
    with pytest.raises(ChunkNotFound, match=ref.address.hex()):
        await content_of(node, kept)


async def test_a_root_of_a_newer_format_says_what_to_do(node: Node) -> None:
    kept = await taken(node)
    secrets = node.full.recovery.keyring.secrets
    plain = open_root(await node._store.get(Address(kept.root)), secrets=secrets, cluster=node.cluster, number=1)
    newer = msgspec.msgpack.encode({**msgspec.msgpack.decode(plain), "format": 2})
    for content, why in ((newer, "upgrade"), (b"\xc1", "malformed")):
        sealed = seal_root(content, secrets=secrets, epoch=1, cluster=node.cluster, number=1)
        with pytest.raises(InvalidInput, match=why):
            open_snapshot_root(sealed, secrets=secrets, cluster=node.cluster, number=1)
