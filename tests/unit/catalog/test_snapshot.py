"""A snapshot is a whole catalog in a file: everything travels, nothing half is installed, nobody has to restart."""

from __future__ import annotations

import shutil
import signal
import sqlite3
import subprocess
import sys
import threading

import pytest

from dfs_core.catalog.apply import Applier
from dfs_core.catalog.digest import logical_rows, recompute
from dfs_core.catalog.query import CatalogReader
from dfs_core.catalog.snapshot import check_snapshot, install_snapshot, snapshot_facts, write_snapshot
from dfs_core.errors import StoreError
from dfs_core.model.ids import BUCKET_COUNT
from dfs_core.model.raft_messages import CONFIGURATION, Configuration, LogEntry

VOTING = Configuration.of([b"a" * 32, b"b" * 32], [b"c" * 32])


def rows(path):
    connection = sqlite3.connect(path)
    try:
        return [(table.name, row) for table, row in logical_rows(connection)]
    finally:
        connection.close()


@pytest.fixture
def busy(ledger, drafts):
    """A catalog with versions, a tombstone, an upload, outcomes, a refused command and a configuration."""
    for number in range(40):
        ledger.apply(drafts.commit(f"key {number % 7}", [drafts.page(addresses=3)]), elapsed_ms=10)
    ledger.apply(drafts.remove("key 3"))
    ledger.apply(drafts.refer(drafts.bytes(), drafts.page(addresses=2)))
    ledger.apply(drafts.remove("never stored"))
    ledger.entries.append(LogEntry(len(ledger.entries) + 1, 1, CONFIGURATION, VOTING.encode()))
    ledger.applier.apply(ledger.entries[-1:])
    return ledger


@pytest.fixture
def snapshot(busy, tmp_path):
    write_snapshot(busy.path, tmp_path / "snapshot")
    return tmp_path / "snapshot"


def test_a_snapshot_says_where_it_stands_and_holds_every_row(busy, tmp_path):
    facts = write_snapshot(busy.path, tmp_path / "snapshot")
    assert (facts.index, facts.term, facts.digest) == (busy.applier.applied_index, 1, busy.applier.digest)
    assert facts.size_bytes == (tmp_path / "snapshot").stat().st_size
    assert rows(tmp_path / "snapshot") == rows(busy.path)
    assert check_snapshot(tmp_path / "snapshot") == snapshot_facts(tmp_path / "snapshot") == facts


def test_a_snapshot_written_during_stores_is_of_one_moment(busy, drafts, tmp_path):
    stop = threading.Event()

    def store():
        while not stop.is_set():
            busy.apply(drafts.commit("again", [drafts.page()]))

    storing = threading.Thread(target=store)
    storing.start()
    try:
        for number in range(5):
            write_snapshot(busy.path, tmp_path / f"snapshot {number}")
            check_snapshot(tmp_path / f"snapshot {number}")
    finally:
        stop.set()
        storing.join()


def test_an_empty_catalog_becomes_the_snapshot_and_goes_on_from_there(busy, drafts, snapshot, tmp_path):
    install_snapshot(snapshot, tmp_path / "other.sqlite")
    assert rows(tmp_path / "other.sqlite") == rows(busy.path)
    other = Applier(tmp_path / "other.sqlite")
    assert other.configuration() == (busy.applier.applied_index, VOTING)
    busy.apply(drafts.commit("later", [drafts.page()]))
    other.apply(busy.entries[-1:])
    assert other.digest == busy.applier.digest == recompute(other._connection)
    other.close()


def test_readers_and_the_applier_switch_over_without_a_restart(busy, drafts, snapshot, tmp_path):
    path = tmp_path / "behind.sqlite"
    behind, reader = Applier(path), CatalogReader(path)
    behind.apply(busy.entries[:5])
    assert len(reader.list()) == 4
    behind.take_touched()
    behind.install(snapshot)
    assert len(behind.take_touched()) == BUCKET_COUNT  # whoever audits by buckets looks at all of them
    assert [version.key for version in reader.list()] == [version.key for version in busy.reader.list()]
    assert (behind.applied_index, behind.digest) == (busy.applier.applied_index, busy.applier.digest)
    assert behind.durable_index == behind.applied_index
    busy.apply(drafts.commit("later", [drafts.page()]))
    behind.apply(busy.entries[2:])  # what it has by now is skipped
    assert reader.current("later") is not None
    behind.close()
    reader.close()


def test_a_question_under_way_finishes_in_the_catalog_that_it_began_in(busy, snapshot, tmp_path):
    path = tmp_path / "behind.sqlite"
    behind, reader = Applier(path), CatalogReader(path)
    behind.apply(busy.entries[:5])
    with reader._borrowed() as connection:
        question = "SELECT count(*) FROM current"
        before = connection.execute(question).fetchone()
        behind.install(snapshot)
        assert connection.execute(question).fetchone() == before
    assert len(reader.list()) == len(busy.reader.list())
    behind.close()
    reader.close()


def test_a_snapshot_that_is_not_newer_is_refused_and_changes_nothing(busy, snapshot):
    before = rows(busy.path)
    with pytest.raises(StoreError, match="is applied here"):
        busy.applier.install(snapshot)
    assert rows(busy.path) == before


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM current WHERE key = 'key 1'",
        "UPDATE reference SET count = count + 1",
        "UPDATE applied SET digest = zeroblob(32)",
        "DELETE FROM voting",
        "INSERT INTO condemned VALUES (zeroblob(32), 1, 7)",
    ],
)
def test_a_snapshot_that_does_not_hold_what_its_digest_says_is_refused(snapshot, tmp_path, change):
    connection = sqlite3.connect(snapshot)
    connection.execute(change)
    connection.commit()
    connection.close()
    with pytest.raises(StoreError, match="digest"):
        install_snapshot(snapshot, tmp_path / "other.sqlite")
    assert not (tmp_path / "other.sqlite").exists()


def test_a_damaged_or_cut_snapshot_is_refused(snapshot, tmp_path):
    whole = snapshot.read_bytes()
    for name, damaged in (("cut", whole[: len(whole) // 2]), ("zeros", whole[:4096] + bytes(len(whole) - 4096))):
        (tmp_path / name).write_bytes(damaged)
        with pytest.raises(StoreError):
            install_snapshot(tmp_path / name, tmp_path / "other.sqlite")
    (tmp_path / "text").write_text("hello")
    with pytest.raises(StoreError):
        check_snapshot(tmp_path / "text")


INSTALL = """
import sys, time
from pathlib import Path
from dfs_core.catalog.apply import Applier
applier = Applier(sys.argv[2])
print("ready", flush=True)
sys.stdin.readline()
applier.install(Path(sys.argv[1]))
"""


def test_a_crash_while_installing_leaves_the_old_catalog_or_the_new_one(busy, drafts, tmp_path):
    for _ in range(30):
        busy.apply(drafts.commit("large", [drafts.page(addresses=1024)]))
    snapshot = tmp_path / "snapshot"
    facts = write_snapshot(busy.path, snapshot)
    old = tmp_path / "old.sqlite"
    applier = Applier(old)
    applier.apply(busy.entries[:5])
    before = applier.digest
    applier.close()
    found = set()
    for number in range(12):
        path = tmp_path / f"crashed {number}.sqlite"
        shutil.copy(old, path)
        process = subprocess.Popen(
            [sys.executable, "-c", INSTALL, str(snapshot), str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        process.stdout.readline()
        process.stdin.write(b"\n")
        process.stdin.flush()
        wal = path.with_name(path.name + "-wal")
        while process.poll() is None and (not wal.exists() or wal.stat().st_size < number * facts.size_bytes // 11):
            pass
        process.send_signal(signal.SIGKILL)
        process.communicate()
        again = Applier(path)
        assert again.digest == recompute(again._connection) in (before, facts.digest)
        found.add(again.digest)
        again.close()
    assert before in found


def test_what_was_applied_is_durable_from_a_checkpoint_on(busy):
    assert busy.applier.durable_index == 0
    assert busy.applier.checkpoint() == busy.applier.durable_index == busy.applier.applied_index


def test_a_question_under_way_holds_a_checkpoint_back(busy, drafts):
    checked = busy.applier.checkpoint()
    with busy.reader._borrowed() as connection:
        connection.execute("SELECT count(*) FROM current").fetchone()
        busy.apply(drafts.commit("later", [drafts.page()]))
        assert busy.applier.checkpoint() == checked
    assert busy.applier.checkpoint() == busy.applier.applied_index == checked + 1
