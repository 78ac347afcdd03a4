"""What sheets that ask for a place share; the sheets themselves: test_retrieve.py and test_save.py."""

from __future__ import annotations

from dfs_tui.sheets.place import choice_lines
from dfs_tui.view.cells import text_of
from dfs_tui.view.glyphs import UNICODE


def test_many_choices_are_cut_with_a_hint() -> None:
    lines = [text_of(line) for line in choice_lines(tuple(f"name{number}/" for number in range(40)), 70, UNICODE)]
    assert len(lines) == 5
    assert "32 more" in lines[-1]
