"""Tabs of the transfer list."""

from __future__ import annotations

from dfs_tui.view.cells import text_of
from dfs_tui.view.rates import Rate
from dfs_tui.view.transfer_tabs import NAMES, TABS, in_tab, next_tab, tab_line
from dfs_tui.view.transfers import Transfer
from dfs_tui.view.values import Direction, TransferState


def made(state: TransferState) -> Transfer:
    return Transfer(state.value, Direction.STORE, "x", state, 1, Rate.begin(0.0), 0.0, own=True)


def test_every_state_is_in_exactly_one_tab_besides_all() -> None:
    for state in TransferState:
        assert sum(state in states for states in TABS.values()) == 2


def test_tabs_go_round_and_count() -> None:
    assert next_tab("all", -1) == NAMES[-1]
    assert next_tab(NAMES[-1], 1) == "all"
    every = [made(TransferState.PAUSED), made(TransferState.FAILED)]
    assert in_tab(every, "active") == every[:1]
    assert "[active 1]" in text_of(tab_line(every, "active"))
    assert "failed 1" in text_of(tab_line(every, "active"))
