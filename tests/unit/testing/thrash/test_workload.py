"""What a client remembers of a key: exactly what it may hold."""

from __future__ import annotations

from collections.abc import Coroutine
from random import Random
from typing import Any, cast

import pytest

from dfs_core.client import Client, DfsError, NoMajority, OutcomeUnknown
from dfs_core.encoding.control_messages import FileStored
from dfs_core.testing.thrash.workload import Key, ThrashClient


async def nothing() -> None:
    """A change that is acknowledged."""


async def failing(error: Exception) -> None:
    raise error


def client() -> ThrashClient:
    return ThrashClient("c", list, Random(1), [])


@pytest.mark.parametrize(
    ("work", "holds"),
    [
        (nothing(), {b"new"}),
        (failing(NoMajority([])), {b"old"}),
        (failing(OutcomeUnknown("cut off")), {b"old", b"new"}),
        (failing(DfsError("something else")), {b"old", b"new"}),
    ],
    ids=["acknowledged", "surely not", "unknown", "any other error"],
)
async def test_a_change_leaves_what_the_key_may_hold(work: Coroutine[Any, Any, None], holds: set[bytes | None]) -> None:
    key = Key("k", {b"old"})
    await client()._change(key, b"new", work, "stored")
    assert key.may_hold == holds
    assert key.certain == (len(holds) == 1)


async def test_a_change_that_is_broken_off_may_have_happened() -> None:
    key = Key("k", {b"old"})
    with pytest.raises(KeyboardInterrupt):
        await client()._change(key, b"new", broken_off(), "stored")
    assert key.may_hold == {b"old", b"new"}


async def broken_off() -> None:
    raise KeyboardInterrupt


class Reader:
    """A client's connection whose key holds something."""

    def __init__(self, content: bytes, *, stale: bool) -> None:
        self.content, self.stale = content, stale

    def retrieve_stream(self, name: str) -> Reader:
        return self

    async def __aenter__(self) -> Reader:
        return self

    async def __aexit__(self, *_: object) -> None:
        pass

    async def __aiter__(self) -> Any:
        yield self.content


async def test_bytes_that_nobody_stored_are_a_failure_unless_they_are_said_to_be_old() -> None:
    key = Key("k", {b"stored"})
    await client().retrieve(Reader(b"stored", stale=False), key)  # type: ignore[arg-type]
    await client().retrieve(Reader(b"older", stale=True), key)  # type: ignore[arg-type]
    with pytest.raises(AssertionError, match="is read as 5 bytes"):
        await client().retrieve(Reader(b"other", stale=False), key)  # type: ignore[arg-type]


class Shelf:
    """A connection to a cluster that keeps chunks until it is told otherwise."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, object]] = []
        self.keeps = True

    async def store(self, name: str, content: bytes) -> FileStored:
        self.asked.append(("store", content))
        new = 0 if self.keeps and len(self.asked) > 1 else 1
        return FileStored(name, 1, len(content), "", chunks=1, new_chunks=new, sent_bytes=0, copies=2)

    async def remove(self, names: list[str], purge: bool) -> None:
        assert purge
        self.asked.append(("remove", names))


@pytest.mark.parametrize("keeps", [True, False])
async def test_what_was_purged_is_stored_again_and_it_is_noted_whether_it_was_there_still(keeps: bool) -> None:
    shelf, worker = Shelf(), ThrashClient("c", list, Random(1), [], grace_s=0.0)
    shelf.keeps = keeps
    await worker.store_again(cast(Client, shelf), worker.keys[0])
    assert [what for what, _ in shelf.asked] == ["store", "remove", "store"]
    assert shelf.asked[0] == shelf.asked[2]
    assert worker.keys[0].may_hold == {shelf.asked[0][1]}
    assert worker.again == keeps
