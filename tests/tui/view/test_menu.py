"""What a menu offers."""

from __future__ import annotations

from dfs_tui.view.menu import Item


def test_what_has_a_reason_against_it_is_not_possible() -> None:
    assert Item("a", "a", "A").possible
    assert not Item("a", "a", "A", why_not="no majority").possible
