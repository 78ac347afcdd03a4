"""Keys that are short of copies."""

from __future__ import annotations

from dataclasses import replace

from dfs_tui.view.cells import text_of
from dfs_tui.view.events import KeyStored
from dfs_tui.view.glyphs import ASCII
from dfs_tui.view.values import KeyEntry
from dfs_tui.view.weak import AGAIN_S, WeakKeys, weak_cells

from ..worlds import WALL_S, healthy, index_of, picture_of


def test_the_weakest_stand_first_and_those_not_counted_are_left_out() -> None:
    index = index_of(*(KeyEntry(name, 1, 5, 0.0, copies) for name, copies in zip("abcd", (2, 1, 3, -1), strict=True)))
    weakest, picture = WeakKeys(), picture_of(healthy(), index)
    assert weakest.rows(picture) == ["b", "a"]
    assert weakest.count == 2
    index.apply([KeyStored(KeyEntry("b", 1, 5, 0.0, 3))], WALL_S)
    assert weakest.rows(picture) == ["b", "a"], "the list is looked for once a second only"
    assert weakest.rows(replace(picture, now=picture.now + AGAIN_S)) == ["a"]


def test_a_row_says_how_many_and_when_it_is_whole_again() -> None:
    assert text_of(weak_cells(KeyEntry("\x1b", 1, 5, 0.0, 1), 3, ASCII)["said"]) == "1 of 3"
    assert text_of(weak_cells(KeyEntry("\x1b", 1, 5, 0.0, 3), 3, ASCII)["said"]) == "+ whole"
    assert text_of(weak_cells(KeyEntry("\x1b", 1, 5, 0.0, 3), 3, ASCII)["key"]) == "\\x1b"
