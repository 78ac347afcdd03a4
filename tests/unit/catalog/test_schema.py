"""The tables are what the digest needs them to be: strict, without hidden columns, sorted by bytes."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import pytest

from dfs_core.catalog.schema import COUNTERS, TABLES

DOCUMENT = Path(__file__).parents[3] / "docs" / "catalog.md"


@pytest.fixture
def connection(empty):
    return empty.applier._connection


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_table_in_the_file_is_the_declared_one(connection, table):
    found = connection.execute(f"PRAGMA table_info({table.name})").fetchall()
    assert [(name, kind) for _, name, kind, *_ in found] == list(table.columns)
    assert all(not_null for _, _, _, not_null, _, _ in found)
    assert [name for *_, name in sorted((row[5], row[1]) for row in found if row[5])] == list(table.names[: table.key])
    ((without_rowid, strict),) = connection.execute(
        "SELECT wr, strict FROM pragma_table_list WHERE name = ?", (table.name,)
    )
    assert (without_rowid, strict) == (1, 1)


def test_a_value_of_another_type_is_refused(connection):
    with pytest.raises(sqlite3.IntegrityError, match="cannot store TEXT"):
        connection.execute("INSERT INTO setting VALUES ('copies', 'three')")


def test_text_sorts_by_its_utf8_bytes(connection):
    keys = ["B", "a", "é", "e\u0301", "\U0001f375", "\ue000", "Z", "a b", "a/b"]
    connection.executemany("INSERT INTO current VALUES (?, 1)", [(key,) for key in keys])
    found = [key for (key,) in connection.execute("SELECT key FROM current ORDER BY key")]
    assert found == sorted(keys, key=lambda key: key.encode())


@pytest.mark.parametrize(
    ("question", "index"),
    [
        ("SELECT 1 FROM version WHERE version_id = x'00' AND removed = 0", "version_by_id"),
        (
            "SELECT 1 FROM version WHERE content_token = x'00' AND removed = 0 ORDER BY number DESC LIMIT 1",
            "version_by_content",
        ),
        (
            "SELECT 1 FROM reference WHERE count = 0 AND unreferenced_ms >= 0 ORDER BY unreferenced_ms, address",
            "reference_unreferenced",
        ),
        ("SELECT min(log_index) FROM condemned WHERE log_index > 7", "condemned_by_index"),
        ("SELECT address FROM condemned WHERE log_index = 7 ORDER BY address", "condemned_by_index"),
        ("SELECT 1 FROM outcome WHERE command = x'00'", "outcome_by_command"),
        ("SELECT * FROM current JOIN version USING (key, number) WHERE key > 'a' ORDER BY key LIMIT 9", "PRIMARY KEY"),
    ],
)
def test_frequent_questions_are_answered_from_an_index(connection, question, index):
    plan = [detail for *_, detail in connection.execute(f"EXPLAIN QUERY PLAN {question}")]
    assert any(index in step for step in plan), plan
    assert not any("SCAN" in step or "TEMP B-TREE" in step for step in plan), plan


def test_the_document_names_every_table_column_and_counter():
    text = DOCUMENT.read_text(encoding="utf-8").split("\n## The catalog's tables\n")[1].split("\n## ")[0]
    for table in TABLES:
        (line,) = re.findall(rf"^\| `{table.name}` \|.*$", text, re.MULTILINE)
        documented = re.findall(r"`([a-z_]+)`", line.split("|")[2])
        assert documented == list(table.names), table.name
    for name in COUNTERS:
        assert f"`{name}`" in text, name
