"""A line of the log in full."""

from __future__ import annotations

from dfs_tui.view.cells import text_of
from dfs_tui.view.event_log import LogLine
from dfs_tui.view.record import record_lines
from dfs_tui.view.values import Level


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
