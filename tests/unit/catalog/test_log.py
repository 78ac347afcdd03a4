"""The log on disk: what is saved is there, what replaces replaces, and a crash leaves a whole log."""

from __future__ import annotations

import signal
import subprocess
import sys
from dataclasses import replace
from random import Random

import pytest

from dfs_core.catalog.log import LogStore
from dfs_core.errors import StoreError, StoreFull
from dfs_core.model.raft_messages import COMMAND, CONFIGURATION, NOOP, Configuration, LogEntry
from dfs_core.model.raft_ready import HardState, LogStart, SnapshotPlace

ALICE, BOB, CAROL = (bytes([name]) * 32 for name in b"abc")
FOUNDING = Configuration.of([ALICE])


@pytest.fixture
def path(tmp_path):
    return tmp_path / "log.sqlite"


@pytest.fixture
def log(path):
    store = LogStore(path)
    yield store
    store.close()


def entries(first, last, term=1, kind=COMMAND):
    return [LogEntry(index, term, kind, b"entry %d" % index) for index in range(first, last + 1)]


def everything(log, applied=0):
    start = log.load(applied).start
    return log.read(start.first_index, start.last_index, 10**9)


def test_an_empty_log_begins_at_one(log):
    loaded = log.load(0)
    assert loaded.hard_state == HardState(0, None)
    assert (loaded.first_index, loaded.last_index, loaded.start.terms, loaded.start.before_term) == (1, 0, (), 0)
    assert loaded.configurations == ((0, Configuration()),)
    assert log.read(1, 10, 1000) == []


def test_what_was_saved_is_there_after_reopening(path):
    first = LogStore(path)
    first.save(HardState(3, ALICE), entries(1, 4))
    first.close()
    second = LogStore(path)
    assert everything(second) == entries(1, 4)
    assert second.load(2).hard_state == HardState(3, ALICE)
    assert second.load(2).start.applied == 2
    second.save(None, entries(5, 6))
    assert second.load(0).last_index == 6
    second.close()


def test_the_hard_state_alone_can_be_saved(log):
    log.save(HardState(1, BOB), entries(1, 1))
    log.save(HardState(2, None), [])
    assert log.load(0).hard_state == HardState(2, None)
    assert everything(log) == entries(1, 1)


def test_entries_replace_everything_at_and_after_the_first(log):
    log.save(None, entries(1, 5, term=1))
    log.save(None, entries(3, 3, term=2))
    assert everything(log) == [*entries(1, 2, term=1), *entries(3, 3, term=2)]
    assert log.load(0).start.terms == ((1, 1), (3, 2))
    log.save(None, entries(1, 1, term=3))
    assert everything(log) == entries(1, 1, term=3)
    assert log.load(0).start.terms == ((1, 3),)


def test_saving_again_changes_nothing(log):
    log.save(None, entries(1, 5))
    log.save(None, entries(1, 5))
    assert everything(log) == entries(1, 5)
    assert log.load(0).start.terms == ((1, 1),)


@pytest.mark.parametrize(
    "wrong", [entries(7, 8), [*entries(6, 6), *entries(8, 8)], [*entries(6, 7), *entries(6, 6)], entries(0, 1)]
)
def test_a_log_has_no_gaps(log, wrong):
    log.save(None, entries(1, 5))
    with pytest.raises(ValueError, match=r"does not fit|not contiguous"):
        log.save(HardState(9, None), wrong)
    assert everything(log) == entries(1, 5)
    assert log.load(0).hard_state == HardState(0, None)


def test_terms_are_told_where_they_begin(log):
    saved = [*entries(1, 3, term=1), *entries(4, 4, term=2), *entries(5, 9, term=7)]
    for entry in saved:
        log.save(None, [entry])
    assert log.load(0).start.terms == ((1, 1), (4, 2), (5, 7))


def test_terms_match_the_entries_after_any_saves(log):
    random, model = Random(7), []
    for term in range(1, 60):
        first = random.randint(max(1, len(model) - 5), len(model) + 1)
        fresh = entries(first, first + random.randint(0, 4), term=term // random.choice([1, 2]) + 1)
        model = [*model[: first - 1], *fresh]
        log.save(None, fresh)
        start = log.load(0).start
        runs = [
            (entry.index, entry.term)
            for before, entry in zip([None, *model], model, strict=False)
            if not before or before.term != entry.term
        ]
        assert everything(log) == model
        assert (start.terms, start.last_index) == (tuple(runs), len(model))


def test_reading_stops_at_the_bytes_but_gives_the_first(log):
    log.save(None, [LogEntry(index, 1, COMMAND, bytes(1_000)) for index in range(1, 11)])
    size = LogEntry(1, 1, COMMAND, bytes(1_000)).size_bytes
    assert [entry.index for entry in log.read(3, 9, 2 * size)] == [3, 4]
    assert [entry.index for entry in log.read(3, 9, 2 * size - 1)] == [3]
    assert [entry.index for entry in log.read(3, 9, 0)] == [3]
    assert [entry.index for entry in log.read(9, 12, 10**9)] == [9, 10]
    assert log.read(11, 12, 10**9) == []


def test_reading_what_was_cut_off_yields_nothing(log):
    log.save(None, entries(1, 5))
    log.cut(3)
    assert log.read(3, 5, 10**9) == []
    assert log.read(4, 5, 10**9) == entries(4, 5)


def test_a_log_that_was_cut_off_begins_behind_the_cut_and_knows_who_voted_there(path):
    log = LogStore(path)
    voting = Configuration.of([ALICE, BOB])
    log.save(HardState(2, BOB), entries(1, 3))
    log.save(None, [LogEntry(4, 2, CONFIGURATION, voting.encode()), *entries(5, 9, term=2)])
    log.save(None, entries(10, 12, term=5))
    log.cut(6)
    log.cut(2)  # was cut off already
    for _ in range(2):
        loaded = log.load(8)
        assert loaded.start == LogStart(7, 2, 12, ((7, 2), (10, 5)), 8)
        assert loaded.configurations == ((6, voting),)
        assert everything(log, 8) == [*entries(7, 9, term=2), *entries(10, 12, term=5)]
        assert log.size_bytes == sum(entry.size_bytes for entry in everything(log, 8))
        log.close()
        log = LogStore(path)
    log.save(None, entries(11, 11, term=6))
    assert log.size_bytes == sum(entry.size_bytes for entry in everything(log, 8))
    with pytest.raises(StoreError, match="not as it was left"):
        log.load(5)
    log.close()


def test_all_of_a_log_can_be_cut_off_and_it_goes_on(log):
    log.save(None, entries(1, 3, term=4))
    log.cut(3)
    assert log.load(3).start == LogStart(4, 4, 3, (), 3)
    log.save(None, entries(4, 5, term=4))
    assert log.load(3).start == LogStart(4, 4, 5, ((4, 4),), 3)


def test_a_cut_beyond_the_end_is_refused(log):
    log.save(None, entries(1, 3))
    with pytest.raises(ValueError, match="ends at 3"):
        log.cut(4)


def test_the_tail_that_is_kept_is_counted_from_the_end(log):
    log.save(None, entries(1, 9))
    size = entries(9, 9)[0].size_bytes
    assert [log.tail_start(bytes_kept) for bytes_kept in (0, size, 3 * size, 10**9)] == [10, 9, 7, 1]


PLACE = SnapshotPlace(7, 3, Configuration.of([ALICE], [BOB]), 6, keeps_tail=True)


@pytest.mark.parametrize(
    ("held", "kept"),
    [
        (entries(1, 4), []),
        (entries(1, 9, term=3), entries(8, 9, term=3)),
        (entries(1, 9, term=2), []),  # another entry there: what follows it is not what follows the snapshot
        ([], []),
    ],
)
def test_a_log_begins_behind_an_installed_snapshot(log, held, kept):
    log.save(HardState(3, BOB), held)
    for _ in range(2):  # once more after a crash
        log.install(PLACE)
        loaded = log.load(7)
        assert (loaded.start.first_index, loaded.start.before_term) == (8, 3)
        assert loaded.configurations == ((7, PLACE.configuration),)
        assert loaded.hard_state == HardState(3, BOB)
        assert log.read(8, 20, 10**9) == kept
        assert log.size_bytes == sum(entry.size_bytes for entry in kept)
    log.save(None, entries(8, 8, term=9))
    assert log.load(7).start.terms == ((8, 9),)


def test_a_tail_that_the_core_gave_up_does_not_stay(log):
    log.save(None, entries(1, 9, term=3))
    log.install(replace(PLACE, keeps_tail=False))
    assert log.load(7).last_index == 7


def test_a_missing_entry_is_noticed(log):
    log.save(None, entries(1, 5))
    log._writer.execute('DELETE FROM entry WHERE "index" = 3')
    with pytest.raises(StoreError, match="lacks log entry 3"):
        log.read(1, 5, 10**9)


def test_the_founder_votes_before_the_first_entry(path):
    log = LogStore(path)
    log.found(FOUNDING)
    log.found(FOUNDING)
    log.close()
    log = LogStore(path)
    assert log.load(0).configurations == ((0, FOUNDING),)
    log.save(None, entries(1, 1))
    log.found(FOUNDING)
    log.close()


def test_a_log_is_founded_once(log):
    log.found(FOUNDING)
    with pytest.raises(StoreError, match="already"):
        log.found(Configuration.of([BOB]))
    assert log.load(0).configurations == ((0, FOUNDING),)


def test_a_log_with_entries_is_not_founded(log):
    log.save(None, entries(1, 1))
    with pytest.raises(StoreError, match="already"):
        log.found(FOUNDING)


def test_configurations_are_told_from_the_applied_one_on(log):
    log.found(FOUNDING)
    two, three = Configuration.of([ALICE, BOB]), Configuration.of([ALICE, BOB, CAROL])
    log.save(None, [*entries(1, 2), LogEntry(3, 1, CONFIGURATION, two.encode()), *entries(4, 5)])
    log.save(None, [LogEntry(6, 1, CONFIGURATION, three.encode()), LogEntry(7, 1, NOOP)])
    assert log.load(2).configurations == ((0, FOUNDING), (3, two), (6, three))
    assert log.load(3).configurations == ((3, two), (6, three))
    assert log.load(7).configurations == ((6, three),)
    log.save(None, entries(6, 6, term=2))
    assert log.load(4).configurations == ((3, two),), "a configuration that was replaced is gone"


def test_a_catalog_ahead_of_the_log_is_refused(log):
    log.save(None, entries(1, 3))
    with pytest.raises(StoreError, match="not as it was left"):
        log.load(4)


def test_a_full_disk_saves_nothing_and_the_log_goes_on_later(log):
    log.save(HardState(1, None), entries(1, 3))
    (pages,) = log._writer.execute("PRAGMA page_count").fetchone()
    log._writer.execute(f"PRAGMA max_page_count = {pages + 1}")
    large = [LogEntry(index, 2, COMMAND, bytes(100_000)) for index in (2, 3, 4)]
    with pytest.raises(StoreFull):
        log.save(HardState(2, ALICE), large)
    assert everything(log) == entries(1, 3)
    assert log.load(0).hard_state == HardState(1, None)
    log._writer.execute("PRAGMA max_page_count = 100000")
    log.save(HardState(2, ALICE), large)
    assert everything(log) == [*entries(1, 1), *large]


def test_every_save_is_synced(log):
    assert log._writer.execute("PRAGMA synchronous").fetchone() == (2,)
    assert log._writer.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_closing_twice_is_closing_once(path):
    log = LogStore(path)
    log.close()
    log.close()
    with pytest.raises(StoreError):
        log.read(1, 2, 3)


SAVER = """
import sys
from dfs_core.catalog.log import LogStore
from dfs_core.model.raft_messages import COMMAND, LogEntry
from dfs_core.model.raft_ready import HardState

log = LogStore(sys.argv[1])
index = log.load(0).last_index
term = log.load(0).hard_state.term + 1
while True:
    batch = [LogEntry(index + n, term, COMMAND, b"%d " % (index + n) * 500) for n in range(1, 1 + index % 7 + 1)]
    log.save(HardState(term, bytes(32)), batch)
    index += len(batch)
    print(index, flush=True)
"""


def test_a_killed_process_leaves_what_it_acknowledged_and_at_most_the_save_under_way(path):
    acknowledged = 0
    for saves_before_kill in (1, 5, 23, 60):
        process = subprocess.Popen([sys.executable, "-c", SAVER, str(path)], stdout=subprocess.PIPE, text=True)
        for _ in range(saves_before_kill):
            acknowledged = int(process.stdout.readline())
        process.send_signal(signal.SIGKILL)
        acknowledged = max([acknowledged, *(int(line) for line in process.stdout.read().split("\n") if line)])
        process.stdout.close()
        process.wait()
        log = LogStore(path)
        loaded = log.load(0)
        assert acknowledged <= loaded.last_index <= acknowledged + 7
        saved = everything(log)
        assert [entry.index for entry in saved] == list(range(1, loaded.last_index + 1))
        assert all(entry.data == b"%d " % entry.index * 500 for entry in saved)
        assert loaded.hard_state.term == saved[-1].term
        log.close()
