"""The lines of the command line that say the same; transfers themselves are tested in tests/tui/test_bridge.py."""

from __future__ import annotations

from pathlib import Path

from dfs_tui.doing.files import retrieve_line, store_line
from dfs_tui.messages import RetrieveRequested, StoreRequested
from dfs_tui.view.plan import Found, Scan, plan
from dfs_tui.view.values import Taken


def test_a_store_is_said_as_the_command_line_says_it() -> None:
    one = StoreRequested(plan(Scan(("/d/a b",), (Found("/d/a b", "a b", 1),)), "x/y", ()), "/d/a b")
    assert store_line(one) == "dfs-core store '/d/a b' --key x/y"
    home = str(Path.home())
    many = StoreRequested(plan(Scan((home,), (Found("/d/1", "d/1", 1), Found("/d/2", "d/2", 1))), "", ()), f"{home}/d")
    assert store_line(many) == "dfs-core store ~/d"


def test_a_retrieve_is_said_as_the_command_line_says_it() -> None:
    assert retrieve_line(RetrieveRequested("a b", 1, "/x/")) == "dfs-core retrieve 'a b' -o /x/ --if-exists number"
    assert (
        retrieve_line(RetrieveRequested("a", 1, "/x", version=4, taken=Taken.OVERWRITE))
        == "dfs-core retrieve a -o /x --version 4 --if-exists replace"
    )
