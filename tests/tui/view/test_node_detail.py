"""One node in full."""

from __future__ import annotations

from dfs_tui.view import events
from dfs_tui.view.cells import text_of
from dfs_tui.view.cluster import ClusterView, reduce
from dfs_tui.view.node_detail import node_detail
from dfs_tui.view.nodes import node_rows
from dfs_tui.view.values import ProcessState

from ..worlds import N1, healthy, local, picture_of


def said(view: ClusterView, name: str) -> str:
    row = next(row for row in node_rows(view, 0.0) if row.name == name)
    return "\n".join(text_of(line) for line in node_detail(row, picture_of(view)))


def test_a_running_node_tells_its_identity_process_and_space() -> None:
    text = said(healthy(), "n1")
    assert N1 in text
    assert "4001, up for 1 m 00 s" in text
    assert "leads the log" in text
    assert "5.00 MiB of 100 GiB, 90.0 GiB free" in text
    assert "K kills it" in text


def test_a_dead_node_has_no_process_and_says_how_to_start_it() -> None:
    nodes = (local("n1", ProcessState.KILLED), local("n2"), local("n3"))
    text = said(reduce(healthy(), events.LocalNodesListed(nodes), 1.0), "n1")
    assert "process" not in text
    assert "S starts it" in text


def test_a_reason_is_shown() -> None:
    text = said(reduce(healthy(), events.LinkLost("n2", "no word for 5 s", 9.0), 8.0), "n2")
    assert "no word for 5 s" in text
