"""The command line for tests is the one of this source, and knows nothing of the tester's own settings."""

from __future__ import annotations

from pathlib import Path

import pytest

import dfs_core
from dfs_core.testing.command import Cli


def test_it_runs_this_source_wherever_it_is_called_from(tmp_path: Path) -> None:
    done = Cli(tmp_path).run("--version", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, f"dfs-core {dfs_core.__version__}\n".encode())


def test_the_testers_own_settings_do_not_reach_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DFS_DATA_DIR", "/the/testers/own")
    environment = Cli(tmp_path, {"DFS_DEBUG": "1"}).environment
    assert "DFS_DATA_DIR" not in environment
    assert (environment["DFS_HOME"], environment["DFS_DEBUG"]) == (str(tmp_path), "1")


def test_a_node_is_named_behind_the_verb(tmp_path: Path) -> None:
    words = Cli(tmp_path).command("ls", "prefix", node="n2")
    assert words[-4:] == ["ls", "--data-dir", str(tmp_path / "local" / "n2" / "data"), "prefix"]


def test_ok_shows_what_went_wrong(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="13: dfs-core: no node is running"):
        Cli(tmp_path).ok("ls")


def test_given_bytes_are_its_standard_input_and_start_does_not_wait(tmp_path: Path) -> None:
    assert Cli(tmp_path).run("join", "-", given=b"\n").returncode == 2
    with Cli(tmp_path).start("join", "-") as running:
        assert running.poll() is None
        _, said = running.communicate(b"\n", timeout=30)
    assert said.startswith(b"dfs-core: ")
