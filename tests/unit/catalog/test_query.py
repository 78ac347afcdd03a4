"""Questions: sorted and paged listings, history, content, and readers beside a writer."""

from __future__ import annotations

import sqlite3
import threading

import pytest

from dfs_core.catalog.apply import Applier
from dfs_core.catalog.database import transaction
from dfs_core.catalog.query import CatalogReader
from dfs_core.encoding.commands import Outcome
from dfs_core.errors import StoreError

ODD_KEYS = [
    "a", "a/b", "a/b/c", "a b", "a-b", "a.b", "aa", "ab", "b", "B", "Z", "z", "é", "e\u0301", "ä", "日本", "日本/語",
    "\U0001f375", "\U0010ffff", "\U0010ffff\U0010ffff", "\ue000", "-rf", "new\nline", "%", "_", "a%", "a_", "A",
]  # fmt: skip


@pytest.fixture
def odd(ledger, drafts):
    """A catalog of keys that sort differently by bytes, by locale and by UTF-16."""
    ledger.results(*(drafts.commit(key) for key in drafts.random.sample(ODD_KEYS, len(ODD_KEYS))))
    return ledger


def keys(versions):
    return [version.key for version in versions]


def test_keys_are_listed_in_the_order_of_their_utf8_bytes(odd):
    assert keys(odd.reader.list()) == sorted(ODD_KEYS, key=lambda key: key.encode())


@pytest.mark.parametrize("prefix", ["", "a", "a/", "a/b", "日", "\U0010ffff", "e", "%", "_", "nothing", "A"])
@pytest.mark.parametrize("limit", [1, 2, 5, 1000])
def test_pages_joined_are_the_whole_list_below_a_prefix(odd, prefix, limit):
    found, after = [], ""
    while page := odd.reader.list(prefix, after, limit):
        assert len(page) <= limit
        found += keys(page)
        after = found[-1]
    assert found == sorted((key for key in ODD_KEYS if key.startswith(prefix)), key=lambda key: key.encode())


def test_a_list_goes_on_after_a_key_that_is_gone(odd, drafts):
    page = keys(odd.reader.list("a", "", 3))
    odd.apply(drafts.remove(page[-1]))
    rest = keys(odd.reader.list("a", page[-1], 100))
    assert page + rest == sorted(key for key in ODD_KEYS if key.startswith("a"))


def test_a_list_after_the_prefix_ends_is_empty(odd):
    assert odd.reader.list("a", "b") == []
    assert keys(odd.reader.list("b", "a")) == ["b"], "a position before the prefix is its beginning"


def test_a_listing_shows_current_versions_without_their_heads(ledger, drafts):
    ledger.results(drafts.commit("key", size=1), drafts.commit("key", size=2), drafts.commit("gone"))
    ledger.apply(drafts.remove("gone"))
    (version,) = ledger.reader.list()
    assert (version.key, version.number, version.size, version.head) == ("key", 2, 2, b"")


def test_history_is_newest_first_and_bounded(ledger, drafts):
    ledger.results(*(drafts.commit("key", size=size) for size in range(5)))
    assert [version.size for version in ledger.reader.history("key", 3)] == [4, 3, 2]
    assert ledger.reader.history("other", 3) == []


def test_a_version_is_asked_for_by_key_and_number(ledger, drafts):
    ledger.results(drafts.commit("a"), drafts.commit("b"))
    assert ledger.reader.version("a", 1).head.startswith(b"sealed head of")
    assert ledger.reader.version("a", 2) is None
    ledger.apply(drafts.remove("a"))
    tombstone = ledger.reader.version("a", 3)
    assert (tombstone.removed, tombstone.head, tombstone.size) == (True, b"", 0)


def test_content_is_found_in_a_current_version_first(ledger, drafts):
    token = drafts.bytes(32)
    ledger.results(drafts.commit("a", content_token=token), drafts.commit("b", content_token=token), drafts.commit("b"))
    found = ledger.reader.by_content(token)
    assert (found.key, found.number) == ("a", 1)
    assert found.head.startswith(b"sealed head of")


def test_content_is_found_in_history_when_nothing_current_has_it(ledger, drafts):
    token = drafts.bytes(32)
    ledger.results(drafts.commit("a", content_token=token), drafts.commit("b", content_token=token))
    ledger.results(drafts.remove("a"), drafts.remove("b"))
    assert ledger.reader.by_content(token).number == 2
    ledger.apply(drafts.remove("b", purge=True))
    assert ledger.reader.by_content(token).number == 1
    ledger.apply(drafts.remove("a", purge=True))
    assert ledger.reader.by_content(token) is None


def test_counts_are_those_of_the_rows(ledger, drafts):
    shared = drafts.addresses(3)
    ledger.results(
        drafts.commit("a", [drafts.page(addresses=shared)], size=10),
        drafts.commit("a", [drafts.page(addresses=shared)], size=20),
        drafts.commit("b", [drafts.page(addresses=shared[:1])], size=5),
        drafts.commit("c", size=7),
        drafts.remove("c"),
        drafts.refer(drafts.bytes()),
    )
    counts = ledger.reader.counts()
    assert (counts.keys, counts.versions, counts.logical_bytes, counts.history_bytes) == (2, 5, 25, 42)
    assert (counts.chunks, counts.uploads, counts.unreferenced) == (4, 1, 0)
    connection = ledger.applier._connection
    (in_rows,) = connection.execute("SELECT sum(bytes) FROM reference WHERE count > 0").fetchone()
    assert counts.chunk_bytes == in_rows


def test_pages_of_a_large_file_can_be_read_a_few_at_a_time(ledger, drafts):
    upload = drafts.bytes()
    pages = [drafts.page(number) for number in range(1, 8)]
    ledger.results(*(drafts.refer(upload, page) for page in pages))
    assert ledger.reader.pages(upload) == pages
    assert ledger.reader.pages(upload, first=3, limit=2) == pages[2:4]
    assert ledger.reader.pages(drafts.bytes()) == []


def test_references_are_told_for_any_number_of_chunks(ledger, drafts):
    known, unknown = drafts.addresses(3), drafts.addresses(3000)
    ledger.apply(drafts.commit("a", [drafts.page(addresses=known)]))
    counts = ledger.reader.references([*unknown, *known])
    assert len(counts) == 3003
    assert [counts[address] for address in known] == [1, 1, 1]
    assert sum(counts.values()) == 3


def test_an_upload_tells_when_it_last_showed_that_it_lives(ledger, drafts):
    upload = drafts.bytes()
    ledger.results(drafts.refer(upload, drafts.page(1, 2)), elapsed_ms=1_000)
    ledger.results(drafts.refer(upload, drafts.page(2, 1)), elapsed_ms=500)
    (found,) = ledger.reader.uploads()
    assert (found.version_id, found.pages, found.chunks) == (upload, 2, 3)
    assert (found.started_ms, found.touched_ms) == (1_000, 1_500)


def test_the_empty_catalog_answers_every_question(empty):
    reader = empty.reader
    assert reader.applied() == (0, 0)
    assert reader.cluster() is None
    assert reader.members() == (0, ())
    assert reader.list() == reader.history("key", 5) == reader.uploads() == reader.pages(bytes(16)) == []
    assert reader.current("key") is reader.newest("key") is reader.by_content(b"x") is reader.outcome(b"x") is None
    assert reader.counts().keys == 0


def test_an_outcome_is_told_in_full(ledger, drafts):
    remove = drafts.remove("key")
    assert ledger.reader.outcome(remove.id) is None
    ledger.apply(remove)
    assert ledger.reader.outcome(remove.id) == Outcome("missing", "no such key: 'key'", 0, 2)


def test_readers_in_many_threads_see_whole_runs_beside_a_writer(ledger, drafts):
    problems: list[str] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            found = {version.key: version.size for version in ledger.reader.list("pair")}
            if found and found["pair 1"] != found["pair 2"]:
                problems.append(str(found))

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for size in range(150):
        ledger.results(drafts.commit("pair 1", size=size), drafts.commit("pair 2", size=size))
    done.set()
    for thread in threads:
        thread.join()
    assert problems == []


def test_a_question_of_several_statements_sees_one_moment(ledger, drafts):
    count = "SELECT count(*) FROM current"
    with ledger.reader._borrowed() as connection:
        assert connection.execute(count).fetchone() == (0,)
        ledger.apply(drafts.commit("key"))
        assert connection.execute(count).fetchone() == (0,)
    with ledger.reader._borrowed() as connection:
        assert connection.execute(count).fetchone() == (1,)


def test_a_question_under_way_finishes_when_the_reader_is_closed(ledger):
    with ledger.reader._borrowed() as connection:
        ledger.reader.close()
        assert connection.execute("SELECT count(*) FROM current").fetchone() == (0,)
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        connection.execute("SELECT 1")


def test_a_reader_needs_a_catalog(tmp_path):
    with pytest.raises(StoreError):
        CatalogReader(tmp_path / "catalog")


def test_a_closed_reader_says_so_and_leaves_no_connection_behind(tmp_path):
    applier = Applier(tmp_path / "catalog")
    reader = CatalogReader(tmp_path / "catalog")
    reader.close()
    reader.close()
    with pytest.raises(StoreError, match="closed"):
        reader.list()
    applier.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["catalog"], "the write-ahead log was folded in"


def test_a_hundred_thousand_keys_are_listed_page_by_page(ledger, drafts):
    count = 100_000
    names = [f"dir {number % 100:02}/file {number:06}" for number in drafts.random.sample(range(count), count)]
    connection = ledger.applier._connection  # rows as commits would leave them, but in a second instead of ten
    rows = [(name, number, b"%d" % number, 1, 2, 3, 4, 5, 0, 0, b"", b"", 6, 7) for number, name in enumerate(names, 1)]
    with transaction(connection):
        connection.executemany(f"INSERT INTO version VALUES ({', '.join('?' * 14)})", rows)
        connection.executemany("INSERT INTO current VALUES (?, ?)", [row[:2] for row in rows])
    found, after = [], ""
    while page := ledger.reader.list("", after, 10_000):
        found += keys(page)
        after = found[-1]
    assert found == sorted(names)
    below = keys(ledger.reader.list("dir 42/", "", 10_000))
    assert below == [name for name in found if name.startswith("dir 42/")]
    assert [version.number for version in ledger.reader.list("dir 42/", below[4], 1)] == [names.index(below[5]) + 1]


def test_a_history_goes_on_before_a_version(ledger, drafts):
    for _ in range(5):
        ledger.apply(drafts.commit("k"))
    pages = [[version.number for version in ledger.reader.history("k", 2, before)] for before in (0, 4, 2, 1)]
    assert pages == [[5, 4], [3, 2], [1], []]


def test_a_removed_key_is_remembered_while_it_has_a_history(ledger, drafts):
    for key in ("a/1", "a/2", "a/3", "ab", "b"):
        ledger.results(drafts.commit(key), drafts.commit(key))
    ledger.apply(drafts.remove("a/2"))
    ledger.apply(drafts.remove("a/3", purge=True))
    assert ledger.reader.remembered("a/", "", 10) == ["a/1", "a/2"]
    assert ledger.reader.remembered("a", "a/1", 2) == ["a/2", "ab"]


def test_removed_keys_are_listed_by_their_tombstones_and_those_that_are_back_are_not(ledger, drafts):
    for key in ("a/1", "a/2", "a/3", "a/4", "ab", "b"):
        ledger.apply(drafts.commit(key))
    for key in ("a/1", "a/2", "a/4", "ab", "b"):
        ledger.apply(drafts.remove(key))
    ledger.apply(drafts.commit("a/2"))
    listed = ledger.reader.removed("a/", "", 10)
    assert [(version.key, version.removed) for version in listed] == [("a/1", True), ("a/4", True)]
    assert keys(ledger.reader.removed("", "a/1", 2)) == ["a/4", "ab"]
    assert keys(ledger.reader.removed("a/", "a/4", 2)) == []
    ledger.apply(drafts.remove("a/1", purge=True))
    assert keys(ledger.reader.removed("a/", "", 10)) == ["a/4"]


@pytest.mark.parametrize("text", ["a", "A", "/b", "%", "_", "\\", "B/C", "é", "É", "日本", "-rf", "\n", "nothing"])
def test_finding_is_by_any_part_in_either_case_of_ascii_and_takes_no_sign_for_a_wildcard(odd, drafts, text):
    odd.apply(drafts.commit("back\\slash"))
    fold = str.maketrans({chr(code): chr(code + 32) for code in range(65, 91)})
    wanted = [key for key in [*ODD_KEYS, "back\\slash"] if text.translate(fold) in key.translate(fold)]
    assert keys(odd.reader.find(text, "", 1000)) == sorted(wanted, key=lambda key: key.encode())


def test_finding_goes_on_after_a_key_and_passes_over_removed_ones(odd, drafts):
    odd.apply(drafts.remove("ab"))
    whole = keys(odd.reader.find("a", "", 1000))
    assert "ab" not in whole
    found, after = [], ""
    while page := odd.reader.find("a", after, 2):
        found += keys(page)
        after = found[-1]
    assert found == whole


@pytest.mark.parametrize("rows", [1, 2, 3, 4, 7, 100])
def test_histories_come_whole_and_each_once_however_many_versions_are_read_at_once(ledger, drafts, rows):
    for key, count in (("a", 1), ("b", 3), ("c", 1), ("d", 5), ("e", 2)):
        for _ in range(count):
            ledger.apply(drafts.commit(key))
    ledger.apply(drafts.remove("c"))
    found, after = {}, ""
    while True:
        part, after = ledger.reader.histories(after, rows)
        for key, aged in part:
            assert key not in found
            found[key] = aged
        if not after:
            break
    assert list(found) == ["b", "c", "d", "e"], "one content alone can never expire"
    for key, aged in found.items():
        history = [(version.number, version.log_ms, version.removed) for version in ledger.reader.history(key, 99)]
        assert aged == sorted(history)


def test_a_sample_is_of_chunks_that_something_refers_to(ledger, drafts):
    known = drafts.addresses(20)
    ledger.apply(drafts.commit("a", [drafts.page(addresses=known)]))
    ledger.apply(drafts.remove("a", purge=True))
    assert list(ledger.reader.sample(10)) == []
    ledger.apply(drafts.commit("a", [drafts.page(addresses=known[:12])]))
    found = ledger.reader.sample(10)
    assert [address for address, _ in found] == sorted(known[:12])[:10]
    assert all(size > 0 for _, size in found)


def test_a_range_of_references_is_read_in_address_order_without_what_nothing_refers_to(ledger, drafts):
    kept, ended = drafts.page(1, 6), drafts.page(1, 2)
    upload = drafts.bytes()
    ledger.apply(drafts.refer(upload, kept))
    gone = drafts.bytes()
    ledger.apply(drafts.refer(gone, ended))
    ledger.apply(drafts.abandon(gone))
    addresses = sorted(kept.addresses[at : at + 32] for at in range(0, len(kept.addresses), 32))
    reader = CatalogReader(ledger.path)
    everything = reader.referenced(bytes(32), b"\xff" * 32, -1)
    assert [address for address, _ in everything] == addresses
    assert all(size > 0 for _, size in everything)
    assert reader.referenced(addresses[1], addresses[3], -1) == everything[1:4]
    assert reader.referenced(bytes(32), b"\xff" * 32, 2) == everything[:2]
    reader.close()


def test_versions_with_chunks_are_listed_by_key_and_number(ledger, drafts):
    reader = CatalogReader(ledger.path)
    numbers = [ledger.apply(drafts.commit(key, [drafts.page(1, 2)])).version for key in ("b", "a", "b")]
    ledger.apply(drafts.commit("inline"))
    ledger.apply(drafts.remove("a"))
    found = reader.chunked("", 0, 10)
    assert [(each.key, each.number, each.chunks) for each in found] == [
        ("a", numbers[1], 2),
        ("b", numbers[0], 2),
        ("b", numbers[2], 2),
    ]
    assert reader.chunked("a", numbers[1], 1) == found[1:2]
    reader.close()


def test_a_row_that_changed_behind_the_catalogs_back_is_found_by_a_check(ledger, drafts):
    ledger.apply(drafts.commit("a", [drafts.page()]))
    ledger.reader.check()
    other = sqlite3.connect(ledger.path)
    with other:
        other.execute("UPDATE version SET size = size + 1")
    other.close()
    with pytest.raises(StoreError, match="does not hold what its digest says"):
        ledger.reader.check()
