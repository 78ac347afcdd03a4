"""The digest is a function of the rows, and every row counts."""

from __future__ import annotations

import pytest

from dfs_core.catalog.digest import logical_rows, recompute, reference_number, row_number, to_bytes
from dfs_core.catalog.schema import OUTCOME, REFERENCE, TABLES, VERSION
from dfs_core.encoding.commands import BeginGeneration
from dfs_core.model.raft_messages import CONFIGURATION, Configuration, LogEntry


@pytest.fixture
def full(ledger, drafts):
    """A catalog with a row in every table."""
    upload = drafts.bytes()
    ledger.results(
        drafts.commit("a", [drafts.page(addresses=2)]),
        drafts.refer(upload),
        drafts.admit(),
        drafts.remove("nothing"),
        drafts.condemn(drafts.bytes(32)),
        drafts.secret_epoch(),
        BeginGeneration(drafts.bytes(), 1, drafts.bytes()),
    )
    assert ledger.apply(drafts.keep_snapshot()).reason == ""
    ledger.entries.append(LogEntry(len(ledger.entries) + 1, 1, CONFIGURATION, Configuration.of([bytes(32)]).encode()))
    ledger.applier.apply(ledger.entries[-1:])
    return ledger


def test_the_carried_digest_is_the_recomputed_one(full):
    assert recompute(full.applier._connection) == full.applier.digest != to_bytes(0)


def test_an_empty_catalog_has_the_digest_zero(empty):
    assert recompute(empty.applier._connection) == empty.applier.digest == bytes(32)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_change_in_any_column_of_any_row_is_seen(full, table):
    connection = full.applier._connection
    changed = {"INTEGER": "{0} + 1", "TEXT": "{0} || 'x'", "BLOB": "CAST({0} || x'00' AS BLOB)"}
    wording = table.names[len(table.names) - table.wording :]
    key = ", ".join(table.names[: table.key])
    backwards = ", ".join(f"{name} DESC" for name in table.names[: table.key])
    last = f"({key}) IN (SELECT {key} FROM {table.name} ORDER BY {backwards} LIMIT 1)"
    for name, kind in table.columns:
        connection.execute("BEGIN")
        connection.execute(f"UPDATE {table.name} SET {name} = {changed[kind].format(name)} WHERE {last}")
        assert (recompute(connection) == full.applier.digest) == (name in wording), name
        connection.execute("ROLLBACK")


def test_a_lost_row_is_seen(full):
    connection = full.applier._connection
    connection.execute("BEGIN")
    connection.execute("DELETE FROM reference")
    assert recompute(connection) != full.applier.digest
    connection.execute("ROLLBACK")


def test_rows_of_different_tables_never_look_alike():
    assert row_number(TABLES[1], ("x", 1)) != row_number(TABLES[4], ("x", 1))


def test_a_reference_counts_by_address_count_length_and_age():
    address = bytes(range(32))
    numbers = {reference_number(address, *values) for values in [(1, 5, 0), (2, 5, 0), (1, 6, 0), (0, 5, 1), (0, 5, 2)]}
    assert len(numbers) == 5
    assert row_number(REFERENCE, (address, 1, 5, 0)) == reference_number(address, 1, 5, 0)


def test_the_wording_of_a_refusal_is_not_digested():
    row = (1, b"id", "missing", 0, 2, 3)
    assert row_number(OUTCOME, (*row, "gone")) == row_number(OUTCOME, (*row, "weg"))


def test_logical_rows_come_in_the_order_of_their_keys(full, drafts):
    full.results(*(drafts.commit(key) for key in "zyx"))
    keys = [row[:2] for table, row in logical_rows(full.applier._connection) if table is VERSION]
    assert keys == sorted(keys)
