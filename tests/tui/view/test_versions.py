"""How versions are drawn."""

from __future__ import annotations

from dfs_tui.view.cells import text_of
from dfs_tui.view.glyphs import ASCII
from dfs_tui.view.values import Version
from dfs_tui.view.versions import version_cells


def test_the_current_one_a_removal_and_an_older_one_look_different() -> None:
    current = version_cells(Version(3, 2048, 0.0, "ab" * 32), {"ab" * 32: "n1"}, ASCII, current=True)
    assert [text_of(current[name]) for name in ("version", "size", "by", "what")] == [
        "3",
        "2.00 KiB",
        "n1",
        "* current",
    ]
    removed = version_cells(Version(4, 0, 0.0, "cd" * 32, removed=True), {}, ASCII, current=True)
    assert [text_of(removed[name]) for name in ("size", "by", "what")] == ["-", "cdcdcdcd", "X removed"]
    assert version_cells(Version(2, 1, 0.0), {}, ASCII, current=False)["what"] == ()
