from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing
from pathlib import Path

import pytest
from blake3 import blake3

from dfs_core.errors import (
    ChunkCorrupt,
    InvalidInput,
    KeyNotFound,
    NotFound,
    PeerError,
    SealBroken,
    VersionNotFound,
)
from dfs_core.limits import CHUNK_BYTES_MIN
from dfs_core.model.ids import Address
from dfs_core.replication.budget import Budget

from .chunk_world import node_id
from .file_world import Files

CHUNK = CHUNK_BYTES_MIN


@pytest.fixture
async def files(tmp_path: Path) -> AsyncIterator[Files]:
    made = Files(tmp_path)
    await made.found()
    yield made
    await made.close()


async def test_a_range_fetches_only_the_chunks_it_touches(files: Files) -> None:
    data = os.urandom(8 * CHUNK)
    await files.store("key", data)
    own = files.world.stores[files.world.me]
    got: list[Address] = []
    get = own.get

    async def counted(address: Address, *, verify: bool = True) -> bytes:
        got.append(address)
        return await get(address, verify=verify)

    own.get = counted  # type: ignore[method-assign]
    assert await files.retrieve("key", 3 * CHUNK - 2, 3 * CHUNK + 2) == data[3 * CHUNK - 2 : 3 * CHUNK + 2]
    assert len(got) == 2


async def test_every_range_gives_exactly_its_bytes(files: Files) -> None:
    data = os.urandom(2 * CHUNK + 100)
    await files.store("key", data)
    edges = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 2 * CHUNK + 99, 2 * CHUNK + 100]
    for start in edges:
        for end in edges:
            if start <= end:
                assert await files.retrieve("key", start, end) == data[start:end]
    with pytest.raises(InvalidInput):
        await files.retrieve("key", len(data) + 1)


async def test_older_versions_stay_readable(files: Files) -> None:
    first = await files.store("key", b"one" * CHUNK)
    await files.store("key", b"two" * CHUNK)
    assert (await files.retrieve("key"))[:3] == b"two"
    assert (await files.retrieve("key", version=first.version))[:3] == b"one"
    with pytest.raises(VersionNotFound):
        await files.retrieve("key", version=99)
    with pytest.raises(KeyNotFound):
        await files.retrieve("other")


async def test_a_file_is_found_by_the_hash_of_its_content(files: Files) -> None:
    data = os.urandom(3 * CHUNK)
    await files.store("key", data)
    opened = await files.reader.find_content(blake3(data).digest(), stale=False)
    assert opened.version.key == "key"
    with pytest.raises(NotFound):
        await files.reader.find_content(bytes(32), stale=False)


async def test_the_catalog_confirms_no_hash_to_whoever_steals_it(files: Files, tmp_path: Path) -> None:
    data = os.urandom(3 * CHUNK)
    await files.store("key", data)
    raw = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert blake3(data).digest() not in raw


async def test_damaged_copies_everywhere_are_an_error_never_bytes(files: Files) -> None:
    await files.store("key", os.urandom(CHUNK))
    own = files.world.stores[files.world.me]
    ((address, _),) = await own.list(None, 2)
    await own.delete(address)
    files.world.answering = {node_id(2): b"bad", node_id(3): b"bad"}
    with pytest.raises(ChunkCorrupt):
        await files.retrieve("key")


async def test_an_unreachable_chunk_names_the_nodes_that_may_have_it(files: Files) -> None:
    await files.store("key", os.urandom(CHUNK))
    own = files.world.stores[files.world.me]
    ((address, _),) = await own.list(None, 2)
    await own.delete(address)
    files.world.down = {node_id(2), node_id(3)}
    with pytest.raises(PeerError, match="switched off"):
        await files.retrieve("key")


async def test_a_manifest_of_another_key_does_not_open(files: Files) -> None:
    await files.store("one", b"first")
    await files.store("two", b"second")
    version = files.catalog.current("one")
    other = files.catalog.current("two")
    assert version is not None and other is not None
    with pytest.raises(SealBroken):
        files.reader.open_part(version, other.head, 0)


async def test_what_a_reader_leaves_lying_counts_and_still_everybody_gets_on(
    files: Files,
) -> None:
    data = os.urandom(8 * CHUNK)
    await files.store("key", data)
    reader = files.reader
    reader.window = Budget(4 * CHUNK)
    opened = await reader.find("key", 0, stale=False)
    async with AsyncExitStack() as stack:
        for count in (4, 5, 6):
            stalled = await stack.enter_async_context(aclosing(reader.stream(opened, 0, None)))
            assert await anext(stalled) == data[:CHUNK]
            assert reader.window.used == count * CHUNK, "the first may read ahead, each later one holds one chunk"
        assert await files.retrieve("key") == data
    assert reader.window.used == 0
