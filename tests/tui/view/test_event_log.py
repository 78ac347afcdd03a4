"""The log: bounded, numbered, filtered."""

from __future__ import annotations

import time

import pytest

from dfs_tui.view.event_log import LINES_MAX, EventLog
from dfs_tui.view.events import Noted
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


def test_a_word_behind_an_exclamation_mark_is_what_lines_must_not_have() -> None:
    log = log_of(*NOTES)
    log.show("!n1", Level.INFO)
    assert shown(log) == ["a damaged copy", "Stored notes/q3.md"]
    log.show("copy !n1 !LOST", Level.INFO)
    assert shown(log) == ["a damaged copy"]
    log.show("!", Level.INFO)
    assert len(shown(log)) == len(NOTES), "alone it is the beginning of something, and hides nothing"
    log.show("~cnnctd", Level.INFO)
    assert shown(log) == ["connected to n2"], "letters in this order"


def test_only_one_node_is_listened_to_until_it_is_all_again() -> None:
    log = log_of(*NOTES)
    assert log.nodes == ["n1", "n2"]
    log.show_node("n1")
    log.add([Noted(Level.INFO, "more", "n1"), Noted(Level.INFO, "more", "n2")], WALL_S)
    assert shown(log) == ["connected to n2", "lost n3: reset", "more"]
    log.show("lost", Level.INFO)
    assert shown(log) == ["lost n3: reset"], "node and words go together"
    log.show_node("")
    log.show("", Level.INFO)
    assert len(shown(log)) == len(NOTES) + 2


def test_lines_leave_the_window_as_time_goes_by() -> None:
    log = log_of(Noted(Level.INFO, "old", wall_s=WALL_S - 100), Noted(Level.INFO, "young", wall_s=WALL_S - 10))
    log.show_since(60.0, WALL_S)
    assert shown(log) == ["young"]
    log.show("", Level.INFO)
    log.pass_time(WALL_S)
    assert shown(log) == ["young"], "another filter does not bring them back"
    log.pass_time(WALL_S + 60)
    assert shown(log) == []
    log.show_since(0.0, WALL_S + 60)
    assert shown(log) == ["old", "young"]


def test_a_mark_is_found_whatever_the_filter_and_is_no_news() -> None:
    log = log_of(*NOTES)
    log.mark(WALL_S)
    log.show("damaged", Level.ERROR)
    log.show_node("n2")
    assert [log.lines[name].mark for name in log.visible] == [False, True]
    assert [line.text for line in log.latest(1)] == ["Stored notes/q3.md"]
    log.show_since(60.0, WALL_S + 61)
    assert shown(log) == [], "but it grows old as the lines around it do"


def test_what_is_looked_at_is_written_a_line_each_and_never_raw(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    log = log_of(NOTES[0], Noted(Level.ERROR, "\x1b[2J gone\nand on", "\x1b]0;n\x07"))
    log.mark(WALL_S)
    log.show("", Level.ERROR)
    said, mark = log.text.splitlines()
    assert said == "2025-10-09 08:53:20.000 ERROR   \\x1b]0;n\\x07 \\x1b[2J gone\\nand on"
    assert mark == "---- mark 08:53:20 ----"


def test_the_line_of_a_moment_is_the_first_that_is_not_older() -> None:
    log = log_of(*(Noted(Level.INFO, str(ago), wall_s=WALL_S - ago) for ago in (30, 20, 10)))
    assert log.lines[log.line_at(WALL_S - 25)].text == "20"
    assert log.lines[log.line_at(WALL_S)].text == "10"
    assert EventLog().line_at(0.0) == ""
