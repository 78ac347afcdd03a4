"""What every node keeps for the day of recovery."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from dfs_core.crypto.identity import Identity
from dfs_core.crypto.snapshot import SnapshotPointer
from dfs_core.encoding.peer_messages import MemberRecord, MembersKnown
from dfs_core.encoding.recovery_messages import ShareRecovery
from dfs_core.errors import InvalidInput, StoreFull
from dfs_core.limits import SNAPSHOTS_KEPT
from dfs_core.model.ids import Address, ClusterId
from dfs_core.replication.memberlist import MemberList
from dfs_core.server.pointers import PointerBook

CLUSTER = ClusterId(b"c" * 16)
FULL, LATER, VAULT, STRANGER = (Identity.from_seed(bytes([number]) * 32) for number in range(1, 5))
AUTHORITIES = [Identity.from_seed(bytes([number]) * 32).certificate for number in (11, 12, 13)]


def pointer(number: int, signer: Identity = FULL, **values: int) -> SnapshotPointer:
    made = SnapshotPointer(CLUSTER, 1, 0, number, 10 * number, Address(bytes([number]) * 32), 300, 70_000, b"")
    return replace(made, **values).signed(signer)  # type: ignore[arg-type]


def record(identity: Identity, role: str, state: str = "joined") -> MemberRecord:
    return MemberRecord(identity.node_id.digest, identity.certificate, role, "", 10**9, state, [])


class World:
    def __init__(self) -> None:
        self.disk: dict[str, bytes] = {}
        self.members = MemberList(MembersKnown(1, 3, [record(FULL, "full"), record(VAULT, "vault")]))
        self.authorities: list[bytes] = []
        self.kept: list[tuple[int, int]] = []
        self.full = False

    def get(self, name: str) -> bytes | None:
        return self.disk.get(name)

    def put(self, name: str, value: bytes) -> None:
        if self.full:
            raise StoreFull("no room")
        self.disk[name] = value

    def book(self) -> PointerBook:
        return PointerBook(
            documents=self,
            cluster=CLUSTER,
            members=self.members,
            authority_changed=self.authorities.append,
            kept=lambda number, epoch: self.kept.append((number, epoch)),
        )


@pytest.fixture
def world() -> World:
    return World()


def shared(*pointers: SnapshotPointer, epoch: int = 1) -> ShareRecovery:
    return ShareRecovery(epoch, AUTHORITIES[epoch - 1], [each.encode() for each in pointers])


async def test_what_was_heard_is_there_after_a_restart(world: World) -> None:
    book = world.book()
    book.hear(shared(pointer(1), pointer(2)), own_catalog=False)
    await book.keep()
    again = world.book()
    assert again.pointers == [pointer(1), pointer(2)]
    assert (again.epoch, again.authority) == (1, AUTHORITIES[0])
    assert world.kept == [(0, 0), (2, 1), (2, 1)]
    assert world.authorities == [AUTHORITIES[0]] * 2


async def test_only_what_is_durable_is_said_to_be_kept(world: World) -> None:
    book = world.book()
    running = asyncio.create_task(book.run())
    world.full = True
    book.hear(shared(pointer(1)), own_catalog=False)
    await asyncio.sleep(0.05)
    assert world.kept == [(0, 0)]
    world.full = False
    book.hear(shared(pointer(2)), own_catalog=False)
    async with asyncio.timeout(10):
        while world.kept[-1] != (2, 1):
            await asyncio.sleep(0.01)
    running.cancel()


async def test_the_newest_few_are_kept(world: World) -> None:
    book = world.book()
    for number in range(1, SNAPSHOTS_KEPT + 4):
        book.hear(shared(pointer(number)), own_catalog=False)
    assert [each.number for each in book.pointers] == list(range(4, SNAPSHOTS_KEPT + 4))
    book.hear(shared(pointer(1)), own_catalog=False)
    assert book.pointers[0].number == 4
    assert book.newest == SNAPSHOTS_KEPT + 3


@pytest.mark.parametrize("signer", [VAULT, STRANGER, LATER])
async def test_a_pointer_that_no_listed_full_node_signed_is_not_kept(world: World, signer: Identity) -> None:
    book = world.book()
    with pytest.raises(InvalidInput, match="not a full node"):
        book.add(pointer(1, signer))
    book.hear(shared(pointer(1, signer)), own_catalog=False)
    assert book.pointers == []


async def test_a_pointer_of_another_cluster_is_not_kept(world: World) -> None:
    with pytest.raises(InvalidInput, match="another cluster"):
        world.book().add(replace(pointer(1), cluster=ClusterId(b"o" * 16)).signed(FULL))


async def test_a_removed_full_nodes_new_pointers_count_nothing_and_another_takes_its_place(world: World) -> None:
    book = world.book()
    book.add(pointer(1))
    world.members.offer(MembersKnown(2, 3, [record(FULL, "full", "removed"), record(LATER, "full")]))
    with pytest.raises(InvalidInput):
        book.add(pointer(2))
    assert book.lacks(pointer(1).rank)
    book.add(pointer(1, LATER))
    assert [each.node for each in book.pointers] == [LATER.node_id]
    assert not book.lacks(pointer(1).rank)


async def test_of_two_pointers_to_one_snapshot_the_first_stays(world: World) -> None:
    world.members.offer(MembersKnown(2, 3, [record(FULL, "full"), record(LATER, "full")]))
    book = world.book()
    book.add(pointer(1))
    book.add(pointer(1, LATER))
    assert book.pointers == [pointer(1)]


async def test_damaged_pointers_are_passed_over(world: World) -> None:
    book = world.book()
    book.hear(ShareRecovery(1, AUTHORITIES[0], [b"", b"x" * 100, pointer(1).encode()[:-1]]), own_catalog=False)
    assert book.pointers == []
    assert book.epoch == 1


async def test_a_later_epochs_authority_replaces_the_earlier_one_and_never_the_other_way(world: World) -> None:
    book = world.book()
    for epoch in (1, 3, 2, 1):
        book.hear(shared(epoch=epoch), own_catalog=False)
    assert (book.epoch, book.authority) == (3, AUTHORITIES[2])
    assert world.authorities == [AUTHORITIES[0], AUTHORITIES[2]]
    assert book.authority_node == Identity.from_seed(bytes([13]) * 32).node_id


async def test_a_full_node_believes_its_own_catalog_about_the_authority(world: World) -> None:
    book = world.book()
    book.set_authority(1, AUTHORITIES[0])
    book.hear(shared(pointer(1), epoch=2), own_catalog=True)
    assert (book.epoch, book.newest) == (1, 1)


async def test_what_is_no_certificate_is_nobodys_authority(world: World) -> None:
    book = world.book()
    book.hear(ShareRecovery(1, b"no certificate", []), own_catalog=False)
    assert (book.epoch, book.authority_node) == (0, None)


async def test_what_is_shared_is_all_of_it(world: World) -> None:
    book = world.book()
    book.hear(shared(pointer(1), pointer(2)), own_catalog=False)
    assert book.to_share() == shared(pointer(1), pointer(2))
