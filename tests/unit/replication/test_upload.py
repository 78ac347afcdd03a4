from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dfs_core.encoding.commands import Abandon, Commit, ManifestPage
from dfs_core.errors import DfsError, FileChanged, NotEnoughCopies, Refused, StoreFull
from dfs_core.limits import CHUNK_BYTES_MIN, FILE_BYTES_MAX, PAGE_CHUNKS_MAX, STORE_WINDOW_BYTES
from dfs_core.model.ids import Address, NodeId, VersionId
from dfs_core.replication import upload
from dfs_core.replication.budget import Budget
from dfs_core.replication.upload import BytesSource, StoreRequest, Upload, _Chunk, check_size

from .chunk_world import World, node_id
from .file_world import Bytes, Files

CHUNK = CHUNK_BYTES_MIN


@pytest.fixture
async def files(tmp_path: Path) -> AsyncIterator[Files]:
    made = Files(tmp_path)
    await made.found()
    yield made
    await made.close()
    assert made.writer.window.used == 0, "every store gives back what it took"


def request(size: int, key: str = "key") -> StoreRequest:
    return StoreRequest(key, VersionId(os.urandom(16)), size, 1, 0o644)


class Gate:
    """Holds up every send to other nodes until it is opened."""

    def __init__(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        self.open, self.waiting = asyncio.Event(), 0
        inner = world.send_bytes

        async def send_bytes(node: NodeId, *arguments: object, **named: object) -> object:
            self.waiting += 1
            try:
                await self.open.wait()
            finally:
                self.waiting -= 1
            return await inner(node, *arguments, **named)  # type: ignore[arg-type]

        monkeypatch.setattr(world, "send_bytes", send_bytes)


# -- sources and sizes


async def test_a_source_of_bytes_is_read_in_any_portions() -> None:
    source, found, buffer = BytesSource(b"0123456789"), b"", bytearray(4)
    while count := await source.read_into(memoryview(buffer)):
        found += buffer[:count]
    assert found == b"0123456789"
    assert await source.read_into(memoryview(buffer)) == 0


def test_a_stream_is_as_long_as_announced_or_its_length_was_not_known() -> None:
    check_size(request(5), 5)
    check_size(request(-1), 5)
    for announced, came in ((5, 4), (5, 6), (0, 1)):
        with pytest.raises(FileChanged, match="nothing was stored"):
            check_size(request(announced), came)


def test_no_file_is_larger_than_a_file_may_be() -> None:
    check_size(request(-1), FILE_BYTES_MAX)
    with pytest.raises(FileChanged):
        check_size(request(-1), FILE_BYTES_MAX + 1)


# -- the window


async def test_what_is_in_flight_is_bounded_when_holders_are_slow(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Gate(files.world, monkeypatch)
    source = BytesSource(os.urandom(2 * STORE_WINDOW_BYTES))
    taken: list[int] = []
    take = Budget.take

    async def noted(budget: Budget, count: int) -> None:
        await take(budget, count)
        taken.append(files.writer.window.used)

    monkeypatch.setattr(Budget, "take", noted)
    storing = asyncio.create_task(files.writer.store(request(-1), source, lambda *_: None))
    async with asyncio.timeout(20):
        while gate.waiting == 0 or files.writer.window.used == 0:
            await asyncio.sleep(0.001)
        gate.open.set()
        await storing
    assert 0 < max(taken) <= STORE_WINDOW_BYTES


async def test_stores_that_fill_the_window_together_do_not_wait_for_one_another_for_ever(files: Files) -> None:
    """Each held chunks that it had not sent, and waited for room for more: simulated seed 1236."""
    files.writer._window = Budget(4 * CHUNK_BYTES_MIN + 1024)
    contents = {f"file {number}": os.urandom(6 * CHUNK_BYTES_MIN) for number in range(4)}
    async with asyncio.timeout(30):
        await asyncio.gather(*(files.store(key, content) for key, content in contents.items()))
    for key, content in contents.items():
        assert await files.retrieve(key) == content
    assert files.writer.window.used == 0


async def test_sealed_bytes_are_let_go_of_long_before_their_page_is_made(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page gathers a thousand chunks; holding on to their bytes would hold a gibibyte."""
    held: list[int] = []
    make_page = Upload._seal_page

    def counted(upload: Upload, chunks: list[_Chunk], number: int) -> ManifestPage:
        held.append(sum(len(chunk.data or b"") for chunk in chunks))
        return make_page(upload, chunks, number)

    monkeypatch.setattr(Upload, "_seal_page", counted)
    await files.store("large", os.urandom(2 * STORE_WINDOW_BYTES))
    assert held and max(held) <= STORE_WINDOW_BYTES


@pytest.mark.parametrize("failure", [None, FileChanged("the client's file shrank")])
async def test_however_a_store_ends_the_window_is_free_again(files: Files, failure: DfsError | None) -> None:
    data = os.urandom(20 * CHUNK)
    if failure is None:
        await files.store("key", data)
    else:
        with pytest.raises(FileChanged):
            await files.writer.store(request(-1), Bytes(data + b"x", failure), lambda *_: None)
    assert files.writer.window.used == 0


async def test_a_cancelled_store_gives_back_what_it_took_and_lists_nothing(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Gate(files.world, monkeypatch)
    storing = asyncio.create_task(files.store("key", os.urandom(20 * CHUNK)))
    async with asyncio.timeout(10):
        while gate.waiting == 0:
            await asyncio.sleep(0.001)
    storing.cancel()
    await asyncio.wait({storing})
    assert storing.cancelled()
    assert files.writer.window.used == 0
    assert files.catalog.list() == []


# -- equal chunks, known chunks


async def test_equal_chunks_of_one_file_are_sent_once_and_all_counted(files: Files) -> None:
    stored = await files.store("key", b"x" * 30 * CHUNK)
    assert stored.chunks == 30
    assert stored.new_chunks == 1
    assert len(files.world.sent) == 2, "once to each of the others"
    assert await files.retrieve("key") == b"x" * 30 * CHUNK


async def test_storing_the_same_again_sends_nothing_and_says_so(files: Files) -> None:
    data = os.urandom(5 * CHUNK)
    first = await files.store("a", data)
    files.world.sent.clear()
    again = await files.store("b", data)
    assert (first.new_chunks, again.new_chunks, again.sent_bytes) == (5, 0, 0)
    assert files.world.sent == []


async def test_after_an_interruption_only_the_rest_is_sent(files: Files) -> None:
    data = os.urandom(20 * CHUNK)
    with pytest.raises(FileChanged):
        await files.writer.store(request(-1), Bytes(data[: 12 * CHUNK + 1], FileChanged("cut off")), lambda *_: None)
    held = {node: set(store.chunks) for node, store in files.world.stores.items()}
    assert any(held.values())
    files.world.sent.clear()
    await files.store("key", data)
    assert not [(node, address) for node, address in files.world.sent if address in held[node]]
    assert await files.retrieve("key") == data


# -- progress and pages


async def test_progress_counts_every_byte_once_and_names_who_has_it(files: Files) -> None:
    told: list[tuple[int, frozenset[NodeId], int]] = []
    data = os.urandom(3 * CHUNK + 7)
    await files.writer.store(request(len(data)), Bytes(data), lambda *moved: told.append(moved))
    assert sum(safe for safe, _, _ in told) == len(data)
    assert all(len(holders) >= 2 for safe, holders, _ in told if safe)


async def test_bytes_are_everywhere_only_when_the_last_copy_is_there_too(files: Files) -> None:
    told: list[tuple[int, frozenset[NodeId], int]] = []
    data = os.urandom(2 * CHUNK) + b"\0" * (2 * CHUNK)  # two of the chunks are the same
    await files.writer.store(request(len(data)), Bytes(data), lambda *moved: told.append(moved))
    await files.settle()
    assert sum(everywhere for _, _, everywhere in told) == len(data)
    copies = [node for _, holders, _ in told for node in holders]
    assert {copies.count(node_id(number)) for number in (1, 2, 3)} == {4}


async def test_what_is_in_a_file_again_is_everywhere_at_once_when_the_first_one_is_already(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upload, "ASK_BATCH", 2)
    told: list[tuple[int, frozenset[NodeId], int]] = []
    some_are_everywhere, go_on = asyncio.Event(), asyncio.Event()
    other, put = os.urandom(CHUNK), files.world.stores[node_id(3)].put

    def moved(safe: int, holders: frozenset[NodeId], everywhere: int) -> None:
        told.append((safe, holders, everywhere))
        if everywhere:
            some_are_everywhere.set()

    async def put_the_second_one_late(address: Address, data: memoryview | bytes, **more: bool) -> bool:
        first.append(address)
        if address != first[0]:
            await go_on.wait()
        return await put(address, data, **more)

    class Waiting(Bytes):
        """Has its last chunks read when the first one is everywhere, while the rest of its batch is not."""

        reads = 0

        async def read_into(self, buffer: memoryview) -> int:
            self.reads += 1
            if self.reads == 5:
                await some_are_everywhere.wait()
            return await super().read_into(buffer)

    first: list[Address] = []
    files.world.stores[node_id(3)].put = put_the_second_one_late  # type: ignore[method-assign]
    data = b"\0" * CHUNK + other + b"\0" * (2 * CHUNK)
    await files.writer.store(request(len(data)), Waiting(data), moved)
    go_on.set()
    await files.settle()
    assert sum(everywhere for _, _, everywhere in told) == len(data)


async def test_bytes_are_nowhere_whole_while_a_node_is_away(files: Files) -> None:
    told: list[tuple[int, frozenset[NodeId], int]] = []
    files.world.down = {node_id(3)}
    await files.writer.store(request(CHUNK), Bytes(os.urandom(CHUNK)), lambda *moved: told.append(moved))
    await files.settle()
    assert sum(safe for safe, _, _ in told) == CHUNK
    assert not any(everywhere for _, _, everywhere in told)


@pytest.mark.parametrize(("chunks", "refers"), [(1, 0), (PAGE_CHUNKS_MAX, 0), (PAGE_CHUNKS_MAX + 1, 1)])
async def test_full_pages_go_to_the_log_before_the_last_one_which_travels_with_the_commit(
    files: Files, chunks: int, refers: int
) -> None:
    stored = await files.store("key", b"x" * (chunks * CHUNK))
    assert stored.chunks == chunks
    assert len(files.refers()) == refers
    commit = files.log.commands[-1]
    assert isinstance(commit, Commit)
    assert [page.number for page in commit.pages] == [refers + 1]
    pages = [command.page for command in files.refers()] + commit.pages
    assert sum(len(page.addresses) for page in pages) == chunks * 32


# -- failures


async def test_too_few_copies_end_the_store_at_once_however_long_the_stream_is(files: Files) -> None:
    files.world.down = {node_id(2), node_id(3)}

    class Endless:
        async def read_into(self, buffer: memoryview) -> int:
            await asyncio.sleep(0)
            buffer[:8] = os.urandom(8)
            return len(buffer)

    async with asyncio.timeout(20):
        with pytest.raises(NotEnoughCopies):
            await files.writer.store(request(-1), Endless(), lambda *_: None)
    assert files.log.commands == []


async def test_one_full_holder_is_stood_in_for_or_owed(tmp_path: Path) -> None:
    files = Files(tmp_path, World(nodes=4))
    await files.found()
    files.world.failing = {node_id(2): StoreFull("no room")}
    stored = await files.store("key", os.urandom(10 * CHUNK))
    assert stored.copies >= 2
    addresses = {address for store in files.world.stores.values() for address in store.chunks}
    await files.close()
    for address in addresses:
        assert sum(address in store.chunks for store in files.world.stores.values()) == 3
    assert {holder for _, holder in files.world.missed} <= {node_id(2)}


async def test_a_refused_page_ends_the_store(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    propose = files.log.propose

    async def refuse(command: object) -> object:
        if not isinstance(command, Abandon):
            raise Refused("condemned", "a chunk was condemned meanwhile")
        return await propose(command)

    monkeypatch.setattr(files.log, "propose", refuse)
    with pytest.raises(Refused):
        await files.store("key", b"x" * ((PAGE_CHUNKS_MAX + 2) * CHUNK))
    assert files.catalog.list() == []
