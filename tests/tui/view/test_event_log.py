"""The log: bounded, numbered, filtered."""

from __future__ import annotations

from dfs_tui.view.cells import text_of
from dfs_tui.view.event_log import LINES_MAX, EventLog, home_log_cells, log_cells
from dfs_tui.view.events import Noted
from dfs_tui.view.glyphs import ASCII
from dfs_tui.view.values import Level

from ..worlds import WALL_S


def log_of(*notes: Noted) -> EventLog:
    log = EventLog()
    log.add(notes, WALL_S)
    return log


NOTES = (
    Noted(Level.INFO, "connected to n2", "n1"),
    Noted(Level.WARNING, "lost n3: reset", "n1"),
    Noted(Level.ERROR, "a damaged copy", "n2"),
    Noted(Level.INFO, "Stored notes/q3.md"),
)


def shown(log: EventLog) -> list[str]:
    return [log.lines[name].text for name in log.visible]


def test_lines_come_in_order_with_the_time_they_were_told() -> None:
    log = log_of(*NOTES, Noted(Level.INFO, "timed", wall_s=5.0))
    assert shown(log) == [note.text for note in NOTES] + ["timed"]
    assert log.lines[log.visible[0]].wall_s == WALL_S
    assert log.lines[log.visible[-1]].wall_s == 5.0


def test_adding_nothing_changes_nothing() -> None:
    log = log_of(*NOTES)
    before = log.revision
    assert not log.add((), WALL_S)
    assert log.revision == before


def test_a_level_hides_what_matters_less() -> None:
    log = log_of(*NOTES)
    log.show("", Level.WARNING)
    assert shown(log) == ["lost n3: reset", "a damaged copy"]
    log.show("", Level.ERROR)
    assert shown(log) == ["a damaged copy"]


def test_words_are_looked_for_in_text_and_node_and_stay_in_force() -> None:
    log = log_of(*NOTES)
    log.show("N1 lost", Level.INFO)
    assert shown(log) == ["lost n3: reset"]
    log.add([Noted(Level.INFO, "lost again", "n1"), Noted(Level.INFO, "lost", "n2")], WALL_S)
    assert shown(log) == ["lost n3: reset", "lost again"]


def test_the_oldest_lines_go_and_the_others_keep_their_numbers() -> None:
    log = EventLog()
    log.add([Noted(Level.INFO, str(number)) for number in range(LINES_MAX)], WALL_S)
    last = log.visible[-1]
    log.add([Noted(Level.INFO, "more")] * 3, WALL_S)
    assert len(log.lines) == len(log.visible) == LINES_MAX
    assert log.lines[last].text == str(LINES_MAX - 1)
    assert log.lines[log.visible[0]].text == "3"


def test_the_latest_lines_come_newest_first_whatever_the_filter() -> None:
    log = log_of(*NOTES)
    log.show("nothing", Level.ERROR)
    assert [line.text for line in log.latest(2)] == ["Stored notes/q3.md", "a damaged copy"]
    assert log.latest(0) == []


def test_a_line_is_never_printed_raw() -> None:
    log = log_of(Noted(Level.ERROR, "\x1b[2J gone", "\x1b]0;n\x07"))
    line = log.lines[log.visible[0]]
    for row in (log_cells(line, ASCII), home_log_cells(line, ASCII)):
        assert "\x1b" not in "".join(text_of(spans) for spans in row.values())
    assert text_of(log_cells(line, ASCII)["level"]) == "error"
