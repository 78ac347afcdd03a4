"""How far healing is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dfs_tui.view.cells import text_of
from dfs_tui.view.glyphs import ASCII
from dfs_tui.view.recovery import heal_line, histogram, limit_line, next_limit, repair_lines
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
    busy = replace(SHORT, under_chunks=187_243, repair=RepairReport(187_243, 99_000, 128 << 30, 3 << 30, 200.0))
    assert len(text_of(heal_line(busy, ASCII))) < 80
    waiting = replace(SHORT, repair=RepairReport())
    assert text_of(heal_line(waiting, ASCII)) == "! 31 chunks short of copies"
    assert heal_line(report("n1"), ASCII) == ()


MIB = 1 << 20


@pytest.mark.parametrize(
    ("limit", "step", "rate", "then"),
    [
        (80 * MIB, -1, 0, 64 * MIB),
        (64 * MIB, -1, 0, 32 * MIB),
        (80 * MIB, 1, 0, 128 * MIB),
        (1024 * MIB, 1, 0, 0),
        (0, 1, 0, 0),
        (0, -1, 50.0 * MIB, 32 * MIB),
        (0, -1, 0, 1024 * MIB),
        (0, -1, 1000.0, MIB),
        (MIB, -1, 0, MIB),
        (1000, -1, 0, 1000),
        (1000, 1, 0, MIB),
    ],
)
def test_the_limit_goes_by_powers_of_two_and_the_first_step_is_felt(
    limit: int, step: int, rate: float, then: int
) -> None:
    assert next_limit(limit, step, rate) == then


def test_the_limit_names_the_keys_that_change_it_where_they_do() -> None:
    assert [text_of(line) for line in limit_line(64 * MIB, changeable=True)] == [
        "limit     64.0 MiB/s a node  [ ] change"
    ]
    assert [text_of(line) for line in limit_line(0, changeable=False)] == ["limit     none"]
    assert limit_line(-1, changeable=True) == []
