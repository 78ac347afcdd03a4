"""What a pane has before it says otherwise: nothing that acts."""

from __future__ import annotations

import pytest

from dfs_tui.panes.pane import Pane

from ..worlds import healthy, picture_of


def test_a_pane_without_nodes_or_transfers_selects_none() -> None:
    assert Pane().selected_node() == ""
    assert Pane().selected_transfer() == ""


def test_a_pane_must_say_what_it_shows() -> None:
    with pytest.raises(NotImplementedError):
        Pane().show(picture_of(healthy()))
    with pytest.raises(NotImplementedError):
        Pane().main_table()
