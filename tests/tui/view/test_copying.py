"""What can be copied of a row."""

from __future__ import annotations

import shlex

from dfs_tui.view import copying
from dfs_tui.view.event_log import LogLine
from dfs_tui.view.values import KeyEntry, Level


def test_a_command_has_its_key_quoted_and_the_key_is_as_it_is() -> None:
    key = "it's \x1b[31m; rm -rf $HOME"
    items = {item.label: item for item in copying.of_key(KeyEntry(key, 7, 1, 0.0, 3), None)}
    assert items["Key"].id == key
    assert shlex.split(items["Command"].id) == ["dfs-core", "retrieve", key, "."]
    assert "Hash" not in items, "it is not known yet"


def test_what_there_is_not_is_not_offered() -> None:
    items = copying.of_line(LogLine("1", 0.0, Level.INFO, "", "hello"))
    assert [item.label for item in items] == ["Text", "Line"]


def test_no_key_of_a_menu_is_there_twice() -> None:
    entry = KeyEntry("k", 7, 1, 0.0, 3)
    keys = [item.key for item in copying.of_key(entry, None)]
    assert len(keys) == len(set(keys))
