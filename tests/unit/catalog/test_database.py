"""Files of ours are recognised, others refused, and no sqlite3 error gets out."""

from __future__ import annotations

import sqlite3

import pytest

from dfs_core.catalog.database import open_readonly, open_writable, snapshot, transaction, translated
from dfs_core.errors import DfsError, StoreError, StoreFull

SCHEMA = ("CREATE TABLE tea (leaf INTEGER PRIMARY KEY) STRICT",)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "strange ?#% name.sqlite"


def make(path, marker=7, version=1, schema=SCHEMA):
    return open_writable(path, marker=marker, schema_version=version, schema=schema, synced=True)


def test_a_file_is_made_once_and_opened_again(path):
    connection = make(path)
    connection.execute("INSERT INTO tea VALUES (1)")
    connection.close()
    again = make(path)
    assert again.execute("SELECT leaf FROM tea").fetchall() == [(1,)]
    again.close()


def test_a_newer_schema_is_refused_and_left_as_it_is(path):
    make(path, version=9).close()
    before = path.read_bytes()
    for open_it in (lambda: make(path), lambda: open_readonly(path, marker=7, schema_version=1)):
        with pytest.raises(StoreError, match=r"newer dfs \(schema 9, this one knows up to 1\): upgrade"):
            open_it()
    assert path.read_bytes() == before


def test_an_older_schema_without_an_upgrade_is_refused(path):
    make(path, version=1).close()
    with pytest.raises(StoreError, match="schema 1"):
        make(path, version=2)


def test_somebody_elses_database_is_refused(path):
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE theirs (x)")
    other.commit()
    other.close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match="not the file that it should be"):
        make(path)
    assert path.read_bytes() == before


def test_the_log_is_not_taken_for_the_catalog(path):
    make(path, marker=7).close()
    with pytest.raises(StoreError, match="not the file that it should be"):
        make(path, marker=8)


def test_what_is_no_database_is_refused(path):
    path.write_bytes(b"hello, I am a letter" * 100)
    with pytest.raises(StoreError):
        make(path)
    assert path.read_bytes() == b"hello, I am a letter" * 100


def test_a_missing_folder_is_a_store_error(tmp_path):
    with pytest.raises(StoreError):
        make(tmp_path / "nowhere" / "file")


def test_reading_makes_no_file(path):
    with pytest.raises(StoreError):
        open_readonly(path, marker=7, schema_version=1)
    assert not path.exists()


def test_a_reader_cannot_write(path):
    make(path).close()
    connection = open_readonly(path, marker=7, schema_version=1)
    with pytest.raises(StoreError), translated(path):
        connection.execute("INSERT INTO tea VALUES (1)")
    connection.close()


def test_a_schema_is_made_whole_or_not_at_all(path):
    with pytest.raises(StoreError):
        make(path, schema=(*SCHEMA, "CREATE TABLE broken"))
    connection = make(path)
    assert connection.execute("SELECT count(*) FROM tea").fetchone() == (0,)
    connection.close()


def test_a_transaction_that_raises_changes_nothing(path):
    connection = make(path)
    with pytest.raises(KeyError), transaction(connection):
        connection.execute("INSERT INTO tea VALUES (1)")
        raise KeyError
    assert connection.execute("SELECT count(*) FROM tea").fetchone() == (0,)
    connection.close()


def test_a_snapshot_does_not_see_what_comes_later(path):
    writer = make(path)
    reader = open_readonly(path, marker=7, schema_version=1)
    with snapshot(reader):
        assert reader.execute("SELECT count(*) FROM tea").fetchone() == (0,)
        writer.execute("INSERT INTO tea VALUES (1)")
        assert reader.execute("SELECT count(*) FROM tea").fetchone() == (0,)
    assert reader.execute("SELECT count(*) FROM tea").fetchone() == (1,)
    reader.close()
    writer.close()


def test_sqlite_errors_become_ours(path):
    connection = make(path)
    connection.execute("PRAGMA max_page_count = 4")
    with pytest.raises(StoreFull), translated(path), transaction(connection):
        connection.executemany("INSERT INTO tea VALUES (?)", [(leaf,) for leaf in range(10_000)])
    with pytest.raises(StoreError) as raised, translated(path):
        connection.execute("SELECT nonsense")
    assert isinstance(raised.value, DfsError) and not isinstance(raised.value, StoreFull)
    connection.close()
