from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast

import pytest
from blake3 import blake3

from dfs_core.errors import InvalidInput, KeyNotFound, NoMajority, NotFound, VersionNotFound
from dfs_core.limits import COMMIT_TIMEOUT_S
from dfs_core.replication.consensus import Consensus
from dfs_core.server.lookup import Lookup

from ..replication.file_world import Files


class Log:
    """Whether a leader could say how far to read, and how often it was asked."""

    def __init__(self) -> None:
        self.led, self.asked, self.waited_s = True, 0, 0.0

    async def catch_up(self, *, leader_wait_s: float = 0.3) -> bool:
        self.asked += 1
        self.waited_s = leader_wait_s
        return self.led

    def missing_voters(self) -> list[str]:
        return ["ab"]


@pytest.fixture
async def files(tmp_path: Path) -> AsyncIterator[Files]:
    made = Files(tmp_path)
    await made.found()
    yield made
    await made.close()


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
def lookup(files: Files, log: Log) -> Lookup:
    return Lookup(cast(Consensus, log), files.reader)


async def test_a_key_is_found_in_its_current_version_or_the_one_that_is_named(files: Files, lookup: Lookup) -> None:
    first = await files.store("a", b"one")
    second = await files.store("a", b"two")
    assert (await lookup.find("a")).version.number == second.version
    assert (await lookup.find("a", version=first.version)).version.number == first.version


async def test_every_look_first_catches_up_with_the_log(files: Files, lookup: Lookup, log: Log) -> None:
    await files.store("a", b"one")
    assert not (await lookup.find("a")).stale
    assert log.asked == 1


async def test_without_a_leader_what_is_found_may_be_stale_and_says_so(files: Files, lookup: Lookup, log: Log) -> None:
    await files.store("a", b"one")
    log.led = False
    assert (await lookup.find("a")).stale
    assert (await lookup.find("", blake3(b"one").hexdigest())).stale


async def test_a_file_is_found_by_the_hash_of_its_content_in_any_case(files: Files, lookup: Lookup) -> None:
    await files.store("a", b"one")
    for text in (blake3(b"one").hexdigest(), blake3(b"one").hexdigest().upper()):
        assert (await lookup.find("", text)).version.key == "a"
    with pytest.raises(NotFound, match="b3:"):
        await lookup.find("", blake3(b"two").hexdigest())


@pytest.mark.parametrize("text", ["ab", "zz" * 32, "ab" * 33, "é"])
async def test_what_is_no_hash_is_refused(lookup: Lookup, text: str) -> None:
    with pytest.raises(InvalidInput, match="64 hex digits"):
        await lookup.find("", text)


async def test_what_is_not_there_is_named(files: Files, lookup: Lookup) -> None:
    await files.store("a", b"one")
    with pytest.raises(KeyNotFound, match="'b'"):
        await lookup.find("b")
    with pytest.raises(VersionNotFound):
        await lookup.find("a", version=99)


@pytest.mark.parametrize("key", ["", "/a", "a/../b"])
async def test_a_key_that_could_not_be_stored_is_refused(lookup: Lookup, key: str) -> None:
    with pytest.raises(InvalidInput):
        await lookup.find(key)


async def test_what_a_change_is_made_of_is_never_stale(files: Files, lookup: Lookup, log: Log) -> None:
    stored = await files.store("a", b"one")
    assert (await lookup.find_for_change("a")).version.number == stored.version
    assert log.waited_s == COMMIT_TIMEOUT_S
    log.led = False
    with pytest.raises(NoMajority, match="ab"):
        await lookup.find_for_change("a")


async def test_a_version_that_is_named_is_the_same_however_far_a_node_has_read(
    files: Files, lookup: Lookup, log: Log
) -> None:
    stored = await files.store("a", b"one")
    log.led = False
    assert (await lookup.find_for_change("a", stored.version)).version.number == stored.version
