"""What widgets say and what sheets are dismissed with."""

from __future__ import annotations

from dfs_tui.messages import ActionRequested, CursorMoved, FilterTyped, RetrieveRequested, RowChosen


def test_messages_carry_what_they_are_about() -> None:
    assert ActionRequested("store").action == "store"
    assert (RowChosen("keys", "a").table, RowChosen("keys", "a").row) == ("keys", "a")
    assert CursorMoved("keys", "").row == ""
    assert FilterTyped("x", closed=True).closed


def test_wishes_are_values() -> None:
    assert RetrieveRequested("a", 1, "~/") == RetrieveRequested("a", 1, "~/")
