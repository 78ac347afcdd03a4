"""Rows in the order of a column, by what it says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfs_tui.view.cells import Row, cell
from dfs_tui.view.ordering import Ordering, rank


@pytest.mark.parametrize(
    "rising",
    [
        ("7", "12", "3 356"),
        ("900 B", "1.50 KiB", "26.5 MiB", "1.04 GiB", "1.71 TiB"),
        ("0.5 ms", "40.0 ms", "1.2 s", "59 s", "1 m 42 s", "3 h 05 m", "2 d"),
        ("0 B/s", "12.0 KiB/s", "3.1 MiB/s"),
        ("2 %", "71 %"),
        ("n2", "n10", "n11"),
        ("127.0.0.1:3000", "127.0.0.1:3001", "127.0.0.1:10000"),
        ("3", "word", "-"),
        ("\u25cf 4", "\u25cb 5"),
        ("1", "\u2014"),
        ("1", ""),
    ],
)
def test_what_people_call_less_comes_first(rising: tuple[str, ...]) -> None:
    falling = list(reversed(rising))
    assert sorted(falling, key=rank) == list(rising)


def cells_of(texts: dict[str, str]):  # type: ignore[no-untyped-def]
    def cells(name: str) -> Row:
        return {"size": cell(texts[name])} if texts[name] else {">size": cell("gone")} if name == "wide" else {}

    return cells


def test_rows_that_say_nothing_are_last_both_ways_and_ties_stay() -> None:
    texts = {"a": "2", "none": "", "b": "10", "c": "2", "wide": ""}
    cells = cells_of(texts)
    assert Ordering("size").arranged(list(texts), cells) == ["a", "c", "b", "wide", "none"]
    assert Ordering("size", True).arranged(list(texts), cells) == ["wide", "b", "a", "c", "none"]
    assert Ordering().arranged(["b", "a"], cells) == ["b", "a"]


def test_a_heading_is_clicked_once_twice_and_a_third_time() -> None:
    first = Ordering().clicked("size", numbers=True)
    assert first == Ordering("size", True), "large ones first"
    second = first.clicked("size", numbers=True)
    assert second == Ordering("size", False)
    assert second.clicked("size", numbers=True) == Ordering()
    assert second.clicked("name", numbers=False) == Ordering("name")
    assert Ordering().turned() == Ordering()
    assert second.turned() == first


@given(st.text(max_size=20), st.text(max_size=20))
def test_any_two_texts_can_be_compared(one: str, other: str) -> None:
    assert (rank(one) < rank(other)) or (rank(other) <= rank(one))
