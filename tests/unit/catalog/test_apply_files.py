"""Keys and versions: what each command makes of them, and when it is refused."""

from __future__ import annotations

import pytest

from dfs_core.catalog.change import ChunksUnreferenced, KeyChanged, UploadEnded
from dfs_core.limits import PAGE_CHUNKS_MAX

KEY = "photos/tea.jpg"


def test_a_committed_version_is_current(ledger, drafts):
    commit = drafts.commit(KEY, [drafts.page(addresses=3)], size=150_000)
    outcome = ledger.apply(commit)
    assert (outcome.reason, outcome.version, outcome.revision) == ("", 1, 2)
    version = ledger.reader.current(KEY)
    assert (version.number, version.version_id, version.size, version.chunks) == (1, commit.version_id, 150_000, 3)
    assert (version.head, version.index, version.removed) == (commit.head, 2, False)
    assert ledger.reader.pages(commit.version_id) == commit.pages


def test_versions_are_numbered_through_the_cluster_in_log_order(ledger, drafts):
    keys = ["b", "a", "b", "c"]
    assert [ledger.apply(drafts.commit(key)).version for key in keys] == [1, 2, 3, 4]
    assert [version.number for version in ledger.reader.history("b", 10)] == [3, 1]
    assert ledger.reader.current("b").number == 3


def test_two_writers_of_one_key_make_two_versions_and_the_later_is_current(ledger, drafts):
    mine, yours = drafts.commit(KEY), drafts.commit(KEY)
    outcomes = [applied.outcome.version for applied in ledger.results(mine, yours)]
    assert outcomes == [1, 2]
    assert ledger.reader.current(KEY).version_id == yours.version_id
    assert ledger.reader.version(KEY, 1).version_id == mine.version_id


def test_a_commit_adopts_the_pages_that_refer_brought(ledger, drafts):
    upload = drafts.bytes()
    first, second, last = drafts.page(1, 2), drafts.page(2, 2), drafts.page(3, 1)
    for page in (second, first):  # windows may arrive in any order
        assert ledger.apply(drafts.refer(upload, page)).reason == ""
    assert ledger.reader.uploads()[0].chunks == 4
    outcome = ledger.apply(drafts.commit(KEY, [last], version_id=upload, page_count=3))
    assert outcome.reason == ""
    assert ledger.reader.pages(upload) == [first, second, last]
    assert ledger.reader.uploads() == []
    assert ledger.reader.current(KEY).chunks == 5
    assert set(ledger.reader.references([first.addresses[:32], last.addresses]).values()) == {1}


def test_a_chunk_that_occurs_twice_is_counted_twice(ledger, drafts):
    (tea,) = drafts.addresses(1)
    ledger.apply(drafts.commit(KEY, [drafts.page(addresses=[tea, tea])]))
    ledger.apply(drafts.commit("other", [drafts.page(addresses=[tea])]))
    assert ledger.reader.references([tea]) == {tea: 3}
    assert ledger.reader.counts().chunks == 1


@pytest.mark.parametrize("page_count", [0, 1, 3])
def test_a_commit_whose_pages_are_not_all_there_is_refused(ledger, drafts, page_count):
    upload = drafts.bytes()
    ledger.apply(drafts.refer(upload, drafts.page(1)))
    pages = [drafts.page(2)]
    outcome = ledger.apply(drafts.commit(KEY, pages, version_id=upload, page_count=page_count))
    assert outcome.reason == "pages"
    assert ledger.reader.current(KEY) is None
    assert len(ledger.reader.uploads()) == 1, "the store may still bring the rest"


def test_a_gap_between_pages_is_refused_even_if_their_number_fits(ledger, drafts):
    pages = [drafts.page(1), drafts.page(3)]
    assert ledger.apply(drafts.commit(KEY, pages, page_count=2)).reason == "pages"


def test_a_missing_page_is_noticed_even_if_the_last_one_is_there(ledger, drafts):
    assert ledger.apply(drafts.commit(KEY, [drafts.page(2)], page_count=2)).reason == "pages"


def test_a_page_that_comes_again_is_counted_once(ledger, drafts):
    upload, page = drafts.bytes(), drafts.page(1, 2)
    ledger.apply(drafts.refer(upload, page))
    ledger.apply(drafts.refer(upload, page))
    assert set(ledger.reader.references([page.addresses[:32]]).values()) == {1}
    assert ledger.apply(drafts.commit(KEY, [page], version_id=upload, page_count=1)).reason == ""
    assert set(ledger.reader.references([page.addresses[:32]]).values()) == {1}
    assert ledger.reader.current(KEY).chunks == 2


def test_a_page_that_comes_again_with_other_contents_is_refused(ledger, drafts):
    upload = drafts.bytes()
    ledger.apply(drafts.refer(upload, drafts.page(1)))
    assert ledger.apply(drafts.refer(upload, drafts.page(1))).reason == "page_differs"
    assert ledger.apply(drafts.commit(KEY, [drafts.page(1)], version_id=upload)).reason == "page_differs"


def test_an_abandoned_upload_holds_on_to_nothing(ledger, drafts):
    upload, page = drafts.bytes(), drafts.page(1, 2)
    ledger.apply(drafts.refer(upload, page))
    addresses = (page.addresses[:32], page.addresses[32:])
    assert ledger.changes(drafts.abandon(upload)) == (ChunksUnreferenced(addresses), UploadEnded(upload, False))
    assert ledger.reader.references(addresses) == dict.fromkeys(addresses, 0)
    assert (ledger.reader.counts().chunks, ledger.reader.counts().unreferenced) == (0, 2)
    assert ledger.reader.pages(upload) == []
    assert ledger.apply(drafts.abandon(upload)).reason == "missing"
    assert ledger.apply(drafts.commit(KEY, version_id=upload, page_count=1)).reason == "pages"


def test_a_chunk_that_is_referred_to_again_is_no_longer_unreferenced(ledger, drafts):
    upload, page = drafts.bytes(), drafts.page()
    ledger.apply(drafts.refer(upload, page))
    ledger.apply(drafts.abandon(upload))
    ledger.apply(drafts.commit(KEY, [page]))
    counts = ledger.reader.counts()
    assert (counts.chunks, counts.unreferenced, counts.unreferenced_bytes) == (1, 0, 0)


def test_a_version_cannot_be_committed_referred_to_or_abandoned_again(ledger, drafts):
    upload = drafts.bytes()
    assert ledger.apply(drafts.commit(KEY, version_id=upload)).reason == ""
    assert ledger.apply(drafts.commit("other", version_id=upload, id=drafts.bytes())).reason == "committed"
    assert ledger.apply(drafts.refer(upload)).reason == "committed"
    assert ledger.apply(drafts.abandon(upload)).reason == "committed"
    assert ledger.reader.counts().versions == 1


def test_a_removed_key_has_history_but_no_current_version(ledger, drafts):
    ledger.apply(drafts.commit(KEY))
    outcome = ledger.apply(drafts.remove(KEY))
    assert (outcome.reason, outcome.version) == ("", 2)
    assert ledger.reader.current(KEY) is None
    assert ledger.reader.list() == []
    assert [(version.number, version.removed) for version in ledger.reader.history(KEY, 9)] == [(2, True), (1, False)]
    assert ledger.reader.newest(KEY).removed
    assert ledger.reader.counts().keys == 0


def test_removing_an_absent_key_is_refused_as_missing(ledger, drafts):
    assert ledger.apply(drafts.remove(KEY)).reason == "missing"
    ledger.apply(drafts.commit(KEY))
    ledger.apply(drafts.remove(KEY))
    assert ledger.apply(drafts.remove(KEY)).reason == "missing"
    assert ledger.reader.counts().versions == 2


def test_a_removed_key_can_be_stored_again(ledger, drafts):
    ledger.apply(drafts.commit(KEY))
    ledger.apply(drafts.remove(KEY))
    assert ledger.apply(drafts.commit(KEY)).version == 3
    assert ledger.reader.current(KEY).number == 3


def test_a_tombstone_keeps_the_chunks_of_the_history(ledger, drafts):
    (tea,) = drafts.addresses(1)
    ledger.apply(drafts.commit(KEY, [drafts.page(addresses=[tea])]))
    assert ledger.changes(drafts.remove(KEY)) == (KeyChanged(KEY, 2, True),)
    assert ledger.reader.references([tea]) == {tea: 1}


def test_purging_takes_history_pages_and_references_away(ledger, drafts):
    (shared, own) = drafts.addresses(2)
    commit = drafts.commit(KEY, [drafts.page(addresses=[shared, own])])
    ledger.apply(commit)
    ledger.apply(drafts.commit("other", [drafts.page(addresses=[shared])]))
    ledger.apply(drafts.remove(KEY))
    assert ledger.changes(drafts.remove(KEY, purge=True)) == (ChunksUnreferenced((own,)), KeyChanged(KEY, 0, True))
    assert ledger.reader.history(KEY, 9) == []
    assert ledger.reader.pages(commit.version_id) == []
    assert ledger.reader.references([shared, own]) == {shared: 1, own: 0}
    assert ledger.apply(drafts.remove(KEY, purge=True)).reason == "missing"
    assert ledger.reader.counts().versions == 1


def test_purging_a_current_key_takes_it_off_the_list(ledger, drafts):
    ledger.apply(drafts.commit(KEY, size=10))
    ledger.apply(drafts.commit(KEY, size=20))
    assert ledger.apply(drafts.remove(KEY, purge=True)).reason == ""
    counts = ledger.reader.counts()
    assert (counts.keys, counts.versions, counts.logical_bytes, counts.history_bytes) == (0, 0, 0, 0)


def test_a_copy_needs_its_source(ledger, drafts):
    ledger.apply(drafts.commit(KEY))
    copy = drafts.commit("copy", source_key=KEY, source_version=1)
    assert ledger.apply(copy).reason == ""
    gone = drafts.commit("copy 2", source_key=KEY, source_version=7)
    assert ledger.apply(gone).reason == "source"
    ledger.apply(drafts.remove(KEY))
    tombstone = drafts.commit("copy 3", source_key=KEY, source_version=3)
    assert ledger.apply(tombstone).reason == "source"
    restored = drafts.commit(KEY, source_key=KEY, source_version=1)
    assert ledger.apply(restored).reason == "", "an older version of the same key may be its source"


def test_a_move_ends_the_source_in_the_same_step(ledger, drafts):
    ledger.apply(drafts.commit("old"))
    move = drafts.commit("new", source_key="old", source_version=1, moves=True)
    assert ledger.changes(move) == (KeyChanged("new", 2, False), KeyChanged("old", 3, True))
    assert [version.key for version in ledger.reader.list()] == ["new"]
    assert ledger.reader.newest("old").removed


def test_a_move_of_what_changed_meanwhile_is_refused(ledger, drafts):
    ledger.apply(drafts.commit("old"))
    ledger.apply(drafts.commit("old"))
    assert ledger.apply(drafts.commit("new", source_key="old", source_version=1, moves=True)).reason == "moved"
    ledger.apply(drafts.remove("old"))
    assert ledger.apply(drafts.commit("new", source_key="old", source_version=2, moves=True)).reason == "moved"
    assert ledger.reader.current("new") is None


def test_a_move_over_an_existing_key_leaves_one_current_version_of_it(ledger, drafts):
    ledger.apply(drafts.commit("old", size=5))
    ledger.apply(drafts.commit("new", size=7))
    assert ledger.apply(drafts.commit("new", size=5, source_key="old", source_version=1, moves=True)).version == 3
    assert [version.number for version in ledger.reader.list()] == [3]
    assert ledger.reader.counts().logical_bytes == 5


def test_an_expected_version_must_be_the_current_one(ledger, drafts):
    assert ledger.apply(drafts.commit(KEY, expects=0)).version == 1
    assert ledger.apply(drafts.commit(KEY, expects=0)).reason == "changed"
    assert ledger.apply(drafts.commit(KEY, expects=1)).version == 2
    ledger.apply(drafts.remove(KEY))
    assert ledger.apply(drafts.commit(KEY, expects=3)).reason == "changed"
    assert ledger.apply(drafts.commit(KEY, expects=0)).version == 4


@pytest.mark.parametrize(
    "wrong",
    [
        {"key": ""},
        {"key": "a//b"},
        {"key": "a/../b"},
        {"key": "nul\0"},
        {"size": -1},
        {"size": 2**63},
        {"mtime_ns": 2**63},
        {"mode": -1},
        {"wall_ms": -1},
        {"wall_ms": 2**64 - 1},
        {"content_token": b""},
        {"head": b""},
        {"head": bytes(20_000)},
        {"stored_by": b"short"},
        {"page_count": -1},
        {"page_count": 2**64 - 1},
        {"expects": 2**64 - 1},
        {"as_of": -1, "page_count": 1},
        {"as_of": 2**64 - 1, "page_count": 1},
        {"source_key": "a", "source_version": 2**64 - 1},
        {"source_key": "a", "source_version": 0},
        {"moves": True},
        {"moves": True, "source_key": KEY, "source_version": 1},
        {"version_id": b"short"},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_a_commit_with_values_that_cannot_be_is_refused(ledger, drafts, wrong):
    ledger.apply(drafts.commit("a"))
    pages = [drafts.page()] if wrong.get("page_count") == 1 else []
    commit = drafts.commit(**{"key": KEY, "pages": pages, "id": drafts.bytes(), **wrong})
    assert ledger.apply(commit).reason == "invalid"
    assert ledger.reader.counts().versions == 1


def test_a_key_at_its_longest_is_stored_and_listed(ledger, drafts):
    key = "é" * 2048
    assert ledger.apply(drafts.commit(key)).reason == ""
    assert [version.key for version in ledger.reader.list("é" * 100)] == [key]


def test_the_largest_page_is_stored_whole(ledger, drafts):
    upload, page = drafts.bytes(), drafts.page(1, PAGE_CHUNKS_MAX)
    assert ledger.apply(drafts.refer(upload, page)).reason == ""
    assert ledger.reader.counts().chunks == PAGE_CHUNKS_MAX
    assert ledger.reader.pages(upload) == [page]
