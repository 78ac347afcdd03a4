"""Events are values, and each kind goes to one place."""

from __future__ import annotations

from typing import get_args

from dfs_tui.view import events


def test_events_compare_by_what_they_say() -> None:
    assert events.LinkOpened("n1") == events.LinkOpened("n1")
    assert events.LinkOpened("n1") != events.LinkOpened("n2")


def test_no_event_is_both_for_the_view_and_for_the_key_list() -> None:
    assert not set(get_args(events.Event)) & set(get_args(events.KeyEvent))
