"""Columns fit their width, and cut cells say so."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from dfs_tui.view.cells import GAP, Column, cell, clip_cell, fit, text_of, wrap_cell

COLUMNS = (
    Column("name", "NAME", 10, flex=1),
    Column("size", "SIZE", 8, align="right"),
    Column("age", "AGE", 6, priority=1),
    Column("pid", "PID", 6, priority=2),
)


def names(width: int) -> list[str]:
    return [placed.column.name for placed in fit(COLUMNS, width)]


def test_the_least_important_columns_go_first() -> None:
    assert names(80) == ["name", "size", "age", "pid"]
    assert names(35) == ["name", "size", "age"]
    assert names(25) == ["name", "size"]


def test_columns_of_the_first_rank_stay_even_when_they_do_not_fit() -> None:
    assert names(3) == ["name", "size"]


def test_the_flexible_column_takes_what_is_left() -> None:
    placed = fit(COLUMNS, 100)
    assert sum(column.width for column in placed) + GAP * 3 == 100
    assert placed[0].width == 100 - 8 - 6 - 6 - 3 * GAP


def test_spare_width_is_shared_by_flexible_columns_without_a_rest() -> None:
    columns = (Column("a", "", 5, flex=3), Column("b", "", 5, flex=2), Column("c", "", 5))
    assert sum(placed.width for placed in fit(columns, 60)) + 2 * GAP == 60


@given(st.lists(st.text(max_size=8).filter(str.isprintable), max_size=5), st.integers(1, 30))
def test_a_clipped_cell_is_as_wide_as_it_says(texts: list[str], width: int) -> None:
    spans, used = clip_cell(tuple((text, "") for text in texts), width)
    assert used == cell_len(text_of(spans)) <= width


def test_a_cut_is_marked() -> None:
    assert text_of(clip_cell((("abc", ""), ("defghi", "dim")), 6)[0]) == "abcde…"
    assert clip_cell(cell("abc"), 3) == (cell("abc"), 3)


def test_what_is_said_is_broken_at_spaces_and_keeps_its_tones() -> None:
    said = (("Press ", "dim"), ("K", "accent"), (", then wait.", "dim"))
    assert wrap_cell(said, 10) == [
        (("Press ", "dim"), ("K", "accent"), (", ", "dim")),
        (("then ", "dim"), ("wait.", "dim")),
    ]


def test_an_empty_line_stays_one() -> None:
    assert wrap_cell((), 9) == [()]


@given(st.lists(st.text("ab  \N{CJK UNIFIED IDEOGRAPH-4E00}", max_size=12), max_size=4), st.integers(2, 12))
def test_broken_lines_say_the_same_and_only_a_word_that_fits_no_line_is_too_long(texts: list[str], width: int) -> None:
    lines = [text_of(line) for line in wrap_cell(tuple((text, "") for text in texts), width)]
    assert "".join(lines) == "".join(texts)
    assert all(cell_len(line.rstrip()) <= width or " " not in line.rstrip() for line in lines)
