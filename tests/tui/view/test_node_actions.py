"""What can be done with a node."""

from __future__ import annotations

from dfs_tui.view.cells import text_of
from dfs_tui.view.node_actions import log_line, node_items
from dfs_tui.view.nodes import NodeRow, NodeState
from dfs_tui.view.values import NewNode


def why_not(row: NodeRow, *, can_run_nodes: bool = True) -> dict[str, str]:
    return {item.id: item.why_not for item in node_items([row], can_run_nodes=can_run_nodes)}


def test_a_running_node_is_not_started_and_a_stopped_one_not_killed() -> None:
    assert why_not(NodeRow("n1", "n1", NodeState.UP, local=True)) == {
        "start": "it runs already",
        "stop": "",
        "restart": "",
        "kill": "",
        "drain": "",
        "node_log": "",
        "remove_node": "",
    }
    stopped = why_not(NodeRow("n1", "n1", NodeState.STOPPED, local=True))
    assert (stopped["start"], stopped["kill"], stopped["stop"]) == ("", "it does not run", "it does not run")


def test_a_node_elsewhere_is_not_ours_to_touch() -> None:
    for found in (
        why_not(NodeRow("x", "x", NodeState.UP)),
        why_not(NodeRow("x", "x", NodeState.UP, local=True), can_run_nodes=False),
    ):
        for deed in ("drain", "remove_node"):
            assert not found.pop(deed), "it is the cluster that does it, wherever the node runs"
        assert set(found.values()) == {"it runs elsewhere"}


def test_a_node_that_was_never_made_is_tried_again_or_forgotten() -> None:
    assert list(why_not(NodeRow("x", "x", NodeState.UNMADE, local=True, wish=NewNode("x")))) == ["add", "remove_node"]


def test_what_can_be_done_with_one_of_several_can_be_asked_of_all() -> None:
    up, ended = NodeRow("n1", "n1", NodeState.UP, local=True), NodeRow("n2", "n2", NodeState.KILLED, local=True)
    assert not any(item.why_not for item in node_items([up, ended], can_run_nodes=True))
    found = {item.id: item.why_not for item in node_items([up, up], can_run_nodes=True)}
    assert found["start"] == "they run already"
    found = {item.id: item.why_not for item in node_items([up, up], can_run_nodes=False)}
    assert found["kill"] == "they run elsewhere"


def test_a_line_of_a_log_is_coloured_by_its_level_and_made_safe() -> None:
    line = log_line("12:00:00 ERROR no \x1b[2J")
    assert line[0][1] == "bad"
    assert text_of(line) == "12:00:00 ERROR no \\x1b[2J"
    assert log_line("plain")[0][1] == ""
