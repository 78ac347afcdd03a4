"""Marked rows."""

from __future__ import annotations

from dfs_tui.keys import BY_ID
from dfs_tui.view.cells import text_of
from dfs_tui.view.glyphs import ASCII
from dfs_tui.view.marks import NOUNS, Marks, marked_line

ROWS = ["a", "b", "c", "d", "e"]


def test_a_row_is_marked_and_its_mark_taken_away() -> None:
    marks = Marks()
    marks.toggle("b")
    assert "b" in marks
    assert len(marks) == 1
    marks.toggle("b")
    assert "b" not in marks


def test_a_range_is_begun_and_ended_in_either_direction() -> None:
    for start, end in (("b", "d"), ("d", "b")):
        marks = Marks()
        assert not marks.span(ROWS, start)
        assert marks.anchor == start
        assert marks.span(ROWS, end)
        assert marks.marked == {"b", "c", "d"}
        assert marks.anchor == ""


def test_marking_to_here_goes_on_from_the_last_mark_or_from_the_top() -> None:
    marks = Marks()
    marks.toggle("c")
    marks.up_to(ROWS, "e")
    assert marks.marked == {"c", "d", "e"}
    other = Marks()
    other.up_to(ROWS, "b")
    assert other.marked == {"a", "b"}


def test_inverting_marks_what_was_not() -> None:
    marks = Marks()
    marks.toggle("a")
    marks.invert(ROWS)
    assert marks.marked == {"b", "c", "d", "e"}


def test_clearing_gives_up_the_range_first_then_the_marks_then_nothing() -> None:
    marks = Marks()
    marks.toggle("a")
    marks.span(ROWS, "b")
    assert marks.clear()
    assert (marks.anchor, len(marks)) == ("", 1)
    assert marks.clear()
    assert not marks.marked
    assert not marks.clear()


def test_marks_of_rows_that_are_gone_are_forgotten() -> None:
    marks = Marks()
    marks.invert(ROWS)
    marks.keep(["a", "x"])
    assert marks.marked == {"a"}


def test_dropping_gives_up_the_range_and_all_marks_at_once() -> None:
    marks = Marks()
    marks.toggle("a")
    marks.span(ROWS, "b")
    marks.drop()
    assert (marks.anchor, len(marks)) == ("", 0)


def test_while_rows_are_marked_it_is_said_what_actions_are_about() -> None:
    marks = Marks()
    assert marked_line(None, "logs", 0, ASCII) == ()
    assert marked_line(marks, "nodes", 0, ASCII) == ()
    marks.mark(["a", "b"])
    assert "2 marked: actions apply to the marked nodes (esc clears)" in text_of(marked_line(marks, "nodes", 0, ASCII))
    longest = text_of(marked_line(marks, "transfers", 1, ASCII))
    assert "2 marked, 1 of them hidden by the filter: actions apply to the marked transfers" in longest
    marks.span(ROWS, "b")
    assert "v ends it" in text_of(marked_line(marks, "nodes", 0, ASCII))


def test_every_view_with_marks_says_what_its_rows_are() -> None:
    assert set(NOUNS) == set(BY_ID["mark"].views)


def test_many_marks_are_counted_as_keys_are() -> None:
    marks = Marks()
    marks.mark([str(number) for number in range(1206)])
    assert " 1 206 marked:" in text_of(marked_line(marks, "keys", 0, ASCII))
