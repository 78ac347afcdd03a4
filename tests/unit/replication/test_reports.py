from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pytest

from dfs_core.encoding.inventory_messages import BUCKET_SUM, CHUNK_HELD, AskBucket, BucketListed, InventoryKnown
from dfs_core.encoding.message import Message
from dfs_core.errors import PeerTimeout
from dfs_core.model.bucket import DIGEST_BYTES, EMPTY, BucketSum, sum_of
from dfs_core.model.ids import BUCKET_COUNT, Address, NodeId
from dfs_core.replication import inventory
from dfs_core.replication.inventory import Inventory
from dfs_core.replication.reports import Report, Reports
from dfs_core.store.memory import MemoryChunkStore

ME, OTHER, DEAF = (NodeId(bytes([number]) * 32) for number in (1, 2, 3))
CHUNKS = [Address(b"\xab\xc0" + bytes([number]) * 30) for number in range(1, 8)]
BUCKET = CHUNKS[0].bucket


def told(*sums: tuple[int, BucketSum], nonce: bytes = b"1", sequence: int = 1, counted: bool = True) -> InventoryKnown:
    packed = [
        BUCKET_SUM.pack(bucket, found.digest.to_bytes(DIGEST_BYTES, "big"), found.chunks) for bucket, found in sums
    ]
    return InventoryKnown(nonce, sequence, counted, b"".join(packed))


class Others:
    """Two other nodes, one of which never answers."""

    def __init__(self) -> None:
        self.inventory, self.store = Inventory(b"o" * 16), MemoryChunkStore()
        self.asked: list[msgspec.Struct] = []

    async def call(self, node: NodeId, request: Message, *, timeout_s: float) -> Message:
        self.asked.append(request)
        if node == DEAF:
            raise PeerTimeout(str(node), "silent")
        if isinstance(request, AskBucket):
            return await self.inventory.list_bucket(self.store, request)
        return self.inventory.known(request.nonce, request.since)  # type: ignore[attr-defined]

    async def count(self, addresses: Sequence[Address]) -> None:
        self.store.chunks = dict.fromkeys(addresses, b"four")
        for bucket in range(BUCKET_COUNT):
            await self.inventory.count(self.store, bucket)


@pytest.fixture
def others() -> Others:
    return Others()


@pytest.fixture
def reports(others: Others) -> Reports:
    return Reports(node=ME, inventory=Inventory(b"m" * 16), store=MemoryChunkStore(), peers=others)  # type: ignore[arg-type]


def test_a_report_knows_what_it_was_told_and_takes_the_rest_for_empty_only_once_all_is_counted() -> None:
    report, three = Report(), sum_of(address.digest for address in CHUNKS[:3])
    assert report.take(told((BUCKET, three), counted=False)) == [BUCKET]
    assert (report.knows(BUCKET), report.knows(7)) == (True, False)
    assert (report.sum_of(BUCKET), BUCKET in report.filled, report.chunks) == (three, True, 3)
    assert len(report.take(told(sequence=2))) == BUCKET_COUNT - 1
    assert (report.knows(7), report.sum_of(7), 7 in report.filled) == (True, EMPTY, False)


def test_a_report_follows_changes_with_its_total() -> None:
    report = Report()
    report.take(told((1, BucketSum(5, 5)), (2, BucketSum(6, 6))))
    report.take(told((1, BucketSum(1, 1)), (2, EMPTY), sequence=2))
    assert (report.chunks, report.sequence) == (1, 2)
    assert 2 not in report.filled


async def test_what_is_new_is_asked_for_and_who_does_not_answer_is_left_out(reports: Reports, others: Others) -> None:
    await others.count(CHUNKS)
    first = await reports.pull([ME, OTHER, DEAF])
    assert list(first) == [ME, OTHER]
    assert len(first[OTHER]) == BUCKET_COUNT
    assert not reports.knows(DEAF, 0) and not reports.knows(ME, 0) and reports.knows(OTHER, 0)
    assert (await reports.pull([OTHER]))[OTHER] == []
    await others.store.delete(CHUNKS[0])
    await others.inventory.count(others.store, BUCKET)
    assert (await reports.pull([OTHER]))[OTHER] == [BUCKET]


async def test_a_node_that_was_started_anew_is_asked_for_everything(reports: Reports, others: Others) -> None:
    await others.count(CHUNKS)
    await reports.pull([OTHER])
    nonce = reports.nonce_of(OTHER)
    others.inventory = Inventory(b"again" * 3)
    assert len((await reports.pull([OTHER]))[OTHER]) == BUCKET_COUNT
    assert not reports.knows(OTHER, BUCKET), "it counts again"
    assert reports.nonce_of(OTHER) != nonce != reports.nonce_of(DEAF) == b""


async def test_a_bucket_is_listed_whole_whatever_a_page_holds(
    reports: Reports, others: Others, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inventory, "BUCKET_PAGE_MAX", 2)
    await others.count(CHUNKS)
    assert await reports.list_bucket(OTHER, BUCKET) == {address.digest: 4 for address in CHUNKS}
    assert await reports.list_bucket(ME, BUCKET) == {}
    with pytest.raises(PeerTimeout):
        await reports.list_bucket(DEAF, BUCKET)


async def test_a_node_that_answers_in_circles_does_not_keep_the_asker(reports: Reports) -> None:
    class Circling:
        async def call(self, node: NodeId, request: Message, *, timeout_s: float) -> Message:
            return BucketListed(CHUNK_HELD.pack(CHUNKS[0].digest, 4) + b"rest", more=True)

    reports._peers = Circling()  # type: ignore[assignment]
    assert await reports.list_bucket(OTHER, BUCKET) == {CHUNKS[0].digest: 4}


async def test_what_was_forgotten_is_not_known(reports: Reports, others: Others) -> None:
    await others.count(CHUNKS)
    await reports.pull([OTHER])
    reports.forget()
    assert reports.of(OTHER) is None
