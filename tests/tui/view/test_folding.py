"""Folded folders of the key list."""

from __future__ import annotations

from dfs_tui.view import filter as filters
from dfs_tui.view.cells import text_of
from dfs_tui.view.folding import Folds, folder_cells
from dfs_tui.view.glyphs import ASCII
from dfs_tui.view.keys import KeyIndex
from dfs_tui.view.sort import Order
from dfs_tui.view.values import KeyEntry

from ..worlds import WALL_S, index_of

KEYS = ("a/x", "a/y/1", "a/y/2", "a0", "b/1", "c")


def made() -> tuple[Folds, KeyIndex]:
    return Folds(), index_of(*(KeyEntry(key, number, 10, 0.0) for number, key in enumerate(KEYS, 1)))


def test_a_folded_folder_is_one_row_in_place_of_its_keys() -> None:
    folds, index = made()
    assert folds.rows(index) is index.visible
    assert folds.toggle("a/x") == "a/"
    assert list(folds.rows(index)) == ["a/", "a0", "b/1", "c"]
    assert (folds.folders["a/"].keys, folds.folders["a/"].size_bytes) == (3, 30)
    assert text_of(folder_cells("a/", folds.folders["a/"], ASCII, width=20)["key"]) == "> a/"


def test_a_folder_within_a_folded_one_is_not_shown_and_unfolding_gives_its_keys_back() -> None:
    folds, index = made()
    folds.toggle("a/y/1")
    assert list(folds.rows(index)) == ["a/x", "a/y/", "a0", "b/1", "c"]
    folds.toggle("a/x")
    assert list(folds.rows(index)) == ["a/", "a0", "b/1", "c"]
    assert folds.toggle("a/") == ""
    assert list(folds.rows(index)) == ["a/x", "a/y/", "a0", "b/1", "c"]


def test_a_key_in_no_folder_cannot_be_folded() -> None:
    folds = Folds()
    assert folds.toggle("c") == ""
    assert not folds.folded


def test_only_what_the_filter_lets_through_is_counted_and_another_order_folds_nothing() -> None:
    folds, index = made()
    folds.toggle("a/x")
    index.show(filters.parse("y"), WALL_S)
    assert list(folds.rows(index)) == ["a/"]
    assert folds.folders["a/"].keys == 2
    index.arrange(Order("size"), WALL_S)
    assert "a/" not in folds.rows(index)
