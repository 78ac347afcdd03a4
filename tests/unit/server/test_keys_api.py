from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast

import pytest

from dfs_core.encoding.codec import CODECS
from dfs_core.encoding.control_messages import (
    CopyKey,
    FileStored,
    KeyDetail,
    KeyPage,
    KeysRemoved,
    ListKeys,
    RemoveKeys,
    StatKey,
)
from dfs_core.encoding.history_messages import FindKeys, GetHistory, VersionPage
from dfs_core.encoding.message import Message
from dfs_core.errors import InvalidInput, KeyNotFound, NoMajority, Refused
from dfs_core.limits import CHUNK_BYTES_MIN, KEY_BYTES_MAX, LIST_PAGE_MAX
from dfs_core.replication.consensus import Consensus
from dfs_core.replication.memberlist import MemberList, known_members
from dfs_core.server import keys_api
from dfs_core.server.keys import KeyFacts
from dfs_core.server.keys_api import KeysApi
from dfs_core.server.lookup import Lookup

from ..replication.file_world import Files
from .exchanges import FakeExchange


class Desk:
    """A full node's handlers for keys, over files in memory."""

    def __init__(self, folder: Path) -> None:
        self.files = Files(folder)
        self.led, self.asked = True, 0
        facts = KeyFacts(
            catalog=self.files.catalog,
            chunks=self.files.world.chunks,
            members=MemberList(known_members(1, 3, self.files.world.layout.members)),
            full_nodes_up=lambda: 3,
        )
        self.api = KeysApi(
            consensus=cast(Consensus, self),
            catalog=self.files.catalog,
            lookup=Lookup(cast(Consensus, self), self.files.reader),
            copier=self.files.copier,
            remover=self.files.remover,
            facts=facts,
            token=os.urandom,
        )

    async def catch_up(self, *, leader_wait_s: float = 0.3) -> bool:
        self.asked += 1
        return self.led

    def missing_voters(self) -> list[str]:
        return []

    async def ask(self, request: Message) -> Message:
        exchange = FakeExchange(request)
        await self.api.handlers[type(request)](exchange.real)
        (reply,) = exchange.replies
        return reply

    async def page(self, prefix: str = "", after: str = "", limit: int = 100, *, copies: bool = False) -> KeyPage:
        page = await self.ask(ListKeys(prefix, after, limit, copies))
        assert isinstance(page, KeyPage)
        return page


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    made = Desk(tmp_path)
    await made.files.found()
    yield made
    await made.files.close()


def names(page: KeyPage) -> list[str]:
    return [entry.key for entry in page.entries]


async def test_keys_are_listed_a_page_at_a_time_in_order_each_once(desk: Desk) -> None:
    for key in ("b", "a/2", "a/1", "a", "ü"):
        await desk.files.store(key, b"x")
    first = await desk.page(limit=2)
    second = await desk.page(after=first.after, limit=2)
    third = await desk.page(after=second.after, limit=2)
    assert [names(page) for page in (first, second, third)] == [["a", "a/1"], ["a/2", "b"], ["ü"]]
    assert third.after == ""


async def test_a_listing_begins_with_its_prefix(desk: Desk) -> None:
    for key in ("a/1", "ab", "b"):
        await desk.files.store(key, b"x")
    assert names(await desk.page("a/")) == ["a/1"]
    assert names(await desk.page("a")) == ["a/1", "ab"]


async def test_removed_keys_are_listed_instead_when_they_are_asked_for(desk: Desk) -> None:
    for key in ("a/1", "a/2", "b"):
        await desk.files.store(key, b"x")
    await desk.ask(RemoveKeys(["a/1", "b"]))
    page = await desk.ask(ListKeys("a/", limit=100, removed=True, copies=True))
    assert isinstance(page, KeyPage)
    assert [(entry.key, entry.removed) for entry in page.entries] == [("a/1", True)]
    first = await desk.ask(ListKeys(removed=True, limit=1))
    assert isinstance(first, KeyPage) and first.after == "a/1"
    second = await desk.ask(ListKeys(after=first.after, limit=100, removed=True))
    assert isinstance(second, KeyPage) and names(second) == ["b"]


async def test_copies_are_counted_when_they_are_asked_for(desk: Desk) -> None:
    await desk.files.store("a", b"x" * CHUNK_BYTES_MIN)
    assert (await desk.page()).entries[0].copies == -1
    assert (await desk.page(copies=True)).entries[0].copies == 3


async def test_a_listing_catches_up_first_and_says_when_it_could_not(desk: Desk) -> None:
    assert not (await desk.page()).stale
    desk.led = False
    assert (await desk.page()).stale
    assert desk.asked == 2


@pytest.mark.parametrize("limit", [0, -1, LIST_PAGE_MAX + 1])
async def test_a_page_has_a_sensible_size(desk: Desk, limit: int) -> None:
    with pytest.raises(InvalidInput):
        await desk.page(limit=limit)


async def test_long_keys_make_shorter_pages_and_none_is_left_out(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys_api, "PAGE_BYTES_MAX", 3 * (KEY_BYTES_MAX + keys_api.ENTRY_BYTES))
    keys = [letter * KEY_BYTES_MAX for letter in "abcdefgh"]
    for key in keys:
        await desk.files.store(key, b"x")
    pages = [await desk.page()]
    while pages[-1].after:
        pages.append(await desk.page(after=pages[-1].after))
    assert [len(page.entries) for page in pages] == [3, 3, 2]
    assert [name for page in pages for name in names(page)] == keys


async def test_an_entry_takes_no_more_room_than_is_reckoned(desk: Desk) -> None:
    await desk.files.store("k", b"x" * 10 * CHUNK_BYTES_MIN)
    page = await desk.page(copies=True)
    assert len(CODECS["msgpack"].encode(page)) < keys_api.ENTRY_BYTES


async def test_everything_about_a_key(desk: Desk) -> None:
    await desk.files.store("a", b"x" * 2 * CHUNK_BYTES_MIN)
    detail = await desk.ask(StatKey("a", chunk_list=True))
    assert isinstance(detail, KeyDetail)
    assert (detail.entry.size, len(detail.chunks)) == (2 * CHUNK_BYTES_MIN, 2)
    with pytest.raises(KeyNotFound):
        await desk.ask(StatKey("b"))


async def test_keys_are_removed_and_those_that_are_not_there_are_named(desk: Desk) -> None:
    for key in ("a", "b", "a/1"):
        await desk.files.store(key, b"x")
    assert await desk.ask(RemoveKeys(["a", "nothing", "a"])) == KeysRemoved(["a"], ["nothing"])
    assert names(await desk.page()) == ["a/1", "b"]


async def test_a_folder_is_removed_with_all_below_it_and_nothing_beside_it(desk: Desk) -> None:
    for key in ("a/1", "a/b/2", "a", "ab/3"):
        await desk.files.store(key, b"x")
    assert await desk.ask(RemoveKeys(["a/", "none"], prefix=True)) == KeysRemoved(["a/1", "a/b/2"], ["none"])
    assert names(await desk.page()) == ["a", "ab/3"]


@pytest.mark.parametrize("keys", [["../a"], ["/"], ["a", ""]])
async def test_one_senseless_name_removes_nothing(desk: Desk, keys: list[str]) -> None:
    await desk.files.store("a", b"x")
    for prefix in (True, False):
        with pytest.raises(InvalidInput):
            await desk.ask(RemoveKeys(keys, prefix))
    assert names(await desk.page()) == ["a"]


async def test_a_key_is_copied_and_moved_under_the_id_that_the_client_drew(desk: Desk) -> None:
    await desk.files.store("a", b"tea")
    copied = await desk.ask(CopyKey("a", "b", id=b"c" * 16))
    moved = await desk.ask(CopyKey("a", "c", move=True))
    assert isinstance(copied, FileStored) and isinstance(moved, FileStored)
    assert (copied.version, moved.version) == (2, 3)
    assert names(await desk.page()) == ["b", "c"]
    assert await desk.files.retrieve("c") == b"tea"
    version = desk.files.catalog.current("b")
    assert version is not None and version.version_id == b"c" * 16


async def test_an_old_version_is_copied_when_it_is_named(desk: Desk) -> None:
    first = await desk.files.store("a", b"old")
    await desk.files.store("a", b"new")
    await desk.ask(CopyKey("a", "b", version=first.version))
    assert await desk.files.retrieve("b") == b"old"
    with pytest.raises(Refused):
        await desk.ask(CopyKey("a", "c", move=True, version=first.version))


@pytest.mark.parametrize(("source", "target", "move"), [("a", "a", True), ("a", "../b", False), ("a", "b/", True)])
async def test_a_senseless_target_is_refused(desk: Desk, source: str, target: str, move: bool) -> None:
    await desk.files.store("a", b"x")
    with pytest.raises(InvalidInput):
        await desk.ask(CopyKey(source, target, move))
    assert names(await desk.page()) == ["a"]


async def test_a_history_comes_a_page_at_a_time_newest_first_with_tombstones(desk: Desk) -> None:
    for data in (b"1", b"22", b"333"):
        await desk.files.store("k", data)
    await desk.ask(RemoveKeys(["k"]))
    found, before, pages = [], 0, 0
    while True:
        page = await desk.ask(GetHistory("k", before, 2))
        assert isinstance(page, VersionPage)
        found += [(entry.size, entry.removed) for entry in page.entries]
        pages += 1
        if not page.before:
            break
        before = page.before
    assert found == [(0, True), (3, False), (2, False), (1, False)]
    assert pages == 3, "a full page does not know that it is the last"


async def test_a_key_that_never_was_has_no_history(desk: Desk) -> None:
    with pytest.raises(KeyNotFound):
        await desk.ask(GetHistory("nothing"))
    with pytest.raises(InvalidInput):
        await desk.ask(GetHistory("nothing", before=-1))


async def test_keys_are_found_by_a_part_of_them_and_current_ones_only(desk: Desk) -> None:
    for key in ("tea/Green.txt", "a/greenhouse", "red", "old/green"):
        await desk.files.store(key, b"x")
    await desk.ask(RemoveKeys(["old/green"]))
    first = await desk.ask(FindKeys("GREEN", limit=1))
    assert isinstance(first, KeyPage)
    second = await desk.ask(FindKeys("GREEN", after=first.after, limit=1))
    assert isinstance(second, KeyPage)
    assert names(first) + names(second) == ["a/greenhouse", "tea/Green.txt"]


@pytest.mark.parametrize("request_", [FindKeys(""), FindKeys("a", limit=0), GetHistory("a", limit=LIST_PAGE_MAX + 1)])
async def test_a_question_that_makes_no_sense_is_refused(desk: Desk, request_: Message) -> None:
    with pytest.raises(InvalidInput):
        await desk.ask(request_)


async def test_an_older_version_and_a_removed_key_are_restored_as_new_versions(desk: Desk) -> None:
    first = await desk.files.store("k", b"x" * CHUNK_BYTES_MIN)
    await desk.files.store("k", b"second")
    await desk.ask(RemoveKeys(["k"]))
    restored = await desk.ask(CopyKey("k", "k", version=first.version))
    assert isinstance(restored, FileStored)
    assert await desk.files.retrieve("k") == b"x" * CHUNK_BYTES_MIN
    page = await desk.ask(GetHistory("k"))
    assert isinstance(page, VersionPage)
    assert [entry.version for entry in page.entries] == [restored.version, 3, 2, 1]


async def test_purging_leaves_no_history_also_of_what_was_removed_before(desk: Desk) -> None:
    for key in ("d/a", "d/b", "e"):
        await desk.files.store(key, b"x")
    await desk.ask(RemoveKeys(["d/a"]))
    assert await desk.ask(RemoveKeys(["d"], prefix=True, purge=True)) == KeysRemoved(["d/a", "d/b"], [])
    assert await desk.ask(RemoveKeys(["e", "nothing"], purge=True)) == KeysRemoved(["e"], ["nothing"])
    for key in ("d/a", "d/b", "e"):
        with pytest.raises(KeyNotFound):
            await desk.ask(GetHistory(key))


async def test_a_node_that_cannot_know_how_far_to_read_copies_nothing_and_removes_no_folder(desk: Desk) -> None:
    """It would copy what was current some time ago, or leave what was stored lately, and say that all is done."""
    first = await desk.files.store("a/b", b"old")
    desk.led = False
    with pytest.raises(NoMajority):
        await desk.ask(CopyKey("a/b", "c"))
    with pytest.raises(NoMajority):
        await desk.ask(RemoveKeys(["a"], prefix=True))
    assert [entry.key for entry in (await desk.page()).entries] == ["a/b"]
    assert isinstance(await desk.ask(CopyKey("a/b", "c", version=first.version)), FileStored)
    assert await desk.ask(RemoveKeys(["a/b"])) == KeysRemoved(["a/b"], [])
