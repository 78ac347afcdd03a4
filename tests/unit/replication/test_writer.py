from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dfs_core.encoding.commands import Abandon, Commit
from dfs_core.errors import FileChanged, NoMajority, NotEnoughCopies
from dfs_core.limits import CHUNK_BYTES_MIN, FILE_BYTES_MAX, INLINE_BYTES_MAX, PAGE_CHUNKS_MAX
from dfs_core.model.ids import VersionId
from dfs_core.replication.upload import StoreRequest

from .chunk_world import World, node_id
from .file_world import Bytes, Files

CHUNK = CHUNK_BYTES_MIN


@pytest.fixture
async def files(tmp_path: Path) -> AsyncIterator[Files]:
    made = Files(tmp_path)
    await made.found()
    yield made
    await made.close()


@pytest.mark.parametrize(
    "size", [0, 1, INLINE_BYTES_MAX, INLINE_BYTES_MAX + 1, CHUNK - 1, CHUNK, CHUNK + 1, 5 * CHUNK, 5 * CHUNK + 77]
)
@pytest.mark.parametrize("announced", [True, False])
async def test_what_was_stored_comes_back(files: Files, size: int, announced: bool) -> None:
    data = os.urandom(size)
    stored = await files.store("key", data, size=size if announced else -1)
    assert stored.size == size
    assert await files.retrieve("key") == data


async def test_a_small_file_costs_one_command_and_no_chunk(files: Files) -> None:
    await files.store("small", b"x" * INLINE_BYTES_MAX)
    assert len(files.log.commands) == 1
    assert [(await store.usage()).chunks for store in files.world.stores.values()] == [0, 0, 0]


async def test_every_chunk_is_on_enough_nodes_before_the_log_hears_of_it(files: Files) -> None:
    seen: list[int] = []
    propose = files.log.propose

    async def look(command: object) -> object:
        if isinstance(command, Commit):
            seen.append(sum([(await store.usage()).chunks for store in files.world.stores.values()]))
        return await propose(command)  # type: ignore[arg-type]

    files.log.propose = look  # type: ignore[assignment, method-assign]
    await files.store("key", os.urandom(10 * CHUNK))
    assert seen[0] >= 20


async def test_the_same_content_under_another_key_sends_nothing(files: Files) -> None:
    data = os.urandom(3 * CHUNK + 5)
    first = await files.store("one", data)
    files.world.sent.clear()
    second = await files.store("two", data)
    assert (first.new_chunks, second.new_chunks, second.sent_bytes) == (4, 0, 0)
    assert files.world.sent == []
    assert await files.retrieve("two") == data


async def test_a_file_of_equal_chunks_stores_one(files: Files) -> None:
    data = bytes(40 * CHUNK)
    stored = await files.store("zeros", data)
    assert await files.retrieve("zeros") == data
    assert stored.chunks == 40
    assert [(await store.usage()).chunks for store in files.world.stores.values()] == [1, 1, 1]


async def test_an_interrupted_store_lists_nothing_and_sends_only_the_rest_next_time(files: Files) -> None:
    data = os.urandom(20 * CHUNK)
    request = StoreRequest("key", VersionId(os.urandom(16)), len(data), 1, 0o644)
    source = Bytes(data[: 12 * CHUNK], failure=FileChanged("cut off"))
    with pytest.raises(FileChanged):
        await files.writer.store(request, source, lambda *_: None)
    assert files.catalog.list() == []
    before = sum([(await store.usage()).chunks for store in files.world.stores.values()])
    files.world.sent.clear()
    await files.store("key", data)
    assert len(files.world.sent) <= 2 * 20 - (before * 2 // 3 - 2)
    assert await files.retrieve("key") == data


async def test_a_stream_that_is_not_as_long_as_announced_stores_nothing(files: Files) -> None:
    for size in (10, 3 * CHUNK - 1, 3 * CHUNK + 1, 4 * CHUNK):
        with pytest.raises(FileChanged):
            await files.store("key", os.urandom(3 * CHUNK), size=size)
    assert files.catalog.list() == []


async def test_too_few_nodes_fail_the_store_and_name_them(tmp_path: Path) -> None:
    world = World()
    files = Files(tmp_path, world)
    await files.found()
    world.down = {node_id(2), node_id(3)}
    with pytest.raises(NotEnoughCopies) as caught:
        await files.store("key", os.urandom(50 * CHUNK))
    assert set(caught.value.failures) == {str(node_id(2)), str(node_id(3))}
    assert files.catalog.list() == []
    stored = await files.store("key", os.urandom(3 * CHUNK), min_copies=1)
    assert stored.copies == 1
    await files.close()


async def test_a_failed_or_cancelled_store_gives_its_memory_back(files: Files) -> None:
    files.world.down = {node_id(2), node_id(3)}
    with pytest.raises(NotEnoughCopies):
        await files.store("key", os.urandom(50 * CHUNK))
    assert files.writer.window.used == 0
    files.world.down = set()
    task = asyncio.create_task(files.store("key", os.urandom(50 * CHUNK)))
    await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await files.writer.close()
    assert files.writer.window.used == 0


async def test_a_large_file_is_referred_to_page_by_page_and_adopted(files: Files) -> None:
    data = os.urandom(CHUNK) * PAGE_CHUNKS_MAX + os.urandom(3 * CHUNK + 9)
    await files.store("large", data)
    assert [refer.page.number for refer in files.refers()] == [1]
    assert files.catalog.uploads() == []
    assert (
        await files.retrieve("large", PAGE_CHUNKS_MAX * CHUNK - 5, PAGE_CHUNKS_MAX * CHUNK + 5)
        == (data[PAGE_CHUNKS_MAX * CHUNK - 5 : PAGE_CHUNKS_MAX * CHUNK + 5])
    )


async def test_a_file_that_ends_with_a_page_has_no_empty_one(files: Files) -> None:
    data = os.urandom(CHUNK) * PAGE_CHUNKS_MAX
    await files.store("exact", data)
    assert files.refers() == []
    assert await files.retrieve("exact", len(data) - 3) == data[-3:]


async def test_an_upload_that_fails_after_its_first_page_is_abandoned(files: Files) -> None:
    class EndsAfterTheFirstPage(Bytes):
        async def read_into(self, buffer: memoryview) -> int:
            count = await super().read_into(buffer)
            while count < len(buffer) and not files.refers():
                await asyncio.sleep(0.001)
            return count

    source = EndsAfterTheFirstPage(os.urandom(CHUNK) * (PAGE_CHUNKS_MAX + 2) + b"x")
    request = StoreRequest("large", VersionId(os.urandom(16)), FILE_BYTES_MAX, 1, 0o644)
    with pytest.raises(FileChanged):
        await files.writer.store(request, source, lambda *_: None)
    async with asyncio.timeout(30):
        while not any(isinstance(command, Abandon) for command in files.log.commands):
            await asyncio.sleep(0.001)
    assert files.catalog.uploads() == []


async def test_a_store_whose_commit_finds_no_majority_says_so(files: Files) -> None:
    files.log.failure = NoMajority(["02"])
    with pytest.raises(NoMajority):
        await files.store("key", os.urandom(3 * CHUNK))
    assert files.writer.window.used == 0
