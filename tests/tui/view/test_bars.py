"""Bars that do not lie at their ends."""

from __future__ import annotations

import pytest

from dfs_tui.view import bars
from dfs_tui.view.cells import text_of
from dfs_tui.view.glyphs import ASCII, UNICODE


@pytest.mark.parametrize(
    ("share", "drawn"),
    [(0, "----------"), (0.001, "#---------"), (0.5, "#####-----"), (0.999, "#########-"), (1, "##########")],
)
def test_something_begun_shows_and_something_unfinished_leaves_a_gap(share: float, drawn: str) -> None:
    assert text_of(bars.bar(share, 10, ASCII)) == drawn


def test_a_share_out_of_bounds_is_drawn_at_the_bound() -> None:
    assert text_of(bars.bar(-1, 4, ASCII)) == "----"
    assert text_of(bars.bar(7, 4, ASCII)) == "####"


@pytest.mark.parametrize(
    ("shares", "drawn"),
    [
        ((0, 0, 0), "----------"),
        ((0, 0, 0.01), ">---------"),
        ((0.19, 0.49, 0.5), "#===>-----"),
        ((0.999, 0.999, 0.999), "#########-"),
        ((0.8, 0.2, 0.9), "########>-"),
        ((1, 1, 0.5), "#####-----"),
        ((1, 1, 1), "##########"),
    ],
)
def test_layers_are_never_more_than_what_is_under_them(shares: tuple[float, ...], drawn: str) -> None:
    signs = ("#", "=", ">")
    layered = [(share, sign, "") for share, sign in zip(shares, signs, strict=True)]
    assert text_of(bars.layers(layered, 10, ASCII)) == drawn  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("found", "wanted", "drawn", "tone"),
    [
        (3, 3, "●●●", "good"),
        (2, 3, "●●○", "warn"),
        (0, 3, "○○○", "bad"),
        (4, 3, "●●●+1", "good"),
        (6, 7, "6/7", "warn"),
    ],
)
def test_copies_are_dots_hollow_where_one_is_missing(found: int, wanted: int, drawn: str, tone: str) -> None:
    spans = bars.copies(found, wanted, UNICODE)
    assert text_of(spans) == drawn
    assert spans[0][1] == tone


def test_unknown_copies_say_so() -> None:
    assert text_of(bars.copies(-1, 3, UNICODE)) == "? of 3"


def test_sparks_are_as_wide_as_asked_and_newest_last() -> None:
    drawn = bars.sparks([0.0, 4.0], 5, UNICODE)
    assert len(drawn) == 5
    assert drawn[-1] == UNICODE.sparks[-1]
    assert bars.sparks([], 3, UNICODE) == UNICODE.sparks[0] * 3
