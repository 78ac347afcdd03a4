"""Every sign takes one cell, and ASCII is ASCII."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from dfs_tui.view.glyphs import ASCII, UNICODE, Glyphs


@pytest.mark.parametrize("glyphs", [UNICODE, ASCII])
def test_every_sign_is_one_cell_wide(glyphs: Glyphs) -> None:
    assert {sign: cell_len(sign) for sign in glyphs.all_signs if cell_len(sign) != 1} == {}


def test_the_ascii_set_needs_no_unicode() -> None:
    said = "".join((*ASCII.all_signs, ASCII.ellipsis, ASCII.into))
    assert said.isascii()


def test_states_differ_by_sign_and_not_by_colour_alone() -> None:
    for glyphs in (UNICODE, ASCII):
        signs = {glyphs.up, glyphs.down, glyphs.stopped, glyphs.leaving, glyphs.suspect, glyphs.attention}
        assert len(signs) == 6
