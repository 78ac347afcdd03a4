"""The panes are made one at a time, and what they need is imported no earlier."""

from __future__ import annotations

import subprocess
import sys

import pytest

from dfs_tui.app.views import FIRST, make_pane
from dfs_tui.keys import VIEWS

LATER = ("dfs_tui.panes.keys", "dfs_tui.panes.logs", "dfs_tui.sheets.store", "dfs_tui.sheets.help", "dfs_core.client")


@pytest.mark.parametrize("view", [name for name, _, _ in VIEWS])
def test_every_view_of_the_key_table_has_a_pane_of_its_name(view: str) -> None:
    assert make_pane(view).id == view


def test_an_unknown_view_is_a_mistake_in_the_program() -> None:
    with pytest.raises(ValueError, match="no view"):
        make_pane("weather")


def test_the_first_picture_imports_nothing_that_is_not_on_it() -> None:
    code = f"import sys, dfs_tui.app.dashboard as _, dfs_tui.app.views as v; v.make_pane({FIRST!r});"
    code += f"print([name for name in {LATER!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
