from __future__ import annotations

import pytest

from dfs_core.testing.history import DONE, VOID, History


def test_a_read_that_shows_what_was_told_is_right() -> None:
    history = History()
    attempt = history.begin("key", b"content", b"1")
    history.end(attempt, DONE, 7)
    assert history.check_found("key", history.now(), 7, b"1", stale=False) is attempt


def test_a_fresh_read_may_not_show_less_than_was_told_before_it_began() -> None:
    history = History()
    old, new = history.begin("key", b"old", b"1"), history.begin("key", b"new", b"2")
    history.end(old, DONE, 1)
    early = history.now()
    history.end(new, DONE, 2)
    history.check_found("key", early, 1, b"1", stale=False)
    history.check_found("key", history.now(), 1, b"1", stale=True)
    with pytest.raises(AssertionError, match="after version 2 was told"):
        history.check_found("key", history.now(), 1, b"1", stale=False)
    with pytest.raises(AssertionError, match="nobody removed it"):
        history.check_missing("key", history.now(), stale=False)


def test_what_one_read_has_shown_later_reads_show_too() -> None:
    history = History()
    history.begin("key", b"old", b"1")
    history.begin("key", b"new", b"2")  # nobody was told what became of the two
    history.check_found("key", history.now(), 2, b"2", stale=False)
    with pytest.raises(AssertionError, match="after version 2 was told"):
        history.check_found("key", history.now(), 1, b"1", stale=False)


def test_what_was_void_is_never_there() -> None:
    history = History()
    history.end(history.begin("key", b"content", b"1"), VOID)
    with pytest.raises(AssertionError, match="void is there"):
        history.check_found("key", history.now(), 1, b"1", stale=True)


def test_what_nobody_stored_is_never_there() -> None:
    history = History()
    history.begin("other", b"content", b"1")
    for version_id in (b"1", b"2"):
        with pytest.raises(AssertionError):
            history.check_found("key", history.now(), 1, version_id, stale=True)


def test_a_key_may_be_missing_once_somebody_may_have_removed_it_after() -> None:
    history = History()
    history.end(history.begin("key", None, b"r1"), DONE)
    history.end(history.begin("key", b"content", b"1"), DONE, 2)
    with pytest.raises(AssertionError, match="nobody removed it"):
        history.check_missing("key", history.now(), stale=False)
    history.begin("key", None, b"r2")
    history.check_missing("key", history.now(), stale=False)


def test_nobody_is_told_two_things() -> None:
    history = History()
    attempt = history.begin("key", b"content", b"1")
    history.end(attempt, DONE, 1)
    with pytest.raises(AssertionError, match="told twice"):
        history.end(attempt, VOID)
