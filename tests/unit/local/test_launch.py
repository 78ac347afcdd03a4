"""Commands and environments of node processes, readiness lines and logs."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from dfs_core.errors import NodeFailed
from dfs_core.local import launch
from dfs_core.local.launch import LOG_NAME, READY_NAME, NodePlan, Ready, environment, log_tail, read_ready, run

LINE = {"event": "ready", "node_id": "ab", "listen": "127.0.0.1:1", "control": "/c.sock", "pid": 7, "more": "later"}


def test_what_names_one_node_in_our_environment_does_not_name_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DFS_LISTEN", "0.0.0.0:1")
    monkeypatch.setenv("DFS_DATA_DIR", "/somewhere")
    monkeypatch.setenv("DFS_DURABILITY", "relaxed")
    found = environment("n2", {"MORE": "1"})
    assert found["DFS_NAME"] == "n2"
    assert found["DFS_DURABILITY"] == "relaxed"
    assert found["MORE"] == "1"
    assert not {"DFS_LISTEN", "DFS_DATA_DIR"} & set(found)
    assert found["PATH"] == os.environ["PATH"]


def test_a_readiness_line_counts_when_it_is_whole(tmp_path: Path) -> None:
    assert read_ready(tmp_path) is None
    text = json.dumps(LINE) + "\n"
    for cut in (0, 1, len(text) - 1):
        (tmp_path / READY_NAME).write_text(text[:cut])
        assert read_ready(tmp_path) is None
    (tmp_path / READY_NAME).write_text(text + "anything")
    assert read_ready(tmp_path) == Ready("ready", "ab", "127.0.0.1:1", "/c.sock", 7)
    (tmp_path / READY_NAME).write_text("a stray line\n")
    assert read_ready(tmp_path) is None


def test_the_tail_of_a_log_is_its_last_lines(tmp_path: Path) -> None:
    assert log_tail(tmp_path, 5) == []
    (tmp_path / LOG_NAME).write_bytes(b"one\ntwo\nthree \xff\n")
    assert log_tail(tmp_path, 2) == ["two", "three \ufffd"]
    assert log_tail(tmp_path, 0) == []
    (tmp_path / LOG_NAME).write_bytes(b"x" * 5_000_000 + b"\nlast\n")
    assert log_tail(tmp_path, 1) == ["last"]


def plan(tmp_path: Path) -> NodePlan:
    return NodePlan("n1", tmp_path / "n1", "127.0.0.1:1", [])


def test_a_command_that_ends_well_gives_its_output_and_leaves_its_words_in_the_log(tmp_path: Path) -> None:
    assert run(plan(tmp_path), ["--version"], {}).startswith(b"dfs-core ")
    assert (tmp_path / "n1").stat().st_mode & 0o077 == 0


def test_a_command_that_fails_says_why_in_its_own_words(tmp_path: Path) -> None:
    with pytest.raises(NodeFailed, match=r"n1: .*no invitation") as caught:
        run(plan(tmp_path), ["join", "-"], {}, given="\n")
    assert "dfs-core:" not in str(caught.value)
    assert "no invitation" in log_tail(tmp_path / "n1", 1)[0]


def test_a_command_that_hangs_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launch, "command", lambda *arguments: ["sleep", "60"])
    monkeypatch.setattr(launch, "NODE_START_TIMEOUT_S", 0.1)
    with pytest.raises(NodeFailed, match="did not end"):
        run(plan(tmp_path), ["init"], {})


def test_a_log_that_has_grown_too_long_begins_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launch, "command", lambda *arguments: ["true"])
    monkeypatch.setattr(launch, "NODE_LOG_BYTES_MAX", 10)
    (tmp_path / "n1").mkdir()
    (tmp_path / "n1" / LOG_NAME).write_text("more than ten bytes")
    launch.spawn(plan(tmp_path), {}).wait()
    assert (tmp_path / "n1" / LOG_NAME).read_text() == ""
    assert (tmp_path / "n1" / "node.log.1").read_text() == "more than ten bytes"
