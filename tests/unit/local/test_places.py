"""Where things live by default."""

from __future__ import annotations

from pathlib import Path

import platformdirs
import pytest

from dfs_core.local import home, local_root, node_data_dir
from dfs_core.local.places import operator_dir


def test_dfs_home_is_where_everything_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DFS_HOME", str(tmp_path))
    monkeypatch.delenv("DFS_DATA_DIR", raising=False)
    assert (home(), local_root(), node_data_dir()) == (tmp_path, tmp_path / "local", tmp_path / "node")


def test_without_it_it_is_the_platforms_folder_for_data(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DFS_HOME", raising=False)
    assert home() == platformdirs.user_data_path("dfs", appauthor=False)


def test_dfs_data_dir_moves_the_node_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DFS_HOME", str(tmp_path))
    monkeypatch.setenv("DFS_DATA_DIR", "relative")
    monkeypatch.chdir(tmp_path)
    assert node_data_dir() == tmp_path / "relative"
    assert local_root() == tmp_path / "local"


def test_an_operators_folder_is_below_home_unless_it_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DFS_HOME", str(tmp_path))
    monkeypatch.delenv("DFS_OPERATOR_DIR", raising=False)
    assert operator_dir() == tmp_path / "operator"
    monkeypatch.setenv("DFS_OPERATOR_DIR", str(tmp_path / "badge"))
    assert operator_dir() == tmp_path / "badge"
