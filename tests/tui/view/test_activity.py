"""What was done, as lines of the command line."""

from __future__ import annotations

from dfs_tui.view.activity import DEEDS_MAX, Activity, activity_cells, activity_empty
from dfs_tui.view.cells import text_of
from dfs_tui.view.events import ActivityBegun, ActivityEnded
from dfs_tui.view.glyphs import ASCII


def test_a_deed_is_under_way_until_its_outcome_is_known() -> None:
    book = Activity()
    assert book.add([ActivityBegun("1", "dfs-core rm a")], 10.0)
    assert "under way" in text_of(activity_cells(book.deeds["1"], ASCII)["outcome"])
    book.add([ActivityEnded("1", "1 key removed")], 12.0)
    deed = book.deeds["1"]
    assert (deed.took_s, deed.failed) == (2.0, False)
    assert text_of(activity_cells(deed, ASCII)["outcome"]) == "+ 1 key removed"


def test_a_failure_says_why_and_names_are_made_safe() -> None:
    book = Activity()
    book.add([ActivityBegun("1", "dfs-core rm \x1b[2J"), ActivityEnded("1", "no majority", True)], 0.0)
    row = activity_cells(book.deeds["1"], ASCII)
    assert text_of(row["line"]) == "dfs-core rm \\x1b[2J"
    assert text_of(row["outcome"]) == "X no majority"


def test_the_newest_stands_first_and_the_oldest_goes() -> None:
    book = Activity()
    book.add([ActivityBegun(str(number), "x") for number in range(DEEDS_MAX + 5)], 0.0)
    assert len(book.deeds) == DEEDS_MAX
    assert book.ids[0] == str(DEEDS_MAX + 4)
    assert not book.add([], 0.0)


def test_an_outcome_of_what_is_forgotten_changes_nothing() -> None:
    book = Activity()
    book.add([ActivityEnded("9", "done")], 0.0)
    assert not book.deeds
    assert "Nothing was done" in text_of(activity_empty()[0])
