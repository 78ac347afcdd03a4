"""The file in which the dashboard remembers: where it is, and that it is whole or the one before."""

from __future__ import annotations

from pathlib import Path

import pytest

from dfs_tui.sources import state_file


def test_its_place_follows_the_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DFS_TUI_STATE", "/somewhere/file.json")
    assert state_file.place() == Path("/somewhere/file.json")
    monkeypatch.delenv("DFS_TUI_STATE")
    monkeypatch.setenv("DFS_HOME", "/home/of/dfs")
    assert state_file.place() == Path("/home/of/dfs/dashboard.json")
    monkeypatch.delenv("DFS_HOME")
    assert state_file.place().name == "dashboard.json"


def test_what_is_not_there_is_none_and_what_was_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "new" / "dashboard.json"
    assert state_file.read(path) is None
    state_file.write(path, "größe")
    state_file.write(path, "größer")
    assert state_file.read(path) == "größer"
    assert [entry.name for entry in path.parent.iterdir()] == ["dashboard.json"]


def test_a_file_that_is_far_too_long_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(b"x" * (state_file.BYTES_MAX + 1))
    with pytest.raises(ValueError, match="too long"):
        state_file.read(path)


def test_a_write_that_fails_leaves_the_one_before_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "f"
    state_file.write(path, "before")

    def refuse(self: Path, target: Path) -> Path:
        raise OSError("no space")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(OSError, match="no space"):
        state_file.write(path, "after")
    assert path.read_text() == "before"
    assert [entry.name for entry in tmp_path.iterdir()] == ["f"]
