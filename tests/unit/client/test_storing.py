"""Storing over a real link: what is acknowledged is stored, and after a lost link the outcome is learnt."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dfs_core.client import (
    Client,
    FileChanged,
    FileUnusable,
    InvalidInput,
    NoMajority,
    NotEnoughCopies,
    OutcomeUnknown,
    PeerUnreachable,
    StoreFull,
    storing,
)
from dfs_core.encoding.control_messages import SettleStore, StoreFile
from dfs_core.limits import CLIENT_BLOCK_BYTES, MIB
from dfs_core.testing.fake_node import FakeNode


@pytest.mark.parametrize("size", [0, 1, 4096, CLIENT_BLOCK_BYTES - 1, CLIENT_BLOCK_BYTES, 3 * CLIENT_BLOCK_BYTES + 5])
async def test_a_file_arrives_with_its_bytes_time_and_permissions(
    client: Client, node: FakeNode, tmp_path: Path, size: int
) -> None:
    path = tmp_path / "file"
    path.write_bytes(os.urandom(size))
    path.chmod(0o640)
    os.utime(path, ns=(1, 1_700_000_000_123_456_789))
    seen: list[int] = []
    outcome = await client.store_path(path, "k", progress=seen.append)
    stored = node.current("k")
    assert stored.data == path.read_bytes()
    assert (stored.entry.mode, stored.entry.mtime_ns) == (0o640, 1_700_000_000_123_456_789)
    assert (outcome.size, outcome.version) == (size, stored.entry.version)
    assert seen[-1] == size
    assert seen == sorted(seen)


async def test_bytes_and_streams_are_stored_too(client: Client, node: FakeNode) -> None:
    async def stream() -> AsyncIterator[bytes]:
        yield b"one "
        yield b"two"

    await client.store("bytes", b"tea", mtime_ns=7)
    await client.store("empty", b"")
    await client.store_stream(stream(), "stream")
    assert node.current("bytes").data == b"tea"
    assert node.current("bytes").entry.mtime_ns == 7
    assert node.current("empty").data == b""
    assert node.current("stream").data == b"one two"
    assert [request.size for request in node.asked(StoreFile)] == [3, 0, -1]


async def test_a_stream_that_fails_stores_nothing_and_raises_its_own_error(client: Client, node: FakeNode) -> None:
    async def stream() -> AsyncIterator[bytes]:
        yield b"x" * MIB
        yield b"y" * MIB
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await client.store_stream(stream(), "k")
    assert node.keys() == []
    assert await client.peers(), "the link goes on"


async def test_a_stream_of_another_length_than_announced_stores_nothing(client: Client, node: FakeNode) -> None:
    async def stream() -> AsyncIterator[bytes]:
        yield b"four"

    with pytest.raises(FileChanged, match="4 of 5"):
        await client.store_stream(stream(), "k", size=5)
    assert node.keys() == []


@pytest.mark.parametrize("change", ["longer", "shorter", "rewritten"])
async def test_a_file_that_changes_while_it_is_read_is_not_stored(
    client: Client, node: FakeNode, tmp_path: Path, change: str
) -> None:
    path = tmp_path / "file"
    path.write_bytes(bytes(8 * MIB))
    os.utime(path, ns=(1, 1))

    def meddle(sent: int) -> None:
        with path.open("r+b") as file:
            if change == "longer":
                file.seek(0, os.SEEK_END)
                file.write(b"more")
            elif change == "shorter":
                file.truncate(7 * MIB)
            else:
                file.write(b"other bytes, same length")

    with pytest.raises(FileChanged, match="nothing was stored"):
        await client.store_path(path, "k", progress=meddle)
    assert node.keys() == []


async def test_a_file_replaced_by_rename_while_it_is_read_is_stored_as_it_was(
    client: Client, node: FakeNode, tmp_path: Path
) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"o" * (4 * MIB))
    (tmp_path / "new").write_bytes(b"new")
    replaced = False

    def meddle(sent: int) -> None:
        nonlocal replaced
        if not replaced:
            (tmp_path / "new").replace(path)
            replaced = True

    await client.store_path(path, "k", progress=meddle)
    assert node.current("k").data == b"o" * (4 * MIB)


async def test_a_link_lost_between_commit_and_answer_is_settled_as_stored(client: Client, node: FakeNode) -> None:
    node.faults.lose_link_after_commit = True
    outcome = await client.store("k", b"tea")
    assert (outcome.version, outcome.size) == (node.current("k").entry.version, 3)
    asked = node.asked(StoreFile)
    assert [request.id for request in node.asked(SettleStore)] == [asked[0].id]
    assert len(asked) == 1, "it was settled, not stored again"


async def test_a_link_lost_before_the_commit_is_settled_as_not_stored_for_ever(client: Client, node: FakeNode) -> None:
    node.faults.lose_link_before_commit = True
    with pytest.raises(PeerUnreachable, match="was not stored, store it again"):
        await client.store("k", b"tea")
    assert node.keys() == []
    assert {request.id for request in node.asked(StoreFile)} == node.settled_void


async def test_settling_goes_on_while_the_log_has_no_majority(client: Client, node: FakeNode) -> None:
    node.faults.lose_link_after_commit = True
    node.faults.fail_settle = [NoMajority(["ab" * 32]), NoMajority(["ab" * 32])]
    assert (await client.store("k", b"tea")).version == 1
    assert len(node.asked(SettleStore)) == 3


async def test_a_node_that_does_not_come_back_leaves_the_outcome_unknown(
    client: Client, node: FakeNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storing, "SETTLE_TIMEOUT_S", 0.2)
    node.faults.lose_link_after_commit = True
    node.faults.fail_settle = [NoMajority([])] * 100
    with pytest.raises(OutcomeUnknown) as caught:
        await client.store("k", b"tea")
    assert caught.value.command == node.asked(StoreFile)[0].id.hex()


@pytest.mark.parametrize("error", [StoreFull("no room"), NotEnoughCopies(2, 1, {"ab" * 32: "down"}), NoMajority([])])
async def test_a_refusal_half_way_ends_the_sending_early(client: Client, node: FakeNode, error: Exception) -> None:
    node.faults.refuse_store, node.faults.refuse_after = error, MIB
    blocks = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal blocks
        while True:
            blocks += 1
            yield b"x" * MIB
            await asyncio.sleep(0)

    with pytest.raises(type(error)):
        await client.store_stream(endless(), "k")
    assert blocks < 50
    assert node.keys() == []


async def test_a_cancelled_store_stores_nothing_and_leaves_the_link_usable(client: Client, node: FakeNode) -> None:
    started = asyncio.Event()

    async def stuck() -> AsyncIterator[bytes]:
        yield b"x" * MIB
        yield b"x" * MIB
        started.set()
        await asyncio.Event().wait()

    storing_it = asyncio.create_task(client.store_stream(stuck(), "k"))
    await started.wait()
    storing_it.cancel()
    with pytest.raises(asyncio.CancelledError):
        await storing_it
    await client.store("other", b"tea")
    assert node.keys() == ["other"]
    assert node.under_way == 0


async def test_what_is_no_regular_file_is_refused_with_a_reason(client: Client, node: FakeNode, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(FileUnusable, match="not a regular file"):
        await client.store_path(tmp_path / "fifo", "k")
    with pytest.raises(FileUnusable, match="-r"):
        await client.store_path(tmp_path, "k")
    with pytest.raises(FileUnusable, match="No such file"):
        await client.store_path(tmp_path / "missing", "k")
    assert node.requests == []


async def test_an_invalid_key_is_refused_before_anything_is_sent(client: Client, node: FakeNode) -> None:
    with pytest.raises(InvalidInput):
        await client.store("../up", b"tea")
    assert node.requests == []


async def test_no_descriptor_is_left_open(client: Client, node: FakeNode, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(bytes(3 * MIB))
    node.faults.refuse_store = StoreFull("no room")
    before = open_descriptors()
    for _ in range(5):
        with pytest.raises(StoreFull):
            await client.store_path(path, "k")
    deadline = time.monotonic() + 5
    while open_descriptors() > before and time.monotonic() < deadline:
        await asyncio.sleep(0.01)
    assert open_descriptors() <= before


def open_descriptors() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())
