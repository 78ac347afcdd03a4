"""How far healing is."""

from __future__ import annotations

from dataclasses import replace

from dfs_tui.view.cells import text_of
from dfs_tui.view.glyphs import ASCII
from dfs_tui.view.recovery import heal_line, histogram, repair_lines
from dfs_tui.view.values import RepairReport

from ..worlds import report

SHORT = replace(
    report("n1"), copies_found=(1, 0, 30, 60, 9), under_chunks=31, repair=RepairReport(100, 31, 31 << 20, 1 << 20, 31.0)
)


def test_chunks_are_counted_by_their_copies_and_more_than_wanted_is_enough() -> None:
    lines = [text_of(line) for line in histogram(SHORT, ASCII, "")]
    assert [line.split()[-1] for line in lines] == ["69", "30", "0", "1"]
    assert histogram(report("n1"), ASCII, "") == []


def test_healing_has_a_bar_a_rate_and_a_time() -> None:
    first, second = (text_of(line) for line in repair_lines(SHORT, ASCII))
    assert "69%" in first
    assert "31 left" in first
    assert second.strip() == "31.0 MiB, 1.00 MiB/s, 31 s to go"
    assert repair_lines(report("n1"), ASCII) == []


def test_in_one_line_it_says_what_is_short_also_before_healing_begins() -> None:
    assert "31 chunks short of copies" in text_of(heal_line(SHORT, ASCII))
    waiting = replace(SHORT, repair=RepairReport())
    assert text_of(heal_line(waiting, ASCII)) == "! 31 chunks short of copies"
    assert heal_line(report("n1"), ASCII) == ()
