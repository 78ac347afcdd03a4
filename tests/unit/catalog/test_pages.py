"""Which pages are taken, and what the holders' answers are worth when a chunk was condemned."""

from __future__ import annotations

import msgspec
import pytest

from dfs_core.catalog.pages import split_addresses
from dfs_core.limits import PAGE_CHUNKS_MAX, SEALED_BYTES_MAX


@pytest.mark.parametrize(
    "wrong",
    [
        {"number": 0},
        {"number": 2**64 - 1},
        {"addresses": []},
        {"addresses": [b"short"]},
        {"addresses": PAGE_CHUNKS_MAX + 1},
        {"chunk_bytes": SEALED_BYTES_MAX + 1},
        {"tail_bytes": 0},
        {"tail_bytes": 2**40},
        {"sealed": b""},
        {"sealed": bytes(200_000)},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_a_page_that_cannot_be_is_refused(ledger, drafts, wrong):
    page = drafts.page(**wrong)
    assert ledger.apply(drafts.refer(drafts.bytes(), page)).reason == "invalid"
    assert ledger.apply(drafts.commit("key", [page])).reason == "invalid"
    assert ledger.reader.counts().chunks == 0


def test_an_upload_has_an_id_of_16_bytes(ledger, drafts):
    assert ledger.apply(drafts.refer(b"short")).reason == "invalid"


def test_a_page_given_twice_in_one_commit_is_refused(ledger, drafts):
    page = drafts.page()
    assert ledger.apply(drafts.commit("key", [page, page])).reason == "invalid"


def test_a_chunk_condemned_after_the_holders_answered_is_refused(ledger, drafts):
    page = drafts.page(addresses=2)
    gone = split_addresses(page.addresses)[1]
    index = ledger.apply(drafts.condemn(gone)).revision
    for command in (
        drafts.refer(drafts.bytes(), page, as_of=index - 1),
        drafts.commit("key", [page], as_of=index - 1),
    ):
        outcome = ledger.apply(command)
        assert (outcome.reason, outcome.addresses) == ("condemned", gone)
    assert ledger.reader.counts().chunks == 0
    assert ledger.apply(drafts.refer(drafts.bytes(), page, as_of=index)).reason == ""
    assert ledger.apply(drafts.commit("key", [page], as_of=index)).reason == ""


def test_the_same_commit_with_fresh_answers_is_applied_after_it_was_refused(ledger, drafts):
    page = drafts.page()
    index = ledger.apply(drafts.condemn(page.addresses)).revision
    late = drafts.commit("key", [page], as_of=index - 1)
    assert ledger.apply(late).reason == "condemned"
    assert ledger.reader.outcome(late.id) is None, "nothing is decided about it"
    made = ledger.apply(msgspec.structs.replace(late, as_of=index))
    assert (made.reason, made.version) == ("", 1)
    assert ledger.apply(late) == made, "once"


def test_a_refused_commit_that_was_settled_is_void(ledger, drafts):
    page = drafts.page()
    index = ledger.apply(drafts.condemn(page.addresses)).revision
    late = drafts.commit("key", [page], as_of=index - 1)
    assert ledger.apply(late).reason == "condemned"
    assert ledger.apply(drafts.settle(late.id)).reason == "void"
    assert ledger.apply(msgspec.structs.replace(late, as_of=index)).reason == "void"


def test_what_something_has_referred_to_since_counts_for_everybody(ledger, drafts):
    page = drafts.page()
    index = ledger.apply(drafts.condemn(page.addresses)).revision
    assert ledger.apply(drafts.commit("other", [page], as_of=index)).reason == ""
    assert ledger.apply(drafts.commit("key", [page], as_of=index - 1)).reason == ""


def test_an_answer_older_than_the_horizon_proves_nothing(ledger, drafts):
    index = ledger.apply(drafts.condemn(drafts.bytes(32))).revision
    ledger.apply(drafts.forget(index))
    assert ledger.apply(drafts.refer(drafts.bytes(), as_of=index - 1)).reason == "stale"
    assert ledger.apply(drafts.refer(drafts.bytes(), as_of=index)).reason == ""
    assert ledger.apply(drafts.commit("empty", as_of=0)).reason == "", "a version without chunks asked no holder"


def test_nobody_has_read_the_log_further_than_it_goes(ledger, drafts):
    index = len(ledger.entries) + 1
    assert ledger.apply(drafts.refer(drafts.bytes(), as_of=index)).reason == "invalid"
    assert ledger.apply(drafts.refer(drafts.bytes(), as_of=index)).reason == ""


def test_adopted_pages_need_no_fresh_answers(ledger, drafts):
    upload, page = drafts.bytes(), drafts.page()
    ledger.apply(drafts.refer(upload, page, as_of=1))
    ledger.apply(drafts.forget(ledger.apply(drafts.condemn(drafts.bytes(32))).revision))
    outcome = ledger.apply(drafts.commit("key", version_id=upload, page_count=1, as_of=0))
    assert outcome.reason == "", "they were referenced all the time, so nothing could condemn them"
