"""Verdicts: who gets one, what ends it, and what is told of them."""

from __future__ import annotations

import pytest

from dfs_core.catalog.change import Condemned
from dfs_core.catalog.facts import Standing, Verdict
from dfs_core.limits import CONDEMN_CHUNKS_MAX, SEALED_BYTES_MAX


def test_a_chunk_that_lost_its_last_reference_is_condemned_and_leaves_the_references(ledger, drafts):
    (tea,) = drafts.addresses(1)
    ledger.apply(drafts.commit("key", [drafts.page(addresses=[tea])]))
    ledger.apply(drafts.remove("key", purge=True), elapsed_ms=500)
    assert ledger.reader.unreferenced(9) == [(tea, 4_112, 500)]
    (applied,) = ledger.results(drafts.condemn(tea))
    assert applied.outcome.reason == ""
    assert applied.changes == (Condemned(applied.index, 1, 4_112),)
    assert ledger.reader.unreferenced(9) == []
    assert ledger.reader.condemned([tea]) == {tea: applied.index}
    counts = ledger.reader.counts()
    assert (counts.unreferenced, counts.unreferenced_bytes) == (0, 0)
    assert (counts.condemned, counts.condemned_bytes) == (1, 4_112)


def test_applying_checks_again_and_leaves_out_what_something_refers_to(ledger, drafts):
    kept, pending, unknown = sorted(drafts.addresses(3))
    ledger.apply(drafts.commit("key", [drafts.page(addresses=[kept])]))
    ledger.apply(drafts.refer(drafts.bytes(), drafts.page(addresses=[pending])))
    assert ledger.apply(drafts.condemn(kept, pending)).reason == "referenced"
    outcome = ledger.apply(drafts.condemn(kept, pending, unknown, sizes=[1, 2, 3]))
    assert outcome.reason == ""
    assert ledger.reader.condemned([kept, pending, unknown]) == {unknown: outcome.revision}
    assert ledger.reader.counts().condemned_bytes == 3, "of a chunk that the catalog does not know, as it was told"
    assert ledger.reader.references([kept, pending]) == {kept: 1, pending: 1}


def test_a_reference_in_the_same_run_of_entries_counts(ledger, drafts):
    page = drafts.page()
    entries = [ledger.entry(drafts.commit("key", [page])), ledger.entry(drafts.condemn(page.addresses))]
    assert [applied.outcome.reason for applied in ledger.applier.apply(entries)] == ["", "referenced"]


def test_a_second_verdict_takes_the_place_of_the_first(ledger, drafts):
    one, other = sorted(drafts.addresses(2))
    ledger.apply(drafts.condemn(one, other))
    second = ledger.apply(drafts.condemn(one)).revision
    assert ledger.reader.condemned([one])[one] == second
    assert ledger.reader.counts().condemned == 2


def test_a_verdict_ends_when_something_refers_to_the_chunk_again(ledger, drafts):
    page = drafts.page()
    index = ledger.apply(drafts.condemn(page.addresses)).revision
    upload = drafts.bytes()
    assert ledger.apply(drafts.refer(upload, page, as_of=index)).reason == ""
    assert ledger.reader.condemned([page.addresses]) == {}
    ledger.apply(drafts.abandon(upload))
    assert ledger.reader.counts().unreferenced == 1, "its grace begins anew"


def test_what_is_forgotten_is_gone_up_to_the_horizon(ledger, drafts):
    first = ledger.apply(drafts.condemn(*sorted(drafts.addresses(3)))).revision
    (late,) = drafts.addresses(1)
    second = ledger.apply(drafts.condemn(late)).revision
    assert ledger.apply(drafts.forget(first)).reason == ""
    assert ledger.reader.counts().condemned == 1
    assert ledger.reader.standing() == Standing(len(ledger.entries), second, first)
    assert ledger.apply(drafts.forget(first)).reason == "forgotten"
    assert ledger.apply(drafts.forget(second + 1)).reason == "invalid", "there is no verdict that far"
    assert ledger.apply(drafts.forget(0)).reason == "invalid"


def test_verdicts_are_told_one_entry_at_a_time_in_the_order_of_the_log(ledger, drafts):
    addresses = sorted(drafts.addresses(3))
    first = ledger.apply(drafts.condemn(*addresses[:2])).revision
    second = ledger.apply(drafts.condemn(addresses[2])).revision
    assert ledger.reader.verdict(0) == Verdict(first, tuple(addresses[:2]))
    assert ledger.reader.verdict(first) == Verdict(second, (addresses[2],))
    assert ledger.reader.verdict(second) == Verdict(second, ())


def test_when_no_verdict_is_left_it_is_told_where_they_ended(ledger, drafts):
    page = drafts.page()
    index = ledger.apply(drafts.condemn(page.addresses)).revision
    ledger.apply(drafts.commit("key", [page], as_of=index))
    assert ledger.reader.verdict(0) == Verdict(index, ())
    assert ledger.reader.verdict(index + 7) == Verdict(index + 7, ()), "nobody is led back"
    assert ledger.applier.condemned_at == index


@pytest.mark.parametrize(
    ("addresses", "sizes"),
    [
        ([], []),
        ([b"short"], [1]),
        ([b"b" * 32, b"a" * 32], [1, 1]),
        ([b"a" * 32, b"a" * 32], [1, 1]),
        ([b"a" * 32], []),
        ([b"a" * 32], [0]),
        ([b"a" * 32], [SEALED_BYTES_MAX + 1]),
        ([number.to_bytes(32, "big") for number in range(CONDEMN_CHUNKS_MAX + 1)], [1] * (CONDEMN_CHUNKS_MAX + 1)),
    ],
)
def test_what_no_honest_proposer_sends_is_refused(ledger, drafts, addresses, sizes):
    command = drafts.condemn()
    command = type(command)(command.id, b"".join(addresses), sizes)
    assert ledger.apply(command).reason == "invalid"
    assert ledger.reader.counts().condemned == 0
