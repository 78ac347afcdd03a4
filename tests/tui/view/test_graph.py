"""Throughput, drawn."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from dfs_tui.view.cells import text_of
from dfs_tui.view.glyphs import ASCII, UNICODE, Glyphs
from dfs_tui.view.graph import graph_lines


@pytest.mark.parametrize("glyphs", [UNICODE, ASCII])
@pytest.mark.parametrize(("width", "height"), [(20, 2), (64, 6), (110, 9)])
def test_every_line_is_as_wide_as_the_graph(glyphs: Glyphs, width: int, height: int) -> None:
    lines = graph_lines([1e6, 5e6, 9e6], [2e6], width, height, glyphs, ("accent", "good"))
    assert [cell_len(text_of(line)) for line in lines] == [width] * height
    assert glyphs is UNICODE or all(text_of(line).isascii() for line in lines)


def test_the_curves_grow_away_from_the_middle() -> None:
    lines = [text_of(line)[9:] for line in graph_lines([8e6], [8e6], 12, 4, UNICODE, ("", ""))]
    assert lines[1].strip()
    assert lines[2].strip()
    small = [text_of(line)[9:] for line in graph_lines([8e6, 1.0], [8e6, 1.0], 12, 6, UNICODE, ("", ""))]
    assert small[2].strip(), "something that moves is seen, however little"


def test_nothing_moves_nothing_is_drawn() -> None:
    assert all(not text_of(line)[9:].strip() for line in graph_lines([], [], 30, 4, UNICODE, ("", "")))
