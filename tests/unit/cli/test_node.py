"""init, join and node, as far as they go without a second machine."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dfs_core.crypto.invitation import Invitation
from dfs_core.model.ids import NodeId

Run = Callable[..., Any]


def test_init_prints_the_sheet_what_it_means_and_what_comes_next(run: Run, tmp_path: Path) -> None:
    ended = run("init", "--data-dir", str(tmp_path / "data"), "--capacity", "1G", "--zone", "attic")
    assert ended.code == 0
    assert "dfs recovery sheet" in ended.out
    assert "nobody can ever read it again" in ended.out
    assert "recovery confirm" in ended.out
    assert f"dfs-core node --data-dir {tmp_path / 'data'}" in ended.err


def test_init_json_has_the_documented_fields(run: Run, tmp_path: Path) -> None:
    found = json.loads(run("init", "--data-dir", str(tmp_path / "data"), "--json").out)
    assert set(found) == {"node_id", "cluster_id", "data_dir", "recovery_sheet"}
    assert found["data_dir"] == str(tmp_path / "data")


def test_init_takes_how_long_a_node_may_be_away(run: Run, tmp_path: Path) -> None:
    assert run("init", "--data-dir", str(tmp_path / "data"), "--out-after", "15s").code == 0
    refused = run("init", "--data-dir", str(tmp_path / "other"), "--out-after", "2d")
    assert refused.code == 2
    assert "out_ms is" in refused.err


def test_init_never_overwrites_a_node(run: Run, tmp_path: Path) -> None:
    assert run("init", "--data-dir", str(tmp_path / "data")).code == 0
    before = {path: path.read_bytes() for path in (tmp_path / "data" / "secrets").iterdir()}
    ended = run("init", "--data-dir", str(tmp_path / "data"))
    assert ended.code == 11
    assert "nothing was changed" in ended.err
    assert {path: path.read_bytes() for path in (tmp_path / "data" / "secrets").iterdir()} == before


def test_init_without_a_folder_goes_below_dfs_home_or_where_dfs_data_dir_says(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("init").code == 0
    assert (tmp_path / "home" / "node" / "marker").exists()
    monkeypatch.setenv("DFS_DATA_DIR", str(tmp_path / "elsewhere"))
    assert run("init").code == 0
    assert (tmp_path / "elsewhere" / "marker").exists()


def test_a_node_without_a_founded_folder_says_what_to_run(run: Run, tmp_path: Path) -> None:
    ended = run("node", "--data-dir", str(tmp_path / "nothing"))
    assert ended.code == 11
    assert "dfs-core init" in ended.err.splitlines()[-1]


@pytest.mark.parametrize("line", ["", "not an invitation"])
def test_join_refuses_what_is_no_invitation(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(line))
    ended = run("join", "-", "--data-dir", str(tmp_path / "data"))
    assert ended.code == 2
    assert ended.err.count("\n") == 1
    assert not (tmp_path / "data" / "marker").exists()


def test_an_operator_has_nothing_to_start_and_keeps_its_invitation(run: Run, tmp_path: Path) -> None:
    line = Invitation(("127.0.0.1:1",), NodeId(bytes(32)), "operator", bytes(16)).to_line()
    ended = run("join", line, "--start", "--data-dir", str(tmp_path / "data"))
    assert ended.code == 2
    assert "leave out --start" in ended.err
    assert not (tmp_path / "data").exists()
