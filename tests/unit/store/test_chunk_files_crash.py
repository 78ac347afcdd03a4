"""A crash at any step of a file store loses nothing that was answered and leaves no part of a chunk.

Every prefix of the recorded steps, and of each every subset that a file system may have lost, is put on disk and
opened. Then each safeguard is taken away in turn, and a state that breaks a promise must be found: else the safeguard,
or this test, would be for nothing.
"""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from dfs_core.errors import ChunkNotFound
from dfs_core.model.ids import Address
from dfs_core.store.files import FileChunkStore
from dfs_core.testing.crash_disk import RecordingDisk, Step, Tree, make_tree, read_tree, states_after

CHUNKS = {Address.of(chunk): chunk for chunk in (b"tea" * 4, b"milk" * 4, b"honey" * 4)}
TEA, MILK, HONEY = CHUNKS
Story = Callable[["Witness"], Awaitable[None]]


@dataclass
class Promise:
    """From step `since` to step `until`, `address` is there, or is not."""

    address: Address
    there: bool
    since: int
    until: int = sys.maxsize


class Witness:
    """Drives a store and notes what is promised: from an answer on, until the next change of that chunk begins."""

    def __init__(self, store: FileChunkStore, disk: RecordingDisk) -> None:
        self.store, self._disk = store, disk
        self.promises = [Promise(HONEY, True, since=0)]

    def promised_after(self, steps: int) -> dict[Address, bool]:
        held = [promise for promise in self.promises if promise.since <= steps <= promise.until]
        return {promise.address: promise.there for promise in held}

    async def put(self, address: Address) -> None:
        self._withdraw(address)
        await self.store.put(address, CHUNKS[address])
        self.promises.append(Promise(address, True, since=len(self._disk.steps)))

    async def delete(self, address: Address) -> None:
        self._withdraw(address)
        await self.store.delete(address)
        self.promises.append(Promise(address, False, since=len(self._disk.steps)))

    def _withdraw(self, address: Address) -> None:
        for promise in self.promises:
            if promise.address == address:
                promise.until = min(promise.until, len(self._disk.steps))


async def put_into_a_new_bucket(witness: Witness) -> None:
    await witness.put(TEA)


async def put_two(witness: Witness) -> None:
    await witness.put(TEA)
    await witness.put(MILK)


async def put_what_an_earlier_process_left(witness: Witness) -> None:
    await witness.put(HONEY)


async def replace_a_damaged_copy(witness: Witness) -> None:
    await witness.store.put(TEA, b"mud", verify=False)
    await witness.put(TEA)


async def delete_and_put_again(witness: Witness) -> None:
    await witness.delete(HONEY)
    await witness.put(HONEY)


async def delete_one(witness: Witness) -> None:
    await witness.delete(HONEY)


async def close(witness: Witness) -> None:
    await witness.put(TEA)
    await witness.store.close()


STORIES: list[Story] = [put_into_a_new_bucket, put_two, put_what_an_earlier_process_left, replace_a_damaged_copy]
STORIES += [delete_and_put_again, delete_one, close]


async def breaches(tmp_path: Path, story: Story, disk: RecordingDisk) -> list[str]:
    """The promises that some crash during `story` breaks."""
    root = tmp_path / "disk"
    root.mkdir()
    before = await FileChunkStore.open(root)
    await before.put(HONEY, CHUNKS[HONEY])
    await before.close()
    start = read_tree(root)
    store = await FileChunkStore.open(root, disk=disk)
    witness = Witness(store, disk)
    await story(witness)
    found: list[str] = []
    tried: set[frozenset[tuple[str, bytes | None]]] = set()
    for length in range(len(disk.steps) + 1):
        promised = witness.promised_after(length)
        for tree in states_after(root, start, disk.steps[:length]):
            key = frozenset([*tree.items(), *((str(address), bytes([there])) for address, there in promised.items())])
            if key not in tried:
                tried.add(key)
                copy = tmp_path / f"copy{len(tried)}"
                make_tree(tree, root, copy)
                found += [f"after {length} steps: {what}" for what in await broken(copy, promised)]
    assert len(tried) > 1, "nothing happened"
    return found


async def broken(folder: Path, promised: dict[Address, bool]) -> list[str]:
    """What is wrong in the folder that a crash left."""
    found: list[str] = []
    store = await FileChunkStore.open(folder)
    held = 0
    for address, chunk in CHUNKS.items():
        try:
            data: bytes | None = await store.get(address, verify=False)
        except ChunkNotFound:
            data = None
        held += data is not None
        if data not in (None, chunk, b"mud"):
            found.append(f"{address!r} is a part: {data!r}")
        if promised.get(address) is True and data != chunk:
            found.append(f"{address!r} was answered and is {data!r}")
        if promised.get(address) is False and data is not None:
            found.append(f"{address!r} was deleted and is back")
        if await store.has(address) != (data is not None):
            found.append(f"{address!r}: has and get differ")
    if (await store.usage()).chunks != held:
        found.append(f"{held} chunks are here, {(await store.usage()).chunks} are counted")
    if list((folder / "tmp").iterdir()):
        found.append("a temporary file stayed")
    for address, chunk in CHUNKS.items():  # and it goes on working
        await store.put(address, chunk)
        assert await store.get(address) == chunk
    await store.close()
    return found


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
async def test_a_crash_at_any_step_breaks_no_promise(tmp_path: Path, story: Story) -> None:
    assert await breaches(tmp_path, story, RecordingDisk()) == []


class NoFileSync(RecordingDisk):
    def sync(self, file: int) -> None:
        """Forgotten."""


class NoFolderSync(RecordingDisk):
    def __init__(self, folder: str) -> None:
        super().__init__()
        self._folder = folder

    def sync_folder(self, path: str) -> None:
        if Path(path).parent.name != self._folder and Path(path).name != self._folder:
            super().sync_folder(path)


class WriteInPlace(RecordingDisk):
    """No temporary file: the bytes are written under the chunk's own name."""

    def create(self, path: str) -> int:
        self._name = path
        folder, name = Path(path).parent.parent / "chunks", Path(path).name[:64]
        if Path(path).parent.name != "tmp" or len(name) < 64:
            return super().create(path)
        if not (folder / name[:3]).exists():
            self.ensure_folder(str(folder / name[:3]))
        self._name = str(folder / name[:3] / name)
        return super().create(self._name)

    def rename(self, source: str, target: str) -> None:
        if not Path(source).exists():
            return
        super().rename(source, target)


ABLATIONS: list[tuple[str, Callable[[], RecordingDisk], Story, str]] = [
    ("the sync of a chunk's bytes", NoFileSync, put_into_a_new_bucket, "is a part"),
    (
        "the sync of a bucket's folder",
        lambda: NoFolderSync(str(TEA)[:3]),
        put_into_a_new_bucket,
        "answered and is None",
    ),
    (
        "the sync of the folder of buckets",
        lambda: NoFolderSync("chunks"),
        put_into_a_new_bucket,
        "answered and is None",
    ),
    ("the sync after a delete", lambda: NoFolderSync(str(HONEY)[:3]), delete_one, "was deleted and is back"),
    ("the sync after the old count was removed", lambda: NoFolderSync("disk"), put_into_a_new_bucket, "are counted"),
    ("writing under a temporary name", WriteInPlace, put_into_a_new_bucket, "is a part"),
]


@pytest.mark.parametrize(("what", "disk", "story", "breach"), ABLATIONS, ids=[what for what, *_ in ABLATIONS])
async def test_without_a_safeguard_some_crash_breaks_a_promise(
    tmp_path: Path, what: str, disk: Callable[[], RecordingDisk], story: Story, breach: str
) -> None:
    found = await breaches(tmp_path, story, disk())
    assert any(breach in each for each in found), f"a crash should need {what}; found {found}"


async def test_a_name_that_a_crash_left_unsynced_is_synced_before_it_counts_as_held(tmp_path: Path) -> None:
    """A killed process may have renamed and not synced. The kernel still has the name; a power cut would take it."""
    root = tmp_path / "disk"
    root.mkdir()
    killed = RecordingDisk()
    store = await FileChunkStore.open(root, disk=killed)
    await store.put(TEA, CHUNKS[TEA])
    steps = killed.steps[:-1]
    assert killed.steps[-1] == Step("sync_folder", f"{root}/chunks/{str(TEA)[:3]}")

    restarted = RecordingDisk()
    again = await FileChunkStore.open(root, disk=restarted)
    assert await again.has(TEA)
    start: Tree = {}
    survivors: Sequence[Tree] = list(states_after(root, start, [*steps, *restarted.steps]))
    name = f"{root}/chunks/{str(TEA)[:3]}/{TEA}"
    assert [tree.get(name) for tree in survivors] == [CHUNKS[TEA]]
