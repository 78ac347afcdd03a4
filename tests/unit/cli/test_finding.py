"""Which node is meant: what was said, then the environment, then the local cluster, then this machine's own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dfs_core.cli.finding import find_control
from dfs_core.errors import NodeNotRunning
from dfs_core.local import local_root, node_data_dir, process, state
from dfs_core.local.state import ClusterRecord, NodeRecord


def record(name: str, *, running: bool, control: str | None = None) -> NodeRecord:
    mark = process.mark_of(os.getpid()) or ""
    pid = os.getpid() if running else 0
    return NodeRecord(name, 1, "ab", f"/{name}.sock" if control is None else control, pid, mark, running)


def local_cluster(*nodes: NodeRecord) -> None:
    local_root().mkdir(parents=True)
    state.save(local_root(), ClusterRecord(made=len(nodes), nodes=nodes))


def test_a_socket_that_was_named_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DFS_DATA_DIR", str(tmp_path / "env"))
    assert find_control(str(tmp_path / "data"), "/some.sock") == Path("/some.sock")


def test_a_data_folder_that_was_named_wins_over_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DFS_DATA_DIR", str(tmp_path / "env"))
    local_cluster(record("n1", running=True))
    assert find_control(str(tmp_path / "data"), None).parent == tmp_path / "data"
    assert find_control(None, None).parent == tmp_path / "env"


def test_the_pointer_of_a_folder_with_a_long_path_is_followed(tmp_path: Path) -> None:
    (tmp_path / "control.path").write_text("/run/short.sock")
    assert find_control(str(tmp_path), None) == Path("/run/short.sock")


def test_with_nothing_said_it_is_the_local_clusters_first_running_node() -> None:
    local_cluster(record("n1", running=False), record("n2", running=True), record("n3", running=True))
    assert find_control(None, None) == Path("/n2.sock")


def test_a_stopped_local_cluster_is_still_the_one_that_is_meant() -> None:
    local_cluster(record("n1", running=False), record("n2", running=False))
    node_data_dir().mkdir(parents=True)
    assert find_control(None, None) == Path("/n1.sock")


def test_without_a_local_cluster_it_is_this_machines_own_node() -> None:
    node_data_dir().mkdir(parents=True)
    assert find_control(None, None).parent == node_data_dir()


def test_with_nothing_at_all_it_says_how_to_begin() -> None:
    with pytest.raises(NodeNotRunning, match="dfs-core local up"):
        find_control(None, None)
