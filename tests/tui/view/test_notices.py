"""What the message line has to say, one after the other."""

from __future__ import annotations

from dfs_tui.view.events import Noted
from dfs_tui.view.notices import (
    NOTICE_EACH_S,
    NOTICE_LEAST_S,
    NOTICE_S,
    WAITING_LONG,
    WAITING_MAX,
    Notices,
)
from dfs_tui.view.values import Level

STORED, LOST = Noted(Level.INFO, "stored"), Noted(Level.ERROR, "lost")


def test_the_newest_is_said_for_a_while_and_then_nothing() -> None:
    notices = Notices()
    assert notices.at(0.0) is None
    assert notices.take([STORED], 0.0)
    assert notices.at(NOTICE_S - 0.1) == STORED
    assert not notices.expire(NOTICE_S - 0.1)
    assert notices.at(NOTICE_S) is None
    assert notices.expire(NOTICE_S)
    assert not notices.expire(NOTICE_S), "it goes away once"


def test_of_what_came_at_one_moment_each_is_there_for_a_moment() -> None:
    notices = Notices()
    notices.take([LOST], 0.0)
    notices.take([Noted(Level.INFO, "let in again"), STORED], 0.1)
    notices.take([], NOTICE_LEAST_S)
    assert said(notices, NOTICE_LEAST_S) == "let in again"
    assert notices.waiting
    notices.take([], NOTICE_LEAST_S + NOTICE_EACH_S - 0.1)
    assert said(notices, NOTICE_LEAST_S + NOTICE_EACH_S - 0.1) == "let in again"
    notices.take([], NOTICE_LEAST_S + NOTICE_EACH_S)
    assert said(notices, NOTICE_LEAST_S + NOTICE_EACH_S) == "stored"


def test_news_that_comes_faster_than_it_can_be_read_is_not_told_late() -> None:
    notices = Notices()
    many = [Noted(Level.INFO, str(number)) for number in range(WAITING_LONG + 2)]
    notices.take(many, 0.0)
    assert said(notices, 0.0) == "1"
    assert len(notices._waiting) == WAITING_LONG


def said(notices: Notices, now: float) -> str:
    shown = notices.at(now)
    return shown.text if shown is not None else ""


def test_lesser_news_waits_until_what_went_wrong_was_there_for_a_moment() -> None:
    notices = Notices()
    notices.take([LOST], 0.0)
    assert not notices.take([STORED], 0.5)
    assert notices.waiting
    assert notices.at(0.5) == LOST
    assert notices.take([], NOTICE_LEAST_S)
    assert notices.at(NOTICE_LEAST_S) == STORED
    assert not notices.waiting


def test_what_went_wrong_and_what_was_asked_for_wait_for_nobody() -> None:
    notices = Notices()
    notices.take([STORED], 0.0)
    assert notices.take([LOST], 0.1)
    assert notices.at(0.1) == LOST
    notices.show(STORED, 0.2)
    assert notices.at(0.2) == STORED


def test_of_very_much_news_only_the_last_waits() -> None:
    notices = Notices()
    notices.take([LOST], 0.0)
    notices.take([Noted(Level.INFO, str(number)) for number in range(10 * WAITING_MAX)], 0.1)
    assert len(notices._waiting) == WAITING_MAX
