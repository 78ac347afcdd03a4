from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from dfs_core.crypto.identity import SEED_BYTES, Identity
from dfs_core.encoding.peer_messages import MembersKnown
from dfs_core.limits import COPIES_DEFAULT
from dfs_core.server.addresses import AddressBook
from dfs_core.server.kept import Kept, kept_members
from dfs_core.store.state import NodeState

from ..replication.conftest import record

ME, OTHER = (Identity.from_seed(bytes([number]) * SEED_BYTES) for number in (1, 2))


@pytest.fixture
def state(tmp_path: Path) -> Iterator[NodeState]:
    state = NodeState(tmp_path / "state.sqlite")
    yield state
    state.close()


def signed(identity: Identity) -> bytes:
    book = AddressBook([], lambda node, addresses: None)
    book.sign_own(identity, ("10.0.0.1:7420",), 1)
    return book.own


async def until_written(state: NodeState, what: str) -> None:
    async with asyncio.timeout(10):
        while not (state.get(what) if what else state.address_records()):
            await asyncio.sleep(0.01)


async def test_the_member_list_outlives_the_process(state: NodeState) -> None:
    assert kept_members(state) == MembersKnown(0, COPIES_DEFAULT, [])
    known = MembersKnown(7, 2, [record(1)])
    kept = Kept(ME.node_id, state, AddressBook([], lambda node, addresses: None))
    kept.keep_members(MembersKnown(0, 3, []))  # of a node that knows nothing yet
    kept.keep_members(known)
    await until_written(state, "members")
    assert kept_members(state) == known


async def test_where_others_are_is_remembered_and_where_oneself_is_not(state: NodeState) -> None:
    kept = Kept(ME.node_id, state, AddressBook([], lambda node, addresses: None))
    kept.hear_address(signed(ME))
    kept.hear_address(b"nonsense")
    kept.hear_address(signed(OTHER))
    await until_written(state, "")
    assert state.address_records() == [signed(OTHER)]
