"""A store whose chunks were condemned between the holders' answers and its entry: sent again, or failed for certain."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from dfs_core.encoding.commands import AnyCommand, Commit, Outcome, Refer
from dfs_core.errors import ChunksCondemned, OutcomeUnknown, Refused
from dfs_core.limits import CHUNK_BYTES_MIN, PAGE_CHUNKS_MAX
from dfs_core.model.ids import Address, VersionId
from dfs_core.replication.budget import Budget
from dfs_core.replication.renewal import renew

from .chunk_world import World, node_id
from .file_world import Files

CHUNK = CHUNK_BYTES_MIN


@pytest.fixture
async def files(tmp_path: Path) -> AsyncIterator[Files]:
    made = Files(tmp_path)
    await made.found()
    yield made
    await made.close()
    assert made.writer.window.used == 0


class Meddler:
    """Has all chunks condemned, and carried out on some nodes, just before the log takes a command of one kind."""

    def __init__(
        self, files: Files, kind: type[AnyCommand], gone_from: Callable[[], list[int]], times: int = 1
    ) -> None:
        self.files, self.kind, self.gone_from, self.times = files, kind, gone_from, times
        self.inner, self.taken = files.log.propose, list[AnyCommand]()
        files.log.propose = self.propose  # type: ignore[method-assign]

    async def propose(self, command: AnyCommand) -> Outcome:
        if isinstance(command, self.kind) and self.times:
            self.times -= 1
            stores = self.files.world.stores
            addresses = {address for store in stores.values() for address in store.chunks}
            self.files.log.propose = self.inner  # type: ignore[method-assign]
            index = await self.files.condemn(*addresses)
            self.files.log.propose = self.propose  # type: ignore[method-assign]
            for number in self.gone_from():
                for address in addresses:
                    await stores[node_id(number)].delete(address)
            self.files.world.source.condemn(index)
            await self.files.world.fence.step()
        self.taken.append(command)
        return await self.inner(command)


async def test_when_a_copy_is_left_the_chunks_are_sent_again_and_the_store_goes_on(files: Files) -> None:
    data = os.urandom(3 * CHUNK)
    meddler = Meddler(files, Commit, lambda: [1, 2])
    await files.store("key", data)
    first, second = (command for command in meddler.taken if isinstance(command, Commit))
    assert (first.as_of, second.as_of) == (0, files.applier.condemned_at)
    assert first.id == second.id
    assert await files.retrieve("key") == data
    for store in files.world.stores.values():
        assert len(store.chunks) == 3


async def test_when_no_copy_is_left_the_store_fails_and_is_void_and_storing_again_works(files: Files) -> None:
    data = os.urandom(3 * CHUNK)
    meddler = Meddler(files, Commit, lambda: [1, 2, 3])
    with pytest.raises(ChunksCondemned) as caught:
        await files.store("key", data)
    assert len(caught.value.addresses) == 1
    (commit,) = (command for command in meddler.taken if isinstance(command, Commit))
    assert (await files.log.propose(commit)).reason == "void", "however often it is handed over"
    assert files.catalog.list() == []
    await files.store("key", data)
    assert await files.retrieve("key") == data


async def test_a_full_page_is_claimed_again_too(files: Files) -> None:
    data = os.urandom(CHUNK) * (PAGE_CHUNKS_MAX + 1)
    meddler = Meddler(files, Refer, lambda: [2])
    await files.store("key", data)
    assert len([command for command in meddler.taken if isinstance(command, Refer)]) == 2
    assert await files.retrieve("key", 0, CHUNK) == data[:CHUNK]


async def test_a_chunk_condemned_again_and_again_ends_in_a_clear_failure(files: Files) -> None:
    meddler = Meddler(files, Commit, lambda: [2], times=99)
    with pytest.raises(ChunksCondemned):
        await files.store("key", os.urandom(CHUNK))
    assert len([command for command in meddler.taken if isinstance(command, Commit)]) == 4
    assert files.catalog.list() == []


async def test_a_refused_store_whose_end_the_log_cannot_settle_is_open(files: Files) -> None:
    Meddler(files, Commit, lambda: [1, 2, 3])
    propose = files.log.propose

    async def then_silent(command: AnyCommand) -> Outcome:
        outcome = await propose(command)
        files.log.failure = OutcomeUnknown("00")
        return outcome

    files.log.propose = then_silent  # type: ignore[method-assign]
    with pytest.raises(OutcomeUnknown):
        await files.store("key", os.urandom(CHUNK))


async def test_a_copy_of_a_key_asks_again_whether_its_source_is_there(files: Files) -> None:
    data = os.urandom(2 * CHUNK)
    await files.store("source", data)
    opened = await files.reader.find("source", 0, stale=False)
    index = await files.condemn(Address(b"x" * 32))
    files.world.source.condemn(index)
    await files.copier.copy(opened, "target", VersionId(os.urandom(16)), move=False)
    commit = files.log.commands[-1]
    assert isinstance(commit, Commit)
    assert commit.as_of == index
    await files.remover.remove(["source"], purge=True)
    with pytest.raises(Refused) as caught:
        await files.copier.copy(opened, "other", VersionId(os.urandom(16)), move=False)
    assert caught.value.reason == "source"


async def test_what_enough_holders_have_is_only_asked_for() -> None:
    world, window = World(), Budget(CHUNK)
    tea = b"tea" * 100
    for number in (2, 3):
        await world.stores[node_id(number)].put(Address.of(tea), tea)
    world.source.condemn(7)
    await world.fence.step()
    assert await renew([Address.of(tea)], 2, chunks=world.chunks, window=window) == 7
    assert world.sent == []
    assert set(world.asked_as_of) == {7}
    assert await renew([Address.of(tea)], 3, chunks=world.chunks, window=window) == 7
    assert await world.stores[world.me].has(Address.of(tea))
    assert window.used == 0
