"""A table of which only some rows are shown."""

from __future__ import annotations

import pytest

from dfs_tui.view.cells import Column, Row, cell
from dfs_tui.view.row_filter import parse_rows
from dfs_tui.widgets.filtered import Filtered
from dfs_tui.widgets.virtual_table import VirtualTable

from ..hosting import hosted

COLUMNS = (Column("name", "NAME", 10, flex=1),)
NAMES = ["apple", "plum", "pear"]


def cells(row: str) -> Row:
    return {"name": cell(row)}


async def test_only_matching_rows_are_shown_and_the_frame_says_of_how_many() -> None:
    made = VirtualTable("t", COLUMNS, noun="fruit")
    made.styles.border = ("round", "white")
    async with hosted(made) as host:
        made.set_rows(NAMES, cells)
        made.set_title("Fruit", "ripe")
        made.show_only(parse_rows("p !u", COLUMNS))
        await host.pilot.pause()
        assert list(made.ids) == ["apple", "pear"]
        assert "2 of 3 · /p !u · ripe" in host.text
        made.set_rows([*NAMES, "peach"], cells)
        assert list(made.ids) == ["apple", "pear", "peach"], "what comes later is filtered, too"
        assert made.hidden(["apple", "plum"]) == 1
        made.show_only(parse_rows("", COLUMNS))
        await host.pilot.pause()
        assert made.row_count == 4
        assert made.hidden(["apple", "plum"]) == 0
        assert " of " not in host.text


async def test_when_nothing_matches_the_noun_and_the_words_are_said_and_the_room_stays() -> None:
    made = VirtualTable("t", COLUMNS, noun="fruit")
    async with hosted(made) as host:
        made.set_rows(NAMES, cells)
        before = made.lines_wanted
        made.show_only(parse_rows("nut", COLUMNS))
        await host.pilot.pause()
        assert "No fruit matches nut." in host.text
        assert made.lines_wanted == before
        assert made.select("plum"), "what leads to a row takes the filter away"
        assert made.row_count == 3
        made.show_only(parse_rows("nut", COLUMNS))
        assert not made.select("nothing of the kind")
        assert made.filter


def test_whoever_filters_must_show_rows() -> None:
    with pytest.raises(NotImplementedError):
        Filtered().set_rows([], cells)
