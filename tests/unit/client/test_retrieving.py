"""Retrieving over a real link: whole or not at all, checked, and gone on with after an interruption."""

from __future__ import annotations

import asyncio
import os
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from blake3 import blake3

from dfs_core.client import Client, FileThere, FileUnusable, IfExists, IntegrityError, KeyNotFound, PeerUnreachable
from dfs_core.client.partial import partial_name
from dfs_core.client.retrieving import request_for
from dfs_core.encoding.control_messages import RetrieveFile
from dfs_core.limits import CLIENT_BLOCK_BYTES, MIB
from dfs_core.testing.fake_node import FakeNode

SIZES = [0, 1, 4096, CLIENT_BLOCK_BYTES - 1, CLIENT_BLOCK_BYTES, 3 * CLIENT_BLOCK_BYTES + 5]


def test_a_name_is_a_key_unless_it_is_b3_and_64_hex_digits() -> None:
    digest = blake3(b"x").hexdigest()
    assert request_for(f"b3:{digest}") == RetrieveFile(hash=digest)
    assert request_for(f"b3:{digest.upper()}") == RetrieveFile(hash=digest)
    assert request_for("b3:notes.txt") == RetrieveFile(key="b3:notes.txt")
    assert request_for(f"b3:{digest}0") == RetrieveFile(key=f"b3:{digest}0")
    assert request_for("k", version=3, start=1, end=2) == RetrieveFile(key="k", version=3, start=1, end=2)


@pytest.mark.parametrize("size", SIZES)
async def test_a_file_comes_back_whole_with_its_time_and_permissions(
    client: Client, node: FakeNode, tmp_path: Path, size: int
) -> None:
    data = os.urandom(size)
    node.put("k", data, mtime_ns=1_700_000_000_123_456_789, mode=0o4640)
    seen: list[int] = []
    done = await client.retrieve_path("k", tmp_path / "out", progress=seen.append)
    found = (tmp_path / "out").stat()
    assert (tmp_path / "out").read_bytes() == data
    assert found.st_mtime_ns == 1_700_000_000_123_456_789
    assert stat.S_IMODE(found.st_mode) == 0o640, "set-user-id does not come back"
    assert (done.length, done.resumed, done.stale) == (size, 0, False)
    assert seen == sorted(seen)
    assert (not size) or seen[-1] == size
    assert leftovers(tmp_path) == []


async def test_a_file_stored_without_permissions_gets_those_of_a_new_file(
    client: Client, node: FakeNode, tmp_path: Path
) -> None:
    node.put("k", b"x")
    mask = os.umask(0o027)
    try:
        await client.retrieve_path("k", tmp_path / "out")
    finally:
        os.umask(mask)
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o640


@pytest.mark.parametrize("size", SIZES)
async def test_bytes_and_streams_come_back_whole(client: Client, node: FakeNode, size: int) -> None:
    data = os.urandom(size)
    node.put("k", data)
    assert await client.retrieve("k") == data
    assert await client.retrieve(f"b3:{blake3(data).hexdigest()}") == data
    got = bytearray()

    def write(block: memoryview) -> int:
        taken = block[:70_001]  # as a pipe takes what it has room for
        got.extend(taken)
        return len(taken)

    await client.retrieve_into("k", write)
    assert got == data


async def test_a_range_brings_just_those_bytes(client: Client, node: FakeNode, tmp_path: Path) -> None:
    data = os.urandom(3 * MIB)
    node.put("k", data)
    assert await client.retrieve("k", start=MIB - 1, end=MIB + 1) == data[MIB - 1 : MIB + 1]
    done = await client.retrieve_path("k", tmp_path / "out", start=2 * MIB)
    assert (tmp_path / "out").read_bytes() == data[2 * MIB :]
    assert done.length == MIB
    assert leftovers(tmp_path) == []


async def test_damaged_bytes_never_reach_the_target(client: Client, node: FakeNode, tmp_path: Path) -> None:
    node.put("k", os.urandom(3 * MIB))
    (tmp_path / "out").write_bytes(b"what was there")
    node.faults.damage = True
    with pytest.raises(IntegrityError, match="nothing was written"):
        await client.retrieve_path("k", tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == b"what was there"
    assert leftovers(tmp_path) == []
    with pytest.raises(IntegrityError):
        await client.retrieve("k")


async def test_damaged_bytes_do_not_poison_the_next_run(client: Client, node: FakeNode, tmp_path: Path) -> None:
    data = os.urandom(2 * MIB)
    node.put("k", data)
    node.faults.damage = True
    with pytest.raises(IntegrityError):
        await client.retrieve_path("k", tmp_path / "out")
    node.faults.damage = False
    done = await client.retrieve_path("k", tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == data
    assert done.resumed == 0


async def test_an_interrupted_retrieve_goes_on_where_it_stopped(client: Client, node: FakeNode, tmp_path: Path) -> None:
    data = os.urandom(5 * MIB)
    node.put("k", data)
    node.faults.lose_link_after_sending = 3 * MIB
    with pytest.raises(PeerUnreachable):
        await client.retrieve_path("k", tmp_path / "out")
    assert not (tmp_path / "out").exists()
    (left,) = leftovers(tmp_path)
    kept = (tmp_path / left).stat().st_size
    assert MIB <= kept <= 3 * MIB
    done = await client.retrieve_path("k", tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == data
    assert done.resumed == kept
    assert [request.start for request in node.asked(RetrieveFile)] == [0, 0, kept]
    assert leftovers(tmp_path) == []


async def test_a_partial_file_that_is_no_beginning_is_thrown_away(
    client: Client, node: FakeNode, tmp_path: Path
) -> None:
    data = os.urandom(2 * MIB)
    entry = node.put("k", data)
    (tmp_path / partial_name("out", entry.hash)).write_bytes(os.urandom(MIB))
    done = await client.retrieve_path("k", tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == data
    assert done.resumed == 0


@pytest.mark.parametrize("size", [2 * MIB, 2 * MIB + 1, 3 * MIB])
async def test_a_partial_file_of_the_whole_size_or_more_is_judged_too(
    client: Client, node: FakeNode, tmp_path: Path, size: int
) -> None:
    data = os.urandom(2 * MIB)
    entry = node.put("k", data)
    (tmp_path / partial_name("out", entry.hash)).write_bytes((data + bytes(MIB))[:size])
    done = await client.retrieve_path("k", tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == data
    assert done.resumed == (2 * MIB if size == 2 * MIB else 0)


async def test_what_is_left_of_an_older_version_is_not_gone_on_with_and_is_cleared_away(
    client: Client, node: FakeNode, tmp_path: Path
) -> None:
    node.put("k", os.urandom(3 * MIB))
    node.faults.lose_link_after_sending = 2 * MIB
    with pytest.raises(PeerUnreachable):
        await client.retrieve_path("k", tmp_path / "out")
    data = os.urandom(3 * MIB)
    node.put("k", data)
    done = await client.retrieve_path("k", tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == data
    assert done.resumed == 0
    assert leftovers(tmp_path) == []


async def test_a_resumed_retrieve_stays_with_the_version_it_began_with(
    client: Client, node: FakeNode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = os.urandom(3 * MIB)
    entry = node.put("k", data)
    (tmp_path / partial_name("out", entry.hash)).write_bytes(data[:MIB])
    handle = node._retrieve

    async def and_then_a_newer_one_is_stored(exchange: object, request: RetrieveFile) -> None:
        await handle(exchange, request)  # type: ignore[arg-type]

    original = node._find

    def find(key: str, content: str, version: int) -> object:
        found = original(key, content, version)
        if not version:
            node.put("k", b"newer")
        return found

    monkeypatch.setattr(node, "_find", find)
    monkeypatch.setattr(node, "_retrieve", and_then_a_newer_one_is_stored)
    done = await client.retrieve_path("k", tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == data
    assert (done.resumed, done.entry.version) == (MIB, entry.version)


async def test_a_cancelled_retrieve_keeps_what_came_and_the_link_goes_on(
    client: Client, node: FakeNode, tmp_path: Path
) -> None:
    data = os.urandom(12 * MIB)
    node.put("k", data)
    task: asyncio.Task[object] | None = None

    def stop(so_far: int) -> None:
        if so_far >= 3 * MIB:
            assert task is not None
            task.cancel()

    task = asyncio.create_task(client.retrieve_path("k", tmp_path / "out", progress=stop))
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not (tmp_path / "out").exists()
    assert len(leftovers(tmp_path)) == 1
    done = await client.retrieve_path("k", tmp_path / "out")
    assert done.resumed >= MIB
    assert (tmp_path / "out").read_bytes() == data


async def test_two_retrieves_to_one_target_at_once_are_both_right(
    client: Client, node: FakeNode, tmp_path: Path
) -> None:
    data = os.urandom(4 * MIB)
    node.put("k", data)
    await asyncio.gather(*(client.retrieve_path("k", tmp_path / "out") for _ in range(4)))
    assert (tmp_path / "out").read_bytes() == data
    assert leftovers(tmp_path) == []


async def test_a_missing_key_leaves_nothing(client: Client, tmp_path: Path) -> None:
    with pytest.raises(KeyNotFound):
        await client.retrieve_path("k", tmp_path / "out")
    assert leftovers(tmp_path) == []


async def test_a_folder_as_target_and_a_missing_folder_are_clear_errors(
    client: Client, node: FakeNode, tmp_path: Path
) -> None:
    node.put("k", b"x")
    with pytest.raises(FileUnusable, match="is a folder"):
        await client.retrieve_path("k", tmp_path)
    with pytest.raises(FileUnusable, match="No such file"):
        await client.retrieve_path("k", tmp_path / "no" / "out")


async def test_a_full_disk_is_a_clear_error_and_leaves_nothing(
    client: Client, node: FakeNode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    node.put("k", os.urandom(3 * MIB))
    write = os.write
    room = MIB + 5

    def full(descriptor: int, data: memoryview) -> int:
        nonlocal room
        if threading.current_thread() is threading.main_thread():
            return write(descriptor, data)
        if room == 0:
            raise OSError(28, "No space left on device")
        done = write(descriptor, data[:room])
        room -= done
        return done

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(FileUnusable, match="No space left"):
        await client.retrieve_path("k", tmp_path / "out")
    assert leftovers(tmp_path) == []


async def test_a_link_at_the_target_is_followed(client: Client, node: FakeNode, tmp_path: Path) -> None:
    node.put("k", b"new")
    (tmp_path / "real").write_bytes(b"old")
    (tmp_path / "link").symlink_to("real")
    await client.retrieve_path("k", tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == b"new"


async def test_a_device_is_written_into_and_never_replaced(client: Client, node: FakeNode, tmp_path: Path) -> None:
    node.put("k", os.urandom(2 * MIB))
    os.mkfifo(tmp_path / "fifo")
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append((tmp_path / "fifo").read_bytes()))
    reader.start()
    await client.retrieve_path("k", tmp_path / "fifo")
    reader.join()
    assert got == [node.current("k").data]
    assert stat.S_ISFIFO((tmp_path / "fifo").stat().st_mode)


def somebody_else_writes(path: Path) -> Callable[[int], None]:
    """Progress that has a file appear while bytes arrive."""
    return lambda _: None if path.exists() else (path.write_bytes(b"mine"), None)[1]


@pytest.mark.parametrize("start", [0, 1])
async def test_a_file_that_appears_during_the_transfer_is_numbered_around(
    client: Client, node: FakeNode, tmp_path: Path, start: int
) -> None:
    data = os.urandom(2 * MIB)
    node.put("k", data)
    meanwhile = somebody_else_writes(tmp_path / "out.raw")
    path = tmp_path / "out.raw"
    done = await client.retrieve_path("k", path, start=start, progress=meanwhile, if_exists=IfExists.NUMBER)
    assert (tmp_path / "out.raw").read_bytes() == b"mine"
    assert done.path == tmp_path / "out-2.raw"
    assert done.path.read_bytes() == data[start:]
    assert not done.replaced
    assert leftovers(tmp_path) == []


@pytest.mark.parametrize("start", [0, 1])
async def test_a_file_that_appears_during_the_transfer_stays_and_ours_goes(
    client: Client, node: FakeNode, tmp_path: Path, start: int
) -> None:
    node.put("k", os.urandom(2 * MIB))
    path = tmp_path / "out"
    meanwhile = somebody_else_writes(path)
    done = await client.retrieve_path("k", path, start=start, progress=meanwhile, if_exists=IfExists.SKIP)
    assert done.skipped
    path.unlink()
    with pytest.raises(FileThere):
        await client.retrieve_path("k", path, start=start, progress=meanwhile, if_exists=IfExists.FAIL)
    assert path.read_bytes() == b"mine"
    assert leftovers(tmp_path) == []


async def test_what_is_there_is_known_before_a_byte_is_transferred(
    client: Client, node: FakeNode, tmp_path: Path
) -> None:
    node.put("k", b"new", mtime_ns=5)
    path = tmp_path / "out"
    path.write_bytes(b"old")
    seen: list[int] = []
    assert (await client.retrieve_path("k", path, progress=seen.append, if_exists=IfExists.SKIP)).skipped
    with pytest.raises(FileThere):
        await client.retrieve_path("k", path, progress=seen.append, if_exists=IfExists.FAIL)
    os.utime(path, ns=(5, 5))
    assert (await client.retrieve_path("k", path, progress=seen.append, if_exists=IfExists.FAIL)).skipped
    assert not seen
    assert path.read_bytes() == b"old"
    assert (await client.retrieve_path("k", path)).replaced
    assert path.read_bytes() == b"new"


async def test_several_at_once_to_one_name_all_get_one(client: Client, node: FakeNode, tmp_path: Path) -> None:
    node.put("k", os.urandom(MIB))
    path = tmp_path / "out"
    found = await asyncio.gather(*(client.retrieve_path("k", path, if_exists=IfExists.NUMBER) for _ in range(4)))
    assert {done.path.name for done in found} == {"out", "out-2", "out-3", "out-4"}
    assert leftovers(tmp_path) == []


async def test_a_device_is_written_into_whatever_is_to_be_done_about_files(client: Client, node: FakeNode) -> None:
    node.put("k", b"x")
    for choice in IfExists:
        assert not (await client.retrieve_path("k", "/dev/null", if_exists=choice)).skipped


async def test_staleness_is_handed_on(client: Client, node: FakeNode, tmp_path: Path) -> None:
    node.put("k", b"x")
    node.stale = True
    assert (await client.retrieve_path("k", tmp_path / "out")).stale
    async with client.retrieve_stream("k") as file:
        assert file.stale


async def test_leaving_a_stream_early_stops_the_node(client: Client, node: FakeNode) -> None:
    node.put("k", bytes(30 * MIB))
    async with client.retrieve_stream("k") as file:
        assert file.entry.size == 30 * MIB
        async for _ in file:
            break
    assert await client.retrieve("k", end=5) == bytes(5)


def leftovers(folder: Path) -> list[str]:
    """Partial files, by name."""
    return [path.name for path in folder.iterdir() if path.name.endswith(".dfs-partial")]
