"""Expire ends what the policy does not keep, nothing else, and leaves no trace but the outcome."""

from __future__ import annotations

import pytest

from dfs_core.catalog.change import ChunksUnreferenced
from dfs_core.encoding.commands import Expire
from dfs_core.limits import EXPIRE_VERSIONS_MAX

KEY = "log"


@pytest.fixture
def strict(ledger, drafts):
    """A cluster that keeps two versions, or a minute, and a removal for two minutes."""
    for name, value in (("history_versions", 2), ("history_ms", 60_000), ("removed_ms", 120_000)):
        assert ledger.apply(drafts.set_setting(name, value)).reason == ""
    return ledger


def expire(ledger, drafts, numbers, key=KEY, elapsed_ms=0):
    return ledger.apply(Expire(drafts.bytes(), key, list(numbers)), elapsed_ms).reason


def numbers(ledger, key=KEY):
    return [version.number for version in ledger.reader.history(key, 999)]


def test_an_expired_version_is_gone_with_head_pages_and_references(strict, drafts):
    (shared, own) = drafts.addresses(2)
    first = drafts.commit(KEY, [drafts.page(addresses=[shared, own])], size=500)
    strict.apply(first)
    strict.apply(drafts.commit(KEY, [drafts.page(addresses=[shared])]))
    strict.apply(drafts.commit(KEY))
    before = strict.reader.counts()
    (applied,) = strict.results(Expire(drafts.bytes(), KEY, [1]), elapsed_ms=60_000)
    assert applied.outcome.reason == ""
    assert applied.changes == (ChunksUnreferenced((own,)),)
    assert strict.reader.references([shared, own]) == {shared: 1, own: 0}
    assert (numbers(strict), strict.reader.version(KEY, 1), strict.reader.pages(first.version_id)) == ([3, 2], None, [])
    after = strict.reader.counts()
    assert (after.versions, after.history_bytes) == (before.versions - 1, before.history_bytes - 500)
    assert (after.keys, after.logical_bytes) == (before.keys, before.logical_bytes)


def test_a_commit_that_comes_again_after_its_version_expired_brings_nothing_back(strict, drafts):
    first = drafts.commit(KEY)
    known = strict.apply(first)
    strict.apply(drafts.commit(KEY))
    strict.apply(drafts.commit(KEY))
    assert expire(strict, drafts, [1], elapsed_ms=60_000) == ""
    assert strict.apply(first) == known
    assert strict.apply(drafts.settle(first.id)) == known
    assert numbers(strict) == [3, 2]


def test_what_the_policy_keeps_at_that_entry_stays_although_it_is_named(strict, drafts):
    for _ in range(4):
        strict.apply(drafts.commit(KEY))
    assert expire(strict, drafts, [1, 2, 3, 4], elapsed_ms=59_999) == "kept"
    assert expire(strict, drafts, [1, 2, 3, 4], elapsed_ms=1) == ""
    assert numbers(strict) == [4, 3]
    assert strict.reader.current(KEY).number == 4
    assert expire(strict, drafts, [1, 2]) == "kept", "they are gone already"


def test_a_setting_that_was_raised_after_the_leader_looked_counts(strict, drafts):
    for _ in range(4):
        strict.apply(drafts.commit(KEY), 30_000)
    strict.apply(drafts.set_setting("history_versions", 4))
    assert expire(strict, drafts, [1, 2]) == "kept"


def test_only_what_is_named_goes(strict, drafts):
    for _ in range(5):
        strict.apply(drafts.commit(KEY))
    assert expire(strict, drafts, [2], elapsed_ms=60_000) == ""
    assert numbers(strict) == [5, 4, 3, 1]


def test_a_removed_key_goes_whole_when_its_tombstone_is_old_and_can_be_stored_again(strict, drafts):
    strict.apply(drafts.commit(KEY, [drafts.page()]))
    strict.apply(drafts.commit(KEY))
    strict.apply(drafts.remove(KEY))
    assert expire(strict, drafts, [1, 2, 3], elapsed_ms=60_000) == "kept"
    assert expire(strict, drafts, [1, 2, 3], elapsed_ms=60_000) == ""
    assert numbers(strict) == []
    counts = strict.reader.counts()
    assert (counts.keys, counts.versions, counts.chunks, counts.unreferenced) == (0, 0, 0, 1)
    assert strict.apply(drafts.commit(KEY)).version == 4


def test_other_keys_are_not_touched(strict, drafts):
    for key in (KEY, "other"):
        for _ in range(3):
            strict.apply(drafts.commit(key))
    assert expire(strict, drafts, [4, 5, 6], elapsed_ms=60_000) == "kept", "numbers of another key"
    assert numbers(strict, "other") == [6, 5, 4]


@pytest.mark.parametrize("named", [[], [0], [-1], [2**64 - 1], list(range(1, EXPIRE_VERSIONS_MAX + 2))])
def test_numbers_that_cannot_be_are_refused(strict, drafts, named):
    assert expire(strict, drafts, named) == "invalid"


def test_a_key_that_cannot_be_is_refused(strict, drafts):
    assert expire(strict, drafts, [1], key="a//b") == "invalid"
