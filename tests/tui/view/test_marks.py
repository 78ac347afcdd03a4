"""Marked rows."""

from __future__ import annotations

from dfs_tui.view.marks import Marks

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
