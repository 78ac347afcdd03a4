"""dfs-core local, as far as it goes without starting a node; the rest is in tests/process/test_cli_local.py."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dfs_core.local import LocalNode, state
from dfs_core.local.state import ClusterRecord, NodeRecord

Run = Callable[..., Any]


def test_status_without_a_cluster_says_how_to_make_one(run: Run, tmp_path: Path) -> None:
    ended = run("local", "status")
    assert ended == (0, f"no cluster in {tmp_path / 'home' / 'local'}; 'dfs-core local up' makes one\n", "")
    assert run("local", "status", "--json").out == ""


def test_status_shows_a_line_or_an_object_a_node(run: Run, tmp_path: Path) -> None:
    state.save(tmp_path, ClusterRecord(made=2, nodes=(NodeRecord("n1", 3000, "ab" * 32, "/c"), NodeRecord("n2", 7000))))
    heading, first, second = run("local", "status", "--root", str(tmp_path)).out.splitlines()
    assert heading.split() == ["NAME", "STATE", "LISTEN", "NODE", "PID", "DATA"]
    assert first.split()[:4] == ["n1", "stopped", "127.0.0.1:3000", "ab" * 6]
    assert second.startswith("n2")
    found = [json.loads(line) for line in run("local", "status", "--root", str(tmp_path), "--json").out.splitlines()]
    assert [tuple(item) for item in found] == [LocalNode.__struct_fields__] * 2
    assert found[0]["pid"] is None


def test_a_damaged_state_is_one_line(run: Run, tmp_path: Path) -> None:
    (tmp_path / state.STATE_NAME).write_text("{")
    ended = run("local", "status", "--root", str(tmp_path))
    assert ended.code == 12
    assert ended.err.count("\n") == 1


def test_down_without_a_cluster_is_done_at_once(run: Run) -> None:
    assert run("local", "down") == (0, "", "")


def test_no_more_nodes_than_make_sense(run: Run) -> None:
    assert run("local", "up", "--nodes", "0").code == 2
    assert run("local", "up", "--base-port", "80").code == 2


def test_a_node_that_cannot_be_added_is_one_line_and_nothing_is_made(run: Run, tmp_path: Path) -> None:
    state.save(tmp_path, ClusterRecord(made=1, nodes=(NodeRecord("n1", 3000),)))
    ended = run("local", "add", "--root", str(tmp_path), "--name", "n1")
    assert (ended.code, ended.err) == (2, "dfs-core: there is a node n1 here already; choose another name\n")
    assert run("local", "add", "--root", str(tmp_path), "--port", "80").code == 2
    assert run("local", "add", "--root", str(tmp_path), "--capacity", "a lot").code == 2
    assert "no invitation" in run("local", "add", "--root", str(tmp_path), "--join", "").err
    assert [record.name for record in state.load(tmp_path).nodes] == ["n1"]
