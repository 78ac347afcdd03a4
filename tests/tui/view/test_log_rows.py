"""Rows of the log: times told in four ways, long lines folded, marks across the whole width."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from dfs_tui.view.cells import text_of
from dfs_tui.view.event_log import EventLog
from dfs_tui.view.events import Noted
from dfs_tui.view.glyphs import ASCII
from dfs_tui.view.log_rows import (
    TIMES,
    WINDOWS,
    LogLook,
    LogRows,
    fold,
    home_log_cells,
    line_of,
    log_cells,
    time_text,
    window_words,
)
from dfs_tui.view.values import Level

from ..worlds import WALL_S

LONG = "one two three four five six seven"


def log_of(*texts: str) -> EventLog:
    log = EventLog()
    log.add([Noted(Level.WARNING, text, "n1") for text in texts], WALL_S)
    return log


def test_a_line_is_never_printed_raw() -> None:
    log = EventLog()
    log.add([Noted(Level.ERROR, "\x1b[2J gone", "\x1b]0;n\x07")], WALL_S)
    line = log.lines[log.visible[0]]
    for row in (log_cells(line, ASCII), home_log_cells(line, ASCII)):
        assert "\x1b" not in "".join(text_of(spans) for spans in row.values())
    assert text_of(log_cells(line, ASCII)["level"]) == "error"


def test_a_time_is_told_in_the_way_that_was_chosen() -> None:
    said = {times: time_text(WALL_S, times, WALL_S + 125) for times in TIMES}
    assert len(said["clock"]) == 8
    assert said["exact"].endswith(f"{said['clock']}.000")
    assert (said["ago"], said["none"]) == ("2 m", "")
    assert [len(LogLook(times).columns) for times in TIMES] == [4, 4, 4, 3]


@given(st.text(alphabet="ab \u5bb6\u00e9-", max_size=60), st.integers(2, 20))
def test_a_folded_text_is_the_text_in_pieces_that_fit(text: str, width: int) -> None:
    pieces = fold(text, width)
    assert all(cell_len(piece) <= width for piece in pieces)
    assert "".join(pieces).replace(" ", "") == text.replace(" ", "")
    assert len(pieces) == 1 or all(piece for piece in pieces[1:])


def test_it_is_folded_between_words_where_it_can_be() -> None:
    assert fold(LONG, 14) == ["one two three", "four five six", "seven"]
    assert fold("x" * 25, 10) == ["x" * 10, "x" * 10, "x" * 5]
    assert fold("", 10) == [""]


def test_a_folded_line_has_a_row_for_each_piece_and_all_are_that_line() -> None:
    log, rows = log_of("short", LONG), LogRows()
    rows.lay_out(log.lines, log.visible, log.revision, 14)
    assert len(rows.ids) == 4
    assert [line_of(row) for row in rows.ids] == [log.visible[0]] + [log.visible[1]] * 3
    look = LogLook(wrapped=True)
    line = log.lines[log.visible[1]]
    drawn = [rows.cells(line, row, look, WALL_S, ASCII) for row in rows.ids[1:]]
    assert [text_of(row["text"]) for row in drawn] == ["one two three", "four five six", "seven"]
    assert ["node" in row for row in drawn] == [True, False, False]


def test_rows_follow_the_width_and_the_log() -> None:
    log, rows = log_of(LONG), LogRows()
    for width, count in ((14, 3), (40, 1), (14, 3), (0, 1)):
        rows.lay_out(log.lines, log.visible, log.revision, width)
        assert len(rows.ids) == count
    log.add([Noted(Level.INFO, LONG)], WALL_S)
    rows.lay_out(log.lines, log.visible, log.revision, 14)
    assert len(rows.ids) == 6


def test_a_mark_runs_across_the_row() -> None:
    log = EventLog()
    log.mark(WALL_S)
    line = log.lines[log.visible[0]]
    assert text_of(log_cells(line, ASCII)[">time"]).startswith("--- mark ")
    assert ">level" in log_cells(line, ASCII, "none"), "there is no column of times to begin in"


def test_every_window_but_all_is_said() -> None:
    assert [window_words(seconds) for _, seconds, _ in WINDOWS] == [
        "",
        *(f"last {words}" for _, _, words in WINDOWS[1:]),
    ]
    assert [key for key, _, _ in WINDOWS] == [str(number) for number in range(len(WINDOWS))]
