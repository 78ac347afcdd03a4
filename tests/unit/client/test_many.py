"""Many files at once: a bounded number in flight, one failure among many, and a second run that sends the rest."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path

import msgspec
import pytest

from dfs_core.client import (
    Client,
    DfsError,
    FileStored,
    FileUnusable,
    Found,
    InvalidInput,
    KeyEntry,
    KeyNotFound,
    NoMajority,
    Problem,
    Retrieved,
    Root,
    is_unchanged,
    retrieve_folder,
    store_roots,
)
from dfs_core.client.many import removed_below, restore_all
from dfs_core.encoding.control_messages import KeyPage, ListKeys, StoreFile
from dfs_core.limits import FILES_IN_FLIGHT
from dfs_core.testing.fake_node import FakeNode

LONG_AGO_NS = 1_600_000_000_000_000_000


class Watcher:
    """Writes down what it is told."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.same: list[str] = []
        self.came: list[Retrieved] = []
        self.problems: list[Problem] = []
        self.bytes = 0

    def stored(self, found: Found, outcome: FileStored) -> None:
        self.done.append(outcome.key)

    def unchanged(self, found: Found, entry: KeyEntry) -> None:
        self.same.append(entry.key)

    def retrieved(self, outcome: Retrieved) -> None:
        self.came.append(outcome)

    def restored(self, outcome: FileStored) -> None:
        self.done.append(outcome.key)

    def failed(self, problem: Problem) -> None:
        self.problems.append(problem)

    def moved(self, count: int) -> None:
        self.bytes += count


def make_tree(folder: Path, count: int) -> dict[str, bytes]:
    files = {f"{number % 7}/f{number}": b"%d" % number * (number % 50) for number in range(count)}
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return files


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if everything had been written long before it was stored."""
    put = FakeNode.put

    def later(self: FakeNode, *arguments: object, **named: object) -> KeyEntry:
        entry = put(self, *arguments, **named)  # type: ignore[arg-type]
        stored = self.files[entry.key][-1]
        stored.entry = msgspec.structs.replace(entry, stored_ms=entry.stored_ms + 60_000)
        return entry

    monkeypatch.setattr(FakeNode, "put", later)


async def test_a_tree_is_stored_file_by_file_under_its_names(client: Client, node: FakeNode, tmp_path: Path) -> None:
    files = make_tree(tmp_path / "tree", 700)
    watcher = Watcher()
    await store_roots(client, [Root(str(tmp_path / "tree"), "t", True)], watcher)
    contents = {key: node.current(key).data for key in watcher.done}
    assert contents == {f"t/{name}": data for name, data in files.items()}
    assert sorted(watcher.done) == sorted(node.keys())
    assert watcher.bytes == sum(map(len, files.values()))
    assert watcher.problems == []


async def test_no_more_files_are_in_flight_than_the_bound(client: Client, node: FakeNode, tmp_path: Path) -> None:
    make_tree(tmp_path / "tree", 200)
    node.stores_may_end.clear()
    watcher = Watcher()
    running = asyncio.create_task(store_roots(client, [Root(str(tmp_path / "tree"), "t", True)], watcher))
    async with asyncio.timeout(10):
        while node.under_way < FILES_IN_FLIGHT:
            await asyncio.sleep(0.001)
    assert await client.peers(), "a round trip later there still are no more"
    node.stores_may_end.set()
    await running
    assert node.under_way_most == FILES_IN_FLIGHT
    assert len(watcher.done) == 200


async def test_one_bad_file_does_not_stop_the_others(client: Client, node: FakeNode, tmp_path: Path) -> None:
    files = make_tree(tmp_path / "tree", 20)
    (tmp_path / "tree" / "0" / "dangling").symlink_to("nowhere")
    watcher = Watcher()
    await store_roots(client, [Root(str(tmp_path / "tree"), "t", True)], watcher)
    assert len(node.keys()) == len(files)
    assert [Path(problem.name).name for problem in watcher.problems] == ["dangling"]


async def test_a_file_that_vanishes_between_walk_and_store_is_a_problem_of_its_own(
    client: Client, node: FakeNode, tmp_path: Path
) -> None:
    (tmp_path / "tree").mkdir()
    for name in ("a", "b"):
        (tmp_path / "tree" / name).write_bytes(b"x")
    watcher = Watcher()
    page_keys = client.page_keys

    async def then_it_vanishes(*arguments: object, **named: object) -> object:
        (tmp_path / "tree" / "a").unlink(missing_ok=True)
        return await page_keys(*arguments, **named)  # type: ignore[arg-type]

    client.page_keys = then_it_vanishes  # type: ignore[method-assign,assignment]
    await store_roots(client, [Root(str(tmp_path / "tree"), "t", True)], watcher)
    assert watcher.done == ["t/b"]
    assert isinstance(watcher.problems[0].error, FileUnusable)


async def test_what_concerns_everything_ends_the_run_with_that_error(
    client: Client, node: FakeNode, tmp_path: Path
) -> None:
    make_tree(tmp_path / "tree", 300)
    node.faults.refuse_store = NoMajority(["ab" * 32])
    watcher = Watcher()
    with pytest.raises(NoMajority):
        await store_roots(client, [Root(str(tmp_path / "tree"), "t", True)], watcher)
    assert len(node.asked(StoreFile)) <= 2 * FILES_IN_FLIGHT
    assert watcher.done == []


@pytest.mark.usefixtures("settled")
async def test_a_second_run_sends_only_what_is_missing(client: Client, node: FakeNode, tmp_path: Path) -> None:
    files = make_tree(tmp_path / "tree", 300)
    first, second = Watcher(), Watcher()
    root = Root(str(tmp_path / "tree"), "t", True)
    running = asyncio.create_task(store_roots(client, [root], first))
    async with asyncio.timeout(10):
        while len(first.done) < 100:
            await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    stored = set(node.keys())
    assert set(first.done) <= stored
    assert len(stored) < len(files)
    node.requests.clear()
    await store_roots(client, [root], second)
    assert set(second.same) == stored
    assert {request.key for request in node.asked(StoreFile)} == {f"t/{name}" for name in files} - stored
    assert second.bytes == sum(map(len, files.values()))


@pytest.mark.usefixtures("settled")
async def test_a_changed_file_is_stored_again_and_a_named_file_always(
    client: Client, node: FakeNode, tmp_path: Path
) -> None:
    make_tree(tmp_path / "tree", 10)
    root = Root(str(tmp_path / "tree"), "t", True)
    await store_roots(client, [root], Watcher())
    changed = tmp_path / "tree" / "3" / "f3"
    before = changed.stat().st_mtime_ns
    changed.write_bytes(b"other")
    os.utime(changed, ns=(before, before + 1))
    watcher = Watcher()
    await store_roots(client, [root, Root(str(changed), "named", False)], watcher)
    assert sorted(watcher.done) == ["named", "t/3/f3"]  # they are stored side by side
    again = Watcher()
    await store_roots(client, [Root(str(changed), "named", False)], again)
    assert again.done == ["named"]


@pytest.mark.usefixtures("settled")
async def test_a_list_that_may_be_old_is_no_proof_that_a_file_is_stored(
    client: Client, node: FakeNode, tmp_path: Path
) -> None:
    make_tree(tmp_path / "tree", 10)
    root = Root(str(tmp_path / "tree"), "t", True)
    await store_roots(client, [root], Watcher())
    node.stale, node.faults.refuse_store = True, NoMajority(["ab" * 32])
    watcher = Watcher()
    with pytest.raises(NoMajority):
        await store_roots(client, [root], watcher)
    assert watcher.same == []


def found_at(path: Path) -> Found:
    return Found(str(path), "k", path.stat())


def entry_of(found: Found, *, stored_ms: int) -> KeyEntry:
    facts = found.facts
    return KeyEntry("k", 1, facts.st_size, facts.st_mtime_ns, facts.st_mode & 0o7777, stored_ms, 1)


def test_unchanged_means_same_size_time_and_mode_and_no_change_since(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x")
    later_ms = int(time.time() * 1000) + 60_000
    found = found_at(path)
    assert is_unchanged(found, entry_of(found, stored_ms=later_ms))
    path.chmod(0o600 if found.facts.st_mode & 0o077 else 0o644)
    assert not is_unchanged(found_at(path), entry_of(found, stored_ms=later_ms))


def test_a_file_whose_time_was_set_back_after_the_store_counts_as_changed(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"one")
    os.utime(path, ns=(LONG_AGO_NS, LONG_AGO_NS))
    entry = entry_of(found_at(path), stored_ms=int(time.time() * 1000) - 1000)
    path.write_bytes(b"two")
    os.utime(path, ns=(LONG_AGO_NS, LONG_AGO_NS))
    assert not is_unchanged(found_at(path), entry)


async def test_a_folder_of_keys_becomes_a_tree(client: Client, node: FakeNode, tmp_path: Path) -> None:
    contents = {f"t/{number}/a b\n{number}": b"%d" % number for number in range(1500)}
    for key, data in contents.items():
        node.put(key, data)
    node.put("tea", b"not below t/")
    watcher = Watcher()
    assert await retrieve_folder(client, "t", tmp_path / "new" / "out", watcher) is False
    written = {
        path.relative_to(tmp_path / "new" / "out"): path for path in (tmp_path / "new").rglob("*") if path.is_file()
    }
    assert {f"t/{name}": path.read_bytes() for name, path in written.items()} == contents
    assert len(node.asked(ListKeys)) == 2
    assert watcher.bytes == sum(map(len, contents.values()))


async def test_the_empty_prefix_is_everything(client: Client, node: FakeNode, tmp_path: Path) -> None:
    node.put("a", b"1")
    node.put("b/c", b"2")
    await retrieve_folder(client, "", tmp_path, Watcher())
    assert (tmp_path / "a").read_bytes() + (tmp_path / "b" / "c").read_bytes() == b"12"


async def test_a_folder_that_has_no_key_is_an_error(client: Client, node: FakeNode, tmp_path: Path) -> None:
    node.put("tea", b"x")
    with pytest.raises(KeyNotFound):
        await retrieve_folder(client, "te", tmp_path, Watcher())


async def test_keys_that_cannot_both_be_files_are_named_and_the_rest_is_written(
    client: Client, node: FakeNode, tmp_path: Path
) -> None:
    node.put("t/a", b"a file")
    node.put("t/a/b", b"below a file")
    node.put("t/c", b"fine")
    watcher = Watcher()
    await retrieve_folder(client, "t", tmp_path, watcher)
    assert (tmp_path / "c").read_bytes() == b"fine"
    assert len(watcher.problems) == 1
    assert isinstance(watcher.problems[0].error, FileUnusable)


async def test_a_tree_is_not_written_through_a_link(client: Client, node: FakeNode, tmp_path: Path) -> None:
    node.put("t/link/passwd", b"root::0:0")
    (tmp_path / "outside").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "link").symlink_to("../outside")
    watcher = Watcher()
    await retrieve_folder(client, "t", tmp_path / "out", watcher)
    assert list((tmp_path / "outside").iterdir()) == []
    assert [type(problem.error) for problem in watcher.problems] == [InvalidInput]


async def test_a_damaged_file_is_a_problem_and_the_others_are_written(
    client: Client, node: FakeNode, tmp_path: Path
) -> None:
    for number in range(10):
        node.put(f"t/{number}", b"x" * 100)
    node.current("t/3").data = b"y" * 100
    watcher = Watcher()
    await retrieve_folder(client, "t", tmp_path / "out", watcher)
    assert [problem.name for problem in watcher.problems] == ["t/3"]
    assert all(isinstance(problem.error, DfsError) for problem in watcher.problems)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        str(number) for number in range(10) if number != 3
    ]


async def test_what_was_removed_below_a_folder_comes_back_page_by_page_and_what_cannot_is_a_problem(
    client: Client, node: FakeNode
) -> None:
    names = [f"d/{number:04}" for number in range(1100)]
    for key in (*names, "d", "da", "d/there"):
        node.put(key, b"x")
    await client.remove([*names, "d", "da"])
    del node.files["d/0007"][0]  # its history is gone, the tombstone is not
    watcher = Watcher()
    await restore_all(removed_below(client, "d"), watcher, client.restore)
    assert sorted(watcher.done) == [key for key in names if key != "d/0007"]
    assert [problem.name for problem in watcher.problems] == ["d/0007"]
    assert set(node.keys()) == {*watcher.done, "d/there"}


async def test_an_older_node_that_lists_what_is_there_brings_nothing_back(
    client: Client, node: FakeNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    node.put("d/there", b"x")
    page = await client.page_keys("d/")

    async def answered(*_: object, **__: object) -> KeyPage:
        return page

    monkeypatch.setattr(client, "page_keys", answered)
    assert [each async for each in removed_below(client, "d")] == []
