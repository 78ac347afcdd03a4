"""The transfers that move, in a few lines."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from dfs_tui.view import events
from dfs_tui.view.cells import text_of
from dfs_tui.view.cluster import ClusterView, reduce
from dfs_tui.view.dock import ROWS, dock_lines
from dfs_tui.view.glyphs import ASCII, UNICODE
from dfs_tui.view.values import Direction, TransferState


def moving(count: int) -> ClusterView:
    view = ClusterView()
    for number in range(count):
        name = f"own/{number}"
        view = reduce(view, events.TransferQueued(name, Direction.STORE, f"photos/{number}.raw", 2048, 1), 0.0)
        view = reduce(view, events.TransferAdvanced(name, 1024, 0), 1.0)
    return view


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_all_are_counted_and_the_first_ones_named_in_the_width_there_is(width: int) -> None:
    for glyphs in (UNICODE, ASCII):
        lines = [text_of(line) for line in dock_lines(list(moving(5).transfers.values()), 2.0, glyphs, width)]
        assert len(lines) == 1 + ROWS
        assert "5 active" in lines[0]
        assert ["photos/0" in lines[1], "photos/1" in lines[2], "photos/2" in lines[3]] == [True] * ROWS
        assert all(cell_len(line) <= width for line in lines[1:])


def test_fewer_than_there_is_room_for_take_the_same_room_and_none_take_none() -> None:
    lines = dock_lines(list(moving(1).transfers.values()), 2.0, ASCII, 100)
    assert len(lines) == 1 + ROWS
    assert lines[2:] == [(), ()]
    ended = reduce(moving(1), events.TransferEnded("own/0", TransferState.DONE), 3.0)
    assert dock_lines(list(ended.transfers.values()), 4.0, ASCII, 100) == []
