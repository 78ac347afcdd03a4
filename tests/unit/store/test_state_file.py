"""state.sqlite: refused when it is not ours, closed to others, and no foreign error comes out."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from dfs_core.errors import StoreError, StoreFull
from dfs_core.store.state_file import SCHEMA_VERSION, StateFile


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state.sqlite"


def test_the_file_and_its_log_are_its_owners_only(path: Path) -> None:
    file = StateFile(path)
    assert {entry.name: oct(entry.stat().st_mode & 0o777) for entry in path.parent.iterdir()} == {
        "state.sqlite": "0o600",
        "state.sqlite-wal": "0o600",
        "state.sqlite-shm": "0o600",
    }
    file.close()


def test_a_change_waits_for_the_medium(path: Path) -> None:
    file = StateFile(path)
    with file.reading() as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL
    file.close()


def test_a_newer_schema_is_refused_with_the_advice_to_upgrade(path: Path) -> None:
    StateFile(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    connection.close()
    with pytest.raises(StoreError, match=r"newer dfs .*upgrade dfs"):
        StateFile(path)


def test_a_database_of_somebody_else_is_refused_and_left_as_it_is(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE theirs (x)")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match="not a node's state"):
        StateFile(path)
    assert path.read_bytes() == before


def test_a_file_that_is_no_database_is_told_as_damage(path: Path) -> None:
    path.write_bytes(b"not a database, " * 1000)
    with pytest.raises(StoreError, match=r"damaged.*restore"):
        StateFile(path)


def test_a_folder_that_is_not_there_is_told(path: Path) -> None:
    with pytest.raises(StoreError, match="mounted"):
        StateFile(path.parent / "away" / "state.sqlite")


def test_a_full_disk_is_told_as_such_and_the_change_undone(path: Path) -> None:
    file = StateFile(path)
    with file.reading() as connection:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoreFull, match="free space"), file.writing() as connection:
        connection.execute("INSERT INTO kept VALUES ('small', x'00')")
        connection.execute("INSERT INTO kept VALUES ('large', zeroblob(1000000))")
    with file.reading() as connection:
        assert connection.execute("SELECT COUNT(*) FROM kept").fetchone() == (0,)
    file.close()


def test_a_change_that_ends_in_an_error_is_undone(path: Path) -> None:
    file = StateFile(path)
    with pytest.raises(KeyError), file.writing() as connection:
        connection.execute("INSERT INTO kept VALUES ('half', x'00')")
        raise KeyError
    with file.writing() as connection:
        assert connection.execute("SELECT COUNT(*) FROM kept").fetchone() == (0,)
    file.close()


def test_after_closing_every_call_is_an_error_of_ours(path: Path) -> None:
    file = StateFile(path)
    file.close()
    file.close()
    with pytest.raises(StoreError, match="closed"), file.reading() as connection:
        connection.execute("SELECT 1")
    with pytest.raises(StoreError, match="closed"), file.writing():
        pass
