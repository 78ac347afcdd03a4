"""settings against a fake node."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from dfs_core.encoding.settings_messages import ChangeSetting, SettingEntry
from dfs_core.testing.fake_node import FakeNode

Run = Callable[..., Any]


def test_all_settings_are_shown_in_units_that_people_read(at: Run, node: FakeNode) -> None:
    heading, *rows = at("settings").out.splitlines()
    assert heading.split() == ["SETTING", "VALUE", "DEFAULT", "MEANS"]
    shown = {row.split()[0]: " ".join(row.split()[1:3]) for row in rows}
    assert shown["history_ms"] == "30 d"
    assert shown["chunk_bytes"] == "1.0 MiB"


def test_one_setting_is_shown_by_itself(at: Run, node: FakeNode) -> None:
    assert at("settings", "history_versions").out == "10\n"
    found = json.loads(at("settings", "history_ms", "--json").out)
    assert (set(found), found["value"]) == (set(SettingEntry.__struct_fields__), 30 * 86_400_000)


@pytest.mark.parametrize(
    ("name", "written", "value", "shown"),
    [
        ("history_versions", "3", 3, "3"),
        ("history_ms", "36h", 36 * 3_600_000, "36 h"),
        ("history_ms", "1500", 1500, "1,500"),
        ("history_ms", "90s", 90_000, "90 s"),
        ("chunk_bytes", "4M", 4 << 20, "4.0 MiB"),
        ("repair_bytes_s", "4M", 4 << 20, "4.0 MiB"),
    ],
)
def test_a_setting_is_changed_as_people_write_it(
    at: Run, node: FakeNode, name: str, written: str, value: int, shown: str
) -> None:
    assert at("settings", name, written).out == f"{shown}\n"
    assert node.asked(ChangeSetting) == [ChangeSetting(name, value)]


@pytest.mark.parametrize(
    ("name", "written"), [("colour", ""), ("history_versions", "many"), ("history_versions", "-1"), ("history_ms", "x")]
)
def test_what_is_no_setting_or_no_value_is_an_error_in_one_line(
    at: Run, node: FakeNode, name: str, written: str
) -> None:
    ended = at("settings", name, *([written] if written else []))
    assert ended.code == 2
    assert node.asked(ChangeSetting) == []


def test_fewer_copies_are_asked_about_and_more_are_not(
    at: Run, node: FakeNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    node.layouts.preview = msgspec.structs.replace(node.layouts.preview, copies_before=3, copies_after=2)
    assert at("settings", "copies", "2").code == 2, "a script says --yes"
    given = io.StringIO("n\n")
    monkeypatch.setattr(given, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdin", given)
    ended = at("settings", "copies", "2")
    assert "Keep only 2 of each chunk?" in ended.err
    assert "nothing was changed" in ended.out
    assert node.asked(ChangeSetting) == []
    at("settings", "copies", "2", "--yes")
    node.layouts.preview = msgspec.structs.replace(node.layouts.preview, copies_before=3, copies_after=4)
    at("settings", "copies", "4")
    assert node.asked(ChangeSetting) == [ChangeSetting("copies", 2), ChangeSetting("copies", 4)]
