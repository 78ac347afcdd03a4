"""What a filter line lets through of the rows of any table."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfs_tui.view.cells import Column, Row, cell, text_of
from dfs_tui.view.row_filter import example, nothing_found, parse_rows

COLUMNS = (
    Column("node", "NODE", 8),
    Column("state", "STATE", 8),
    Column("chunks", "CHUNKS", 7, align="right"),
    Column("bytes", "BYTES", 9, align="right"),
    Column("rtt", "ROUND TRIP", 9, align="right"),
    Column("up", "UP FOR", 9, align="right"),
)


def row(name: str, state: str, chunks: str, size: str, rtt: str, up: str) -> Row:
    return {
        "node": ((name, "strong"), (" \u2605", "")),
        "state": cell(f"\u25cf {state}"),
        "chunks": cell(chunks),
        "bytes": cell(size),
        "rtt": cell(rtt),
        "up": cell(up),
    }


ROWS = {
    "n1": row("n1", "up", "3 356", "3.26 GiB", "0.4 ms", "1 h 00 m"),
    "n2": row("n2", "up", "12", "300 KiB", "7.0 ms", "4 m 10 s"),
    "n3": {"node": cell("n3"), "state": cell("\u2716 down"), ">chunks": cell("last heard 4 s ago on up-link")},
}


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("", ["n1", "n2", "n3"]),
        ("n2", ["n2"]),
        ("UP", ["n1", "n2", "n3"]),
        ("state:up", ["n1", "n2"]),
        ("state=up", ["n1", "n2"]),
        ("state=u", []),
        ("!state:up", ["n3"]),
        ("!down", ["n1", "n2"]),
        ("up !n1 !down", ["n2"]),
        ("~lsthrd", ["n3"]),
        ("node=n1", ["n1"]),
        ("chunks>100", ["n1"]),
        ("chunks<=12", ["n2"]),
        ("!chunks>100", ["n2", "n3"]),
        ("bytes>1g", ["n1"]),
        ("bytes<1m", ["n2"]),
        ("up>5m", ["n1"]),
        ("up<300", ["n2"]),
        ("rtt>5", ["n2"]),
        ("round>0.5ms", ["n2"]),
        ("nosuch>5", []),
        ("chunks>many", []),
    ],
)
def test_a_line_lets_through(text: str, rows: list[str]) -> None:
    assert parse_rows(text, COLUMNS).select(list(ROWS), ROWS.__getitem__) == rows


@given(st.text(alphabet=st.sampled_from("!~<>=:nu3 chunksrate5gm\u2716(["), max_size=12))
def test_there_is_no_wrong_line_and_a_blank_one_lets_everything_through(text: str) -> None:
    found = parse_rows(text, COLUMNS)
    for each in ROWS.values():
        assert found or found.passes(each)
        found.passes(each)


def test_what_a_column_has_no_room_for_is_looked_at_in_full() -> None:
    cut: Row = {"node": cell("a\u2026z"), "=node": cell("a long name of it z")}
    assert parse_rows("long", COLUMNS).passes(cut)
    assert parse_rows("node:name", COLUMNS).passes(cut)
    assert not parse_rows("long", COLUMNS).passes({"node": cell("a\u2026z")})


def test_the_field_shows_what_may_be_typed_here() -> None:
    assert "node:word" in example(COLUMNS)
    assert "chunks>10" in example(COLUMNS)
    assert example(()) == "words   !without   ~fzy"


def test_nothing_found_names_what_was_looked_for_without_its_control_characters() -> None:
    said = "\n".join(text_of(line) for line in nothing_found("node", "x\x1b[31m"))
    assert said.startswith("No node matches x")
    assert "\x1b" not in said
    assert "esc clears the filter" in said
