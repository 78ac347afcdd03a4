"""Every write carries the digest along; counters are written once, and only when they count."""

from __future__ import annotations

import pytest

from dfs_core.catalog.database import transaction
from dfs_core.catalog.digest import recompute
from dfs_core.catalog.rows import Rows
from dfs_core.catalog.schema import SETTING, VERSION


@pytest.fixture
def connection(empty):
    return empty.applier._connection


def counters(connection):
    return dict(connection.execute("SELECT name, value FROM counter"))


def test_inserting_replacing_and_deleting_keep_the_digest(connection):
    with transaction(connection):
        rows = Rows(connection)
        rows.insert(SETTING, ("copies", 3))
        rows.insert(SETTING, ("grace_ms", 5))
        assert rows.digest == recompute(connection)
        rows.replace(SETTING, ("copies", 3), ("copies", 2))
        assert rows.digest == recompute(connection)
        rows.delete(SETTING, ("grace_ms", 5))
        assert rows.digest == recompute(connection)
        assert rows.get(SETTING, "copies") == ("copies", 2)
        assert rows.get(SETTING, "grace_ms") is None


def test_what_came_and_went_leaves_no_trace_in_the_digest(connection):
    with transaction(connection):
        rows = Rows(connection)
        before = rows.digest
        rows.insert(SETTING, ("copies", 3))
        rows.delete(SETTING, ("copies", 3))
        assert rows.digest == before


def test_a_key_of_two_columns_names_one_row(connection):
    with transaction(connection):
        rows = Rows(connection)
        for number in (1, 2):
            rows.insert(VERSION, ("key", number, b"%d" % number, 0, 0, 0, 0, 0, 0, 0, b"", b"", 1, 0))
        assert rows.get(VERSION, "key", 2)[1] == 2
        rows.delete(VERSION, rows.get(VERSION, "key", 1))
        assert rows.get(VERSION, "key", 1) is None
        assert rows.get(VERSION, "key", 2) is not None


def test_a_counter_that_is_zero_has_no_row(connection):
    with transaction(connection):
        rows = Rows(connection)
        rows.count("keys", 2)
        rows.count("keys", -2)
        rows.finish(1, 1)
    assert counters(connection) == {}
    with transaction(connection):
        rows = Rows(connection)
        rows.count("keys", 2)
        rows.finish(2, 1)
    assert counters(connection) == {"keys": 2}
    with transaction(connection):
        rows = Rows(connection)
        rows.set_counter("keys", 0)
        rows.finish(3, 1)
        rows.count("keys", 1)
        rows.finish(3, 1)
        rows.count("keys", -1)
        rows.finish(3, 1)
    assert counters(connection) == {}
    assert rows.digest == recompute(connection) == bytes(32)


def test_finishing_remembers_the_place_in_the_log(connection):
    with transaction(connection):
        rows = Rows(connection)
        rows.count("keys", 1)
        rows.finish(7, 3)
    again = Rows(connection)
    assert (again.applied_index, again.applied_term, again.counter("keys")) == (7, 3, 1)
    assert again.digest == rows.digest == recompute(connection)


def test_writes_are_counted_so_that_a_refusal_can_be_checked(connection):
    with transaction(connection):
        rows = Rows(connection)
        rows.get(SETTING, "copies")
        assert rows.writes == 0
        rows.insert(SETTING, ("copies", 3))
        assert rows.writes == 1
