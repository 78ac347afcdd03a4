"""The first line of the screen."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from dfs_tui.view import events
from dfs_tui.view.cells import text_of
from dfs_tui.view.cluster import ClusterView, reduce
from dfs_tui.view.glyphs import ASCII
from dfs_tui.view.headline import KeyTotals, headline, with_clock
from dfs_tui.view.values import Direction, LocalNode, ProcessState

from ..worlds import IDS, WALL_S, healthy, local, report, view_of

TOTALS = KeyTotals(1204, 6 << 30, loading=False)


def said(view: ClusterView, now: float = 1.0, width: int = 120, totals: KeyTotals = TOTALS) -> str:
    return text_of(headline(view, totals, now, WALL_S, width, ASCII))


def test_a_healthy_cluster_in_one_line() -> None:
    line = said(healthy())
    assert line.startswith(" dfs > local  * HEALTHY  nodes 3/3  keys 1 204  6.00 GiB x3")
    assert len(line) == 119, "the clock ends one cell before the edge"


@pytest.mark.parametrize("width", [60, 80, 100, 120, 200])
def test_the_line_is_never_wider_than_the_screen(width: int) -> None:
    view = healthy()
    for name in IDS:
        view = reduce(view, events.LinkLost(name, "x", 9.0), 8.0)
    for case in (healthy(), view, ClusterView(), ClusterView(label="\x1b[31m" * 40)):
        line = said(case, width=width)
        assert cell_len(line) <= width
        assert "\x1b" not in line


def test_what_is_held_still_says_so_first() -> None:
    line = text_of(headline(healthy(), TOTALS, 1.0, WALL_S, 60, ASCII, frozen=True))
    assert line.startswith(" dfs > local  FROZEN  ")


def test_trouble_is_said_in_a_word_with_a_sign() -> None:
    view = reduce(healthy(), events.NodeReported("n1", report("n1", health="AT RISK")), 1.0)
    assert "! AT RISK" in said(view)


def test_members_that_are_still_to_come_are_no_trouble() -> None:
    view = reduce(healthy(), events.NodeReported("n1", report("n1", health="AT RISK")), 1.0)
    view = reduce(view, events.LocalNodesListed((local("n1"), LocalNode("n2", "", ProcessState.STARTING))), 1.0)
    assert ": STARTING" in said(view)


def test_a_lost_cluster_says_how_old_its_data_is() -> None:
    view = healthy()
    for name in IDS:
        for _ in range(3):
            view = reduce(view, events.LinkLost(name, "x", 9.0), 8.0)
    assert "RECONNECTING, try 3  data is 14 s old" in said(view, now=14.0)


def test_starting_connecting_stopped_and_failed_are_told_apart() -> None:
    assert "STARTING" in said(view_of(events.SourceOpened("local", can_run_nodes=True)))
    assert "CONNECTING" in said(view_of(events.SourceOpened("socket", can_run_nodes=False)))
    stopped = reduce(healthy(), events.LocalNodesListed((local("n1", ProcessState.STOPPED),)), 1.0)
    for name in IDS:
        stopped = reduce(stopped, events.LinkDropped(name), 1.0)
    assert "STOPPED" in said(stopped)
    assert "NOT RUNNING" in said(view_of(events.SourceFailed("no room")))


def test_throughput_is_shown_while_something_moves() -> None:
    view = healthy()
    for event in (
        events.TransferQueued("own/1", Direction.STORE, "a", 100 << 20, 1),
        events.TransferAdvanced("own/1", 0, 0),
    ):
        view = reduce(view, event, 0.0)
    view = reduce(view, events.TransferAdvanced("own/1", 10 << 20, 0), 1.0)
    assert "^ 10.0 MiB/s  v 0 B/s" in said(view)
    assert "MiB/s" not in said(healthy())


def test_keys_that_are_still_being_read_are_marked() -> None:
    assert "keys 41 000.." in said(healthy(), totals=KeyTotals(41_000, 1, loading=True))


def test_the_clock_goes_on_without_the_rest_being_made_again() -> None:
    drawn = headline(healthy(), TOTALS, 1.0, WALL_S, 80, ASCII)
    assert with_clock(drawn, WALL_S + 61) == headline(healthy(), TOTALS, 1.0, WALL_S + 61, 80, ASCII)
