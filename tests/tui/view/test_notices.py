"""What the message line has to say, one after the other."""

from __future__ import annotations

from dfs_tui.view.events import Noted
from dfs_tui.view.notices import NOTICE_LEAST_S, NOTICE_S, WAITING_MAX, Notices
from dfs_tui.view.values import Level

STORED, LOST = Noted(Level.INFO, "stored"), Noted(Level.ERROR, "lost")


def test_the_newest_is_said_for_a_while_and_then_nothing() -> None:
    notices = Notices()
    assert notices.at(0.0) is None
    assert notices.take([Noted(Level.INFO, "first"), STORED], 0.0)
    assert notices.at(NOTICE_S - 0.1) == STORED
    assert not notices.expire(NOTICE_S - 0.1)
    assert notices.at(NOTICE_S) is None
    assert notices.expire(NOTICE_S)
    assert not notices.expire(NOTICE_S), "it goes away once"


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
