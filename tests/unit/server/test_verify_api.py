"""From a key to the chunks whose copies are verified. How that goes is in `test_verifier.py`."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import cast

import pytest

from dfs_core.encoding.upkeep_messages import KeyVerified, VerifyKey, VerifyProgressed
from dfs_core.errors import KeyNotFound, VersionNotFound
from dfs_core.limits import CHUNK_BYTES_MIN
from dfs_core.model.ids import Address
from dfs_core.replication.consensus import Consensus
from dfs_core.replication.memberlist import MemberList, known_members
from dfs_core.replication.verifier import Verified, Verifier
from dfs_core.server.keys import KeyFacts
from dfs_core.server.lookup import Lookup
from dfs_core.server.verify_api import VerifyApi

from ..replication.file_world import Files
from .exchanges import FakeExchange


class Desk:
    """The handler over files in memory; what it has verified, and how that is said to be."""

    def __init__(self, folder: Path) -> None:
        self.files = Files(folder)
        self.asked: list[Address] = []
        self.found = Verified(good=6)
        facts = KeyFacts(
            catalog=self.files.catalog,
            chunks=self.files.world.chunks,
            members=MemberList(known_members(1, 3, self.files.world.layout.members)),
            full_nodes_up=lambda: 3,
        )
        lookup = Lookup(cast(Consensus, self), self.files.reader)
        self.api = VerifyApi(lookup=lookup, facts=facts, verifier=cast(Verifier, self))

    async def catch_up(self) -> bool:
        return True

    async def verify(self, addresses: Sequence[Address], progress: Callable[[int], Awaitable[None]]) -> Verified:
        self.asked += addresses
        await progress(len(addresses))
        return self.found

    async def ask(self, request: VerifyKey) -> FakeExchange:
        exchange = FakeExchange(request)
        await self.api.handlers[VerifyKey](exchange.real)
        return exchange


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    made = Desk(tmp_path)
    await made.files.found()
    yield made
    await made.files.close()


async def test_every_chunk_of_the_key_is_verified_and_the_answer_says_how_it_was(desk: Desk) -> None:
    await desk.files.store("tea", os.urandom(2 * CHUNK_BYTES_MIN))
    await desk.files.store("milk", os.urandom(CHUNK_BYTES_MIN))
    desk.found = Verified(good=1, damaged=2, missing=3, unreachable=4, lost=5)
    exchange = await desk.ask(VerifyKey("tea"))
    (version,) = desk.files.catalog.history("tea", 10)
    assert exchange.replies == [KeyVerified("tea", version.number, 2, 1, 2, 3, 4, 5)]
    assert exchange.events == [VerifyProgressed(2, 2)]
    assert len(desk.asked) == 2
    assert all(address in desk.files.world.stores[desk.files.world.me].chunks for address in desk.asked)


async def test_an_older_version_can_be_verified(desk: Desk) -> None:
    first = await desk.files.store("tea", os.urandom(CHUNK_BYTES_MIN))
    await desk.files.store("tea", os.urandom(3 * CHUNK_BYTES_MIN))
    (reply,) = (await desk.ask(VerifyKey("tea", first.version))).replies
    assert isinstance(reply, KeyVerified)
    assert (reply.version, reply.chunks) == (first.version, 1)


async def test_what_is_not_there_is_said_to_be_so(desk: Desk) -> None:
    with pytest.raises(KeyNotFound):
        await desk.ask(VerifyKey("tea"))
    await desk.files.store("tea", b"small")
    with pytest.raises(VersionNotFound):
        await desk.ask(VerifyKey("tea", 99))


async def test_a_file_that_is_kept_in_the_catalog_has_no_chunks(desk: Desk) -> None:
    await desk.files.store("tea", b"small")
    await desk.ask(VerifyKey("tea"))
    assert desk.asked == []
