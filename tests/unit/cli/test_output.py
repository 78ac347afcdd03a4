"""Tables and JSON on standard output."""

from __future__ import annotations

import json

import msgspec
import pytest

from dfs_core.cli.output import out_facts, out_json, out_table


class Tagged(msgspec.Struct, tag="a_tag"):
    key: str
    count: int = 0


def test_json_has_the_fields_and_not_the_wires_tag(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    out_json(Tagged("é\u202e"), more=True)
    line = capsysbinary.readouterr().out
    assert line.isascii()
    assert json.loads(line) == {"key": "é\u202e", "count": 0, "more": True}


def test_columns_are_as_wide_as_they_need(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    out_table(("A", "NUMBER", "LAST"), [("x", "1", "short"), ("longer", "1000000", "a very long one")], right={1})
    lines = capsysbinary.readouterr().out.decode().splitlines()
    assert lines == [
        "A        NUMBER  LAST",
        "x             1  short",
        "longer  1000000  a very long one",
    ]


def test_facts_have_their_values_in_one_column(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    out_facts([("key", "a"), ("longer name", "b")])
    assert capsysbinary.readouterr().out.decode().splitlines() == ["key          a", "longer name  b"]
