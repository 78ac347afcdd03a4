"""A line of the log in full."""

from __future__ import annotations

from dfs_tui.view.activity import Deed
from dfs_tui.view.cells import text_of
from dfs_tui.view.event_log import LogLine
from dfs_tui.view.record import deed_lines, record_lines
from dfs_tui.view.values import Level

from ..worlds import WALL_S


def test_every_word_is_there_and_no_line_is_too_long() -> None:
    text = " ".join(f"word{number}" for number in range(60))
    lines = [text_of(line) for line in record_lines(LogLine("1", 0.0, Level.WARNING, "n1", text), 40)]
    assert " ".join(lines[4:]) == text
    assert max(len(line) for line in lines[4:]) <= 40
    assert "warning" in lines[1]
    assert "n1" in lines[2]


def test_the_dashboard_itself_has_a_name_too() -> None:
    assert "this dashboard" in "\n".join(
        text_of(line) for line in record_lines(LogLine("1", 0.0, Level.INFO, "", "x"), 40)
    )


def test_something_that_was_done_is_told_in_full() -> None:
    deed = Deed("1", WALL_S, "dfs-core rm " + "word " * 30, "it was \x1b[2J refused", failed=True, took_s=2.5)
    lines = deed_lines(deed, 40)
    text = "\n".join(text_of(line) for line in lines)
    assert all(len(text_of(line)) <= 40 for line in lines)
    assert "took   2.5 s" in text
    assert text.count("word") == 30
    assert "\x1b" not in text
    assert lines[-1][0][1] == "bad"
    assert "still being done" in "".join(text_of(line) for line in deed_lines(Deed("1", WALL_S, ":up"), 40))
