from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from blake3 import blake3

from dfs_core.encoding.codec import CODECS
from dfs_core.encoding.control_messages import ChunkHolders, KeyDetail, KeyEntry
from dfs_core.errors import InvalidInput
from dfs_core.limits import CHUNK_BYTES_MIN, COPIES_MAX, PAGE_CHUNKS_MAX
from dfs_core.model.ids import Address, VersionId
from dfs_core.replication.memberlist import MemberList, known_members
from dfs_core.replication.reader import addresses_of
from dfs_core.server import keys as keys_module
from dfs_core.server.keys import CHUNKS_LISTED_MAX, HISTORY_MAX, UNKNOWN, KeyFacts

from ..replication.chunk_world import World
from ..replication.file_world import Files

CHUNK = CHUNK_BYTES_MIN


class Bench:
    """Files on four nodes, three copies each, and what is known of their keys."""

    def __init__(self, folder: Path) -> None:
        self.world = World(nodes=4)
        self.files = Files(folder, self.world)
        self.full_nodes_up = 3
        self.facts = KeyFacts(
            catalog=self.files.catalog,
            chunks=self.world.chunks,
            members=MemberList(known_members(1, 3, self.world.layout.members)),
            full_nodes_up=lambda: self.full_nodes_up,
        )

    async def detail(self, key: str, *, chunk_list: bool = False) -> KeyDetail:
        opened = await self.files.reader.find(key, 0, stale=False)
        return await self.facts.detail(opened, chunk_list=chunk_list)

    async def listed(self) -> dict[str, KeyEntry]:
        versions = self.files.catalog.list()
        entries = await self.facts.with_copies(versions, [self.facts.entry(version) for version in versions])
        return {entry.key: entry for entry in entries}

    def addresses(self, key: str) -> list[Address]:
        version = self.files.catalog.current(key)
        assert version is not None
        pages = self.files.catalog.pages(version.version_id)
        return [Address(raw) for page in pages for raw in addresses_of(page)]


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    made = Bench(tmp_path)
    await made.files.found()
    yield made
    await made.files.close()


async def test_an_entry_says_what_the_catalog_knows(bench: Bench) -> None:
    stored = await bench.files.store("a", b"x" * (CHUNK + 1))
    version = bench.files.catalog.current("a")
    assert version is not None
    entry = bench.facts.entry(version)
    assert (entry.key, entry.version, entry.size, entry.chunks) == ("a", stored.version, CHUNK + 1, 2)
    assert (entry.mode, entry.mtime_ns, entry.removed) == (0o644, 1, False)
    assert entry.stored_by == str(bench.world.me)
    assert (entry.copies, entry.hash) == (UNKNOWN, ""), "nobody asked for those"


async def test_with_its_head_an_entry_has_the_plain_hash_of_the_file(bench: Bench) -> None:
    await bench.files.store("a", b"tea")
    assert (await bench.detail("a")).entry.hash == blake3(b"tea").hexdigest()


async def test_copies_are_those_of_the_least_replicated_chunk(bench: Bench) -> None:
    await bench.files.store("a", os.urandom(3 * CHUNK))
    assert (await bench.listed())["a"].copies == 3
    lost = bench.addresses("a")[1]
    holder = next(node for node, store in bench.world.stores.items() if lost in store.chunks)
    await bench.world.stores[holder].delete(lost)
    assert (await bench.listed())["a"].copies == 2
    detail = await bench.detail("a")
    assert detail.entry.copies == 2
    assert sum(detail.holders.values()) == 8
    assert detail.placed[str(holder)] == detail.holders[str(holder)] + 1


async def test_who_cannot_be_reached_holds_nothing_for_now(bench: Bench) -> None:
    await bench.files.store("a", b"x" * CHUNK)
    (address,) = bench.addresses("a")
    holders = [node for node, store in bench.world.stores.items() if address in store.chunks]
    bench.world.down = {node for node in holders if node != bench.world.me}
    assert (await bench.listed())["a"].copies == (1 if bench.world.me in holders else 0)


async def test_a_small_file_has_a_copy_on_each_full_node_that_is_up(bench: Bench) -> None:
    await bench.files.store("small", b"tea")
    await bench.files.store("empty", b"")
    listed = await bench.listed()
    assert (listed["small"].copies, listed["empty"].copies) == (3, 3)
    bench.full_nodes_up = 2
    assert (await bench.detail("small")).entry.copies == 2


async def test_a_page_with_very_many_chunks_leaves_the_largest_uncounted(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys_module, "COUNTED_CHUNKS_MAX", 3)
    await bench.files.store("a", os.urandom(2 * CHUNK))
    await bench.files.store("b", os.urandom(2 * CHUNK))
    await bench.files.store("c", os.urandom(CHUNK))
    listed = await bench.listed()
    assert [listed[key].copies for key in "abc"] == [3, UNKNOWN, 3]


async def test_listing_nothing_asks_nobody(bench: Bench) -> None:
    assert await bench.facts.with_copies([], []) == []


async def test_a_detail_tells_where_chunks_belong_and_where_they_are(bench: Bench) -> None:
    await bench.files.store("a", os.urandom(5 * CHUNK))
    detail = await bench.detail("a")
    assert detail.chunks == []
    assert sum(detail.placed.values()) == sum(detail.holders.values()) == 15
    assert {node: count for node, count in detail.holders.items() if count} == detail.placed


async def test_asked_for_them_it_names_each_chunk_with_its_length_and_holders(bench: Bench) -> None:
    await bench.files.store("a", os.urandom(CHUNK + 5))
    chunks = (await bench.detail("a", chunk_list=True)).chunks
    assert [chunk.address for chunk in chunks] == [str(address) for address in bench.addresses("a")]
    assert [chunk.length for chunk in chunks] == [CHUNK, 5]
    for chunk in chunks:
        assert sorted(chunk.holders) == sorted(chunk.placed)
        assert len(chunk.placed) == 3


async def test_a_list_of_chunks_that_no_message_takes_is_refused(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys_module, "CHUNKS_LISTED_MAX", 2)
    await bench.files.store("a", os.urandom(3 * CHUNK))
    with pytest.raises(InvalidInput, match="3 chunks"):
        await bench.detail("a", chunk_list=True)
    assert (await bench.detail("a")).entry.chunks == 3


def test_the_longest_list_of_chunks_fits_a_message() -> None:
    everybody = ["ab" * 32] * COPIES_MAX
    chunks = [ChunkHolders("cd" * 32, CHUNK, everybody, everybody)] * CHUNKS_LISTED_MAX
    entry = KeyEntry("k" * 4096, 1, 1, 1, 1, 1, 1)
    assert CODECS["msgpack"].encode(KeyDetail(entry, {}, {}, chunks, [entry] * HISTORY_MAX, False))


async def test_a_chunk_that_occurs_twice_counts_twice(bench: Bench) -> None:
    await bench.files.store("a", b"x" * 2 * CHUNK)
    first, second = bench.addresses("a")
    assert first == second
    detail = await bench.detail("a")
    assert sum(detail.holders.values()) == 6


async def test_a_file_of_several_pages_is_counted_whole(bench: Bench) -> None:
    await bench.files.store("a", (b"x" * CHUNK) * (PAGE_CHUNKS_MAX + 1))
    detail = await bench.detail("a")
    assert detail.entry.chunks == PAGE_CHUNKS_MAX + 1
    assert sum(detail.holders.values()) == 3 * (PAGE_CHUNKS_MAX + 1)


async def test_a_detail_has_the_history_of_its_key_newest_first(bench: Bench) -> None:
    for number in range(3):
        await bench.files.store("a", b"%d" % number)
    await bench.files.remover.remove(["a"])
    await bench.files.store("a", b"again")
    history = (await bench.detail("a")).history
    assert [entry.size for entry in history] == [5, 0, 1, 1, 1]
    assert [entry.removed for entry in history] == [False, True, False, False, False]
    assert len(history) <= HISTORY_MAX


async def test_what_a_copy_shares_with_its_source_is_counted_for_both(bench: Bench) -> None:
    await bench.files.store("a", os.urandom(2 * CHUNK))
    opened = await bench.files.reader.find("a", 0, stale=False)
    await bench.files.copier.copy(opened, "b", VersionId(b"v" * 16), move=False)
    listed = await bench.listed()
    assert (listed["a"].copies, listed["b"].copies) == (3, 3)


async def test_a_possibly_stale_answer_says_so(bench: Bench) -> None:
    await bench.files.store("a", b"tea")
    opened = await bench.files.reader.find("a", 0, stale=True)
    assert (await bench.facts.detail(opened, chunk_list=False)).stale
