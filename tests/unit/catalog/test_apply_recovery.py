"""Secret epochs and catalog snapshots: what the log accepts, what it holds on to, what it lets go."""

from __future__ import annotations

from typing import Any

import pytest

from dfs_core.catalog.change import RecoveryChanged
from dfs_core.encoding.commands import ConfirmSheet, DropSnapshot, KeepSnapshot, SecretEpoch
from dfs_core.limits import SNAPSHOTS_KEPT


def epoch(drafts: Any, number: int, **values: Any) -> SecretEpoch:
    made: SecretEpoch = drafts.secret_epoch(number, **values)
    return made


def kept(drafts: Any, number: int, **values: Any) -> KeepSnapshot:
    made: KeepSnapshot = drafts.keep_snapshot(number, **values)
    return made


@pytest.fixture
def begun(ledger: Any, drafts: Any) -> Any:
    """A cluster whose first secret epoch is told."""
    assert ledger.apply(epoch(drafts, 1)).reason == ""
    return ledger


def test_epochs_follow_each_other_without_a_gap(ledger, drafts):
    assert ledger.apply(epoch(drafts, 2)).reason == "epoch"
    first = epoch(drafts, 1)
    assert ledger.changes(first) == (RecoveryChanged(),)
    assert ledger.apply(epoch(drafts, 1)).reason == "epoch"
    assert ledger.apply(epoch(drafts, 2)).reason == ""
    assert [(row.number, row.confirmed) for row in ledger.reader.secret_epochs()] == [(1, False), (2, False)]
    assert ledger.reader.secret_epochs()[0].hash == first.hash


@pytest.mark.parametrize("wrong", [{"hash": b"short"}, {"authority": b""}, {"authority": b"c" * 10_000}])
def test_an_epoch_without_a_hash_or_an_authority_is_refused(ledger, drafts, wrong):
    assert ledger.apply(epoch(drafts, 1, **wrong)).reason == "invalid"


def test_a_sheet_is_confirmed_once_for_all_nodes_and_anew_for_each_epoch(begun, drafts):
    assert begun.changes(ConfirmSheet(drafts.bytes(), 1)) == (RecoveryChanged(),)
    assert begun.changes(ConfirmSheet(drafts.bytes(), 1)) == ()
    assert begun.apply(ConfirmSheet(drafts.bytes(), 2)).reason == "epoch"
    assert begun.apply(epoch(drafts, 2)).reason == ""
    assert [row.confirmed for row in begun.reader.secret_epochs()] == [True, False]


def test_a_snapshot_holds_on_to_all_its_chunks_and_to_its_root(begun, drafts):
    command = kept(drafts, 1)
    assert begun.apply(command).reason == ""
    addresses = [command.pages[0].addresses[at : at + 32] for at in range(0, 96, 32)] + [command.pages[1].addresses]
    assert set(begun.reader.references(addresses).values()) == {1}
    (row,) = begun.reader.snapshots()
    assert (row.number, row.taken_at, row.epoch, row.root, row.root_bytes, row.size) == (
        1,
        1,
        1,
        command.pages[1].addresses,
        400,
        70_000,
    )
    assert begun.reader.list() == [], "it is no key"
    assert begun.reader.counts().versions == 0


def test_a_snapshot_adopts_what_was_referred_to_under_its_id(begun, drafts):
    snapshot_id = drafts.bytes(16)
    first = drafts.page(1, 4)
    assert begun.apply(drafts.refer(snapshot_id, first)).reason == ""
    last, root = drafts.page(2, 2), drafts.page(3, 1)
    command = kept(drafts, 1, snapshot_id=snapshot_id, pages=[last, root], page_count=3)
    assert begun.apply(command).reason == ""
    assert begun.reader.uploads() == []
    assert begun.reader.references([first.addresses[:32]]) == {first.addresses[:32]: 1}
    assert begun.reader.counts().chunks == 7


def test_a_late_word_of_the_upload_takes_nothing_from_the_snapshot(begun, drafts):
    command = kept(drafts, 1)
    assert begun.apply(command).reason == ""
    assert begun.apply(drafts.refer(command.snapshot_id, command.pages[0])).reason == "committed"
    assert begun.apply(drafts.abandon(command.snapshot_id)).reason == "committed"
    assert begun.apply(kept(drafts, 2, snapshot_id=command.snapshot_id)).reason == "committed"
    assert begun.reader.counts().chunks == 4


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"number": 2}, "snapshot"),
        ({"number": 0}, "snapshot"),
        ({"taken_at": 0}, "invalid"),
        ({"taken_at": 10**6}, "invalid"),
        ({"epoch": 7}, "invalid"),
        ({"size": 0}, "invalid"),
        ({"pages": []}, "invalid"),
        ({"page_count": 3}, "invalid"),
        ({"snapshot_id": b"short"}, "invalid"),
    ],
)
def test_a_snapshot_that_no_honest_node_proposes_is_refused(begun, drafts, wrong, reason):
    assert begun.apply(kept(drafts, wrong.pop("number", 1), **wrong)).reason == reason
    assert begun.reader.snapshots() == []


def test_a_root_that_is_not_alone_on_the_last_page_is_refused(begun, drafts):
    assert begun.apply(kept(drafts, 1, pages=[drafts.page(1, 3), drafts.page(2, 2)])).reason == "invalid"
    assert begun.apply(kept(drafts, 1, pages=[drafts.page(2, 1), drafts.page(1, 1)])).reason == "invalid"
    assert begun.apply(kept(drafts, 1, pages=[drafts.page(2, 1)])).reason == "pages"


def test_a_snapshot_of_chunks_that_answers_are_too_old_for_is_refused(begun, drafts):
    assert begun.apply(kept(drafts, 1, as_of=10**6)).reason == "invalid"


def test_the_newest_few_snapshots_cannot_be_dropped(begun, drafts):
    for number in range(1, SNAPSHOTS_KEPT + 1):
        assert begun.apply(kept(drafts, number)).reason == ""
    assert begun.apply(DropSnapshot(drafts.bytes(), 1)).reason == "kept"
    oldest = begun.reader.snapshots()[0]
    assert begun.apply(kept(drafts, SNAPSHOTS_KEPT + 1)).reason == ""
    assert begun.apply(DropSnapshot(drafts.bytes(), 2)).reason == "kept"
    assert begun.apply(DropSnapshot(drafts.bytes(), 1)).reason == ""
    assert begun.apply(DropSnapshot(drafts.bytes(), 1)).reason == "missing"
    assert [row.number for row in begun.reader.snapshots()] == list(range(2, SNAPSHOTS_KEPT + 2))
    assert begun.reader.references([oldest.root]) == {oldest.root: 0}
    assert begun.reader.counts().unreferenced == 4


def test_numbers_never_come_again(begun, drafts):
    for number in range(1, SNAPSHOTS_KEPT + 2):
        assert begun.apply(kept(drafts, number)).reason == ""
    assert begun.apply(DropSnapshot(drafts.bytes(), 1)).reason == ""
    assert begun.apply(kept(drafts, 1)).reason == "snapshot"
