"""Runs of entries: one transaction each, the same rows however they are split, and a halt at what cannot be read."""

from __future__ import annotations

import sqlite3
import threading

import msgspec
import pytest

from dfs_core.catalog.apply import Applier
from dfs_core.catalog.digest import logical_rows, recompute
from dfs_core.catalog.log import LogStore
from dfs_core.encoding.commands import Batch, decode_batch, encode_batch, encode_command
from dfs_core.errors import CatalogHalted, StoreError, StoreFull
from dfs_core.model.bucket import bucket_of
from dfs_core.model.raft_messages import COMMAND, CONFIGURATION, NOOP, Configuration, LogEntry


def dump(path):
    connection = sqlite3.connect(path)
    try:
        return [(table.name, row) for table, row in logical_rows(connection)]
    finally:
        connection.close()


def busy_log(ledger, drafts, count=60):
    """Entries that store, remove, purge, abandon, copy and are refused."""
    random, uploads, keys = drafts.random, [], [f"key {number}" for number in range(6)]
    shared = drafts.addresses(5)
    for _ in range(count):
        page = drafts.page(1, random.sample(shared, 2) + drafts.addresses(1))
        choices = [
            lambda page=page: drafts.commit(random.choice(keys), [page]),
            lambda: drafts.remove(random.choice(keys), purge=random.random() < 0.4),
            lambda: drafts.settle(drafts.bytes()),
            lambda: drafts.set_setting("copies", random.randrange(1, 5)),
            lambda page=page: drafts.refer(uploads.append(drafts.bytes()) or uploads[-1], page),
            lambda: drafts.abandon(random.choice(uploads or [drafts.bytes()])),
            lambda: drafts.commit(
                random.choice(keys), version_id=random.choice(uploads or [b""]) or None, page_count=1
            ),
        ]
        commands = [random.choice(choices)() for _ in range(random.randrange(4))]
        ledger.entry(*commands, elapsed_ms=random.randrange(70_000))
    return ledger.entries


def apply_split(path, entries, sizes):
    """Apply the entries to a catalog of their own, in runs of these sizes (the last one again and again)."""
    applier = Applier(path)
    start, sizes = 0, list(sizes)
    while start < len(entries):
        size = sizes.pop(0) if len(sizes) > 1 else sizes[0]
        applier.apply(entries[start : start + size])
        start += size
    digest = applier.digest
    applier.close()
    return digest, dump(path)


def test_the_same_entries_in_other_runs_give_the_same_catalog(ledger, drafts, tmp_path):
    entries = busy_log(ledger, drafts)
    one_run = apply_split(tmp_path / "one", entries, [1000])
    assert apply_split(tmp_path / "single", entries, [1]) == one_run
    assert apply_split(tmp_path / "mixed", entries, [3, 1, 20, 7]) == one_run
    assert len(one_run[1]) > 60


def test_the_digest_is_that_of_the_rows(ledger, drafts):
    for entry in busy_log(ledger, drafts)[1:]:
        ledger.applier.apply([entry])
        assert recompute(ledger.applier._connection) == ledger.applier.digest


def test_entries_applied_already_are_skipped(ledger, drafts):
    entries = busy_log(ledger, drafts, 10)
    ledger.applier.apply(entries[:6])
    digest = ledger.applier.digest
    assert ledger.applier.apply(entries[:6]) == []
    assert ledger.applier.digest == digest
    indexes = {applied.index for applied in ledger.applier.apply(entries)}
    assert indexes and min(indexes) > 6
    assert ledger.applier.applied_index == len(entries)


def test_a_reopened_catalog_goes_on_where_it_stopped(ledger, drafts, tmp_path):
    entries = busy_log(ledger, drafts)
    whole = apply_split(tmp_path / "whole", entries, [1000])
    path = tmp_path / "in parts"
    for stop in (7, 8, 30, len(entries)):
        applier = Applier(path)
        applier.apply(entries[applier.applied_index : stop])
        applier.close()
    reopened = Applier(path)
    assert (reopened.applied_index, reopened.applied_term, reopened.digest) == (len(entries), 1, whole[0])
    reopened.close()
    assert dump(path) == whole[1]


def test_a_crash_between_saving_and_applying_loses_nothing(ledger, drafts, tmp_path):
    entries = busy_log(ledger, drafts)
    log = LogStore(tmp_path / "log.sqlite")
    log.save(None, entries)
    path = tmp_path / "catalog"
    applier = Applier(path)
    applier.apply(entries[:20])
    applier.close()  # here the process ended: the rest is in the log, not in the catalog
    log.close()
    log, applier = LogStore(tmp_path / "log.sqlite"), Applier(path)
    loaded = log.load(applier.applied_index)
    applier.apply(log.read(applier.applied_index + 1, loaded.last_index, 10**9))
    assert (applier.digest, dump(path)) == apply_split(tmp_path / "whole", entries, [1000])
    applier.close()
    log.close()


def test_a_gap_is_a_mistake_of_the_caller(ledger, drafts):
    ledger.entry(drafts.tick())
    with pytest.raises(ValueError, match="does not follow"):
        ledger.applier.apply([ledger.entry(drafts.tick())])
    assert ledger.applier.applied_index == 1


def test_entries_of_the_core_take_a_place_and_say_who_votes(ledger):
    digest = ledger.applier.digest
    assert ledger.applier.apply([LogEntry(2, 3, NOOP)]) == []
    assert ledger.applier.digest == digest
    voting = Configuration.of([bytes(32)])
    assert ledger.applier.apply([LogEntry(3, 4, CONFIGURATION, voting.encode())]) == []
    assert ledger.reader.applied() == (3, 4)
    assert ledger.applier.configuration() == (3, voting)


def unreadable(drafts):
    known = encode_command(drafts.tick())
    return {
        "not a batch": LogEntry(2, 1, COMMAND, b"\xc1"),
        "empty": LogEntry(2, 1, COMMAND, b""),
        "unknown command": LogEntry(2, 1, COMMAND, encode_batch(0, [msgspec.msgpack.encode({"type": "dance"})])),
        "broken command": LogEntry(2, 1, COMMAND, encode_batch(0, [known, b"\x81\xa2id"])),
        "wrong type": LogEntry(2, 1, COMMAND, encode_batch(0, [msgspec.msgpack.encode({"type": "tick", "id": 5})])),
        "unknown kind": LogEntry(2, 1, 77, b""),
    }


@pytest.mark.parametrize(
    "which", ["not a batch", "empty", "unknown command", "broken command", "wrong type", "unknown kind"]
)
def test_an_entry_that_cannot_be_read_halts_and_is_never_skipped(ledger, drafts, which):
    bad = unreadable(drafts)[which]
    before = dump(ledger.path)
    for _ in range(2):
        with pytest.raises(CatalogHalted, match="log entry 2") as halted:
            ledger.applier.apply([bad])
        assert halted.value.index == 2
    assert dump(ledger.path) == before
    assert ledger.applier.applied_index == 1


def test_nothing_of_a_run_with_an_unreadable_entry_is_applied(ledger, drafts):
    before = (dump(ledger.path), ledger.applier.digest)
    good, bad = ledger.entry(drafts.commit("key", [drafts.page()])), LogEntry(3, 1, COMMAND, b"")
    with pytest.raises(CatalogHalted):
        ledger.applier.apply([good, bad])
    assert (dump(ledger.path), ledger.applier.digest) == before
    ledger.applier.apply([good])
    assert ledger.reader.current("key") is not None
    assert recompute(ledger.applier._connection) == ledger.applier.digest


def test_the_newest_entry_coming_again_with_another_term_halts(ledger):
    with pytest.raises(CatalogHalted, match="term 1 and comes again with term 2"):
        ledger.applier.apply([LogEntry(1, 2, NOOP)])


def test_log_time_accumulates_between_nothing_and_a_minute_an_entry(ledger, drafts):
    for elapsed_ms in (5, -7, 61_000, 60_000, 10**30 % 2**63):
        ledger.entry(elapsed_ms=elapsed_ms)
    ledger.applier.apply(ledger.entries)
    assert ledger.reader.cluster().log_ms == 5 + 0 + 60_000 + 60_000 + 60_000


def test_log_time_is_that_of_the_entry_for_all_its_commands(ledger, drafts):
    first, second = drafts.commit("a"), drafts.commit("b")
    ledger.results(first, second, elapsed_ms=1_000)
    assert [version.log_ms for version in ledger.reader.list()] == [1_000, 1_000]


def test_an_empty_run_and_an_empty_batch_change_nothing(ledger):
    assert ledger.applier.apply([]) == []
    digest = ledger.applier.digest
    assert ledger.results() == []
    assert ledger.applier.digest == digest


def test_a_full_disk_applies_nothing_and_the_run_can_be_applied_later(ledger, drafts):
    before = dump(ledger.path)
    connection = ledger.applier._connection
    entry = ledger.entry(*(drafts.commit(f"key {number}", [drafts.page(1, 900)]) for number in range(5)))
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages + 2}")
    with pytest.raises(StoreFull, match="free some space"):
        ledger.applier.apply([entry])
    assert dump(ledger.path) == before
    connection.execute("PRAGMA max_page_count = 1000000")
    assert [applied.outcome.reason for applied in ledger.applier.apply([entry])] == [""] * 5
    assert recompute(connection) == ledger.applier.digest


def test_a_reader_sees_a_run_whole_or_not_at_all(ledger, drafts):
    entry = ledger.entry(drafts.commit("a"), drafts.commit("b"))
    with pytest.raises(CatalogHalted):
        ledger.applier.apply([entry, LogEntry(3, 1, COMMAND, b"")])
    assert ledger.reader.list() == []
    ledger.applier.apply([entry])
    assert len(ledger.reader.list()) == 2


class Held(list):
    """Entries that are handed over only when they are let go."""

    def __init__(self, entries):
        super().__init__(entries)
        self.asked, self.let_go = threading.Event(), threading.Event()

    def __iter__(self):
        self.asked.set()
        self.let_go.wait()
        return super().__iter__()


def test_closing_waits_for_the_run_under_way(tmp_path):
    applier, entries, results = Applier(tmp_path / "catalog"), Held([LogEntry(1, 1, NOOP)]), []
    run = threading.Thread(target=lambda: results.append(applier.apply(entries)))
    run.start()
    entries.asked.wait()
    close = threading.Thread(target=applier.close)
    close.start()
    entries.let_go.set()
    run.join()
    close.join()
    assert results == [[]]
    assert applier.applied_index == 1


def test_a_closed_catalog_says_so(tmp_path):
    applier = Applier(tmp_path / "catalog")
    applier.close()
    applier.close()
    with pytest.raises(StoreError):
        applier.apply([LogEntry(1, 1, NOOP)])


def test_a_batch_holds_what_was_put_in(drafts):
    commands = [encode_command(drafts.tick()), encode_command(drafts.commit("key"))]
    batch = decode_batch(encode_batch(7, commands))
    assert isinstance(batch, Batch)
    assert (batch.elapsed_ms, [bytes(command) for command in batch.commands]) == (7, commands)


def test_buckets_in_which_references_came_or_went_are_told_once(ledger, drafts):
    ledger.applier.take_touched()
    upload, page = drafts.bytes(), drafts.page(1, 3)
    ledger.apply(drafts.refer(upload, page))
    addresses = [page.addresses[at : at + 32] for at in range(0, len(page.addresses), 32)]
    assert ledger.applier.take_touched() == {bucket_of(address) for address in addresses}
    assert ledger.applier.take_touched() == set()
    ledger.apply(drafts.abandon(upload))
    assert ledger.applier.take_touched() == {bucket_of(address) for address in addresses}
