"""Starting, stopping, killing and adding nodes."""

from __future__ import annotations

from dfs_tui.sources.base import SourceError
from dfs_tui.view.events import LocalNodesListed
from dfs_tui.view.values import LocalNode, NewNode, ProcessState

from ..driving import dashboard


async def test_a_node_is_killed_after_a_question_that_names_it_and_the_story_is_shown() -> None:
    async with dashboard() as drive:
        await drive.press("j", "j", "K")
        assert "Kill n3?" in drive.text
        assert "SIGKILL" in drive.text
        await drive.press("enter")
        assert drive.cluster.nodes["n3"].state is ProcessState.RUNNING, "enter is no answer"
        await drive.press("k")
        await drive.sees("✖ killed")
        await drive.sees("DEGRADED")
        assert "nodes 4/5" in drive.text
        await drive.until(lambda: "HEALTHY" in drive.text, seconds=1.0)
        await drive.press("S")
        await drive.sees("◌ starting")
        await drive.sees("nodes 5/5")


async def test_the_cursor_stays_on_the_node_that_was_chosen_while_the_question_is_open() -> None:
    async with dashboard() as drive:
        await drive.press("j", "K")
        drive.cluster.add()
        await drive.pass_time(2.0)
        await drive.press("k")
        await drive.sees("✖ killed")
        assert drive.cluster.nodes["n2"].state is ProcessState.KILLED


async def test_instead_of_being_killed_a_node_is_drained() -> None:
    async with dashboard() as drive:
        await drive.press("j", "K")
        assert "D Drain it instead" in drive.text
        await drive.press("D")
        await drive.sees("Drain n2?")
        assert drive.cluster.nodes["n2"].state is ProcessState.RUNNING


async def test_only_those_are_drained_that_the_question_was_about() -> None:
    async with dashboard() as drive:
        drive.cluster.kill("n3")
        await drive.sees("✖ killed")
        await drive.press("2")
        drive.app.bridge.row_marks["nodes"].mark(("n2", "n3"))
        await drive.press("K")
        assert "Kill n2?" in drive.text
        await drive.press("D")
        await drive.sees("Drain n2?")


async def test_a_question_that_is_not_answered_changes_nothing() -> None:
    async with dashboard() as drive:
        await drive.press("2")
        for key in ("K", "t", "a"):
            await drive.press(key, "escape")
        await drive.pass_time(1.0)
        assert all(node.state is ProcessState.RUNNING for node in drive.cluster.nodes.values())
        assert len(drive.cluster.nodes) == 5


async def test_a_node_is_stopped_cleanly() -> None:
    async with dashboard() as drive:
        await drive.press("2", "t", "t")
        await drive.sees("◐ stopping")
        await drive.sees("○ stopped")


async def test_a_node_is_added_and_comes_up() -> None:
    async with dashboard() as drive:
        await drive.press("a")
        assert "Add a node on this machine" in drive.text
        await drive.press("enter")
        await drive.sees("joining")
        await drive.sees("joined, starting")
        await drive.sees("nodes 6/6")
        await drive.press("at")
        await drive.sees("dfs-core local add")


async def test_a_node_is_made_as_it_was_typed_in_the_sheet_or_as_a_command() -> None:
    async with dashboard() as drive:
        await drive.press("colon")
        await drive.type("node add tea --port 7421")
        await drive.press("enter")
        await drive.sees("dfs-core local add --name tea --port 7421")
        await drive.press("tab", "tab", "tab")
        await drive.type("5G")
        await drive.press("enter")
        await drive.sees("nodes 6/6")
        assert drive.cluster.nodes["tea"].listen == "127.0.0.1:7421"


async def test_a_node_that_could_not_be_made_stays_and_is_edited_and_tried_again() -> None:
    async with dashboard() as drive:
        failed = LocalNode("tea", "", ProcessState.FAILED, error="port 7421 is taken", wish=NewNode("tea", port=7421))
        here = drive.cluster.local_nodes().nodes
        drive.app.bridge.receive(LocalNodesListed((*here, failed)))
        await drive.look()
        assert "✖ not made" in drive.text
        assert "a edits it: port 7421 is taken" in drive.text
        assert "nodes 5/5" in drive.text and "5 on this machine" in drive.text, "it is no node of the cluster"
        assert all(row.name != "tea" for row in drive.app._rows() if row.node), "chaos would not kill it"
        await drive.press("G", "S")
        assert "tea was never made: a edits it" in drive.message
        await drive.press("x")
        assert "Try again" in drive.text
        await drive.press("escape", "enter")
        assert "✖ port 7421 is taken" in drive.text
        assert "dfs-core local add --name tea --port 7421" in drive.text
        await drive.press("escape", "2", "G", "a")
        assert "✖ port 7421 is taken" in drive.text
        await drive.press("enter")
        await drive.sees("nodes 6/6")


async def test_a_node_that_could_not_be_made_is_forgotten() -> None:
    async with dashboard() as drive:
        forgotten: list[str] = []

        async def forget(name: str, *, force: bool = False) -> None:
            forgotten.append(name)

        drive.app.bridge.source.remove_node = forget  # type: ignore[method-assign]
        failed = LocalNode("tea", "", ProcessState.FAILED, error="no", wish=NewNode("tea"))
        drive.app.bridge.receive(LocalNodesListed((*drive.cluster.local_nodes().nodes, failed)))
        await drive.look()
        await drive.press("G", "ctrl+d")
        await drive.sees("Forgot tea: it was never made")
        assert forgotten == ["tea"]


async def test_what_is_not_possible_says_why() -> None:
    async with dashboard() as drive:
        await drive.press("S")
        assert "n1 runs already" in drive.message
        drive.cluster.kill("n1")
        await drive.pass_time(0.5)
        await drive.press("K")
        assert "n1 does not run" in drive.message
        await drive.press("t")
        assert "n1 does not run" in drive.message


async def test_a_failure_is_said_with_its_reason() -> None:
    async with dashboard() as drive:
        drive.cluster.kill("n1")
        await drive.pass_time(0.5)

        async def refuse(name: str) -> None:
            raise SourceError("port 3000 is in use by another program")

        drive.app.bridge.source.start_node = refuse  # type: ignore[method-assign]
        await drive.press("S")
        await drive.sees("n1 did not start: port 3000 is in use by another program")


async def test_all_nodes_down_is_said_with_the_next_step_and_the_dashboard_lives() -> None:
    async with dashboard(nodes=2) as drive:
        for name in ("n1", "n2"):
            drive.cluster.kill(name)
        await drive.pass_time(1.0)
        assert "STOPPED" in drive.text
        assert "S starts the selected one" in drive.message
        await drive.press("S")
        await drive.sees("nodes 1/2")


async def test_a_node_is_removed_for_ever_only_when_its_name_is_typed() -> None:
    async with dashboard() as drive:
        await drive.press("j", "ctrl+d")
        await drive.sees("Remove n2?")
        await drive.press("enter")
        assert "n2" in drive.cluster.nodes
        await drive.type("n2")
        await drive.press("enter")
        await drive.sees("Removed n2 for ever")
        assert "n2" not in drive.cluster.nodes
        await drive.sees("nodes 4/4")


async def test_a_node_is_restarted() -> None:
    async with dashboard() as drive:
        await drive.press("ctrl+t", "r")
        await drive.sees("◐ stopping")
        await drive.sees("nodes 5/5")


async def test_the_end_of_a_nodes_log_is_shown_and_read_again() -> None:
    async with dashboard() as drive:
        await drive.press("l")
        await drive.sees("Log of n1")
        assert "joined the cluster" in drive.text
        await drive.press("r")
        await drive.sees("Log of n1")
        await drive.press("escape")
        assert "Log of n1" not in drive.text


async def test_all_actions_are_listed_with_what_keeps_them() -> None:
    async with dashboard() as drive:
        await drive.press("x")
        assert "What to do with n1" in drive.text
        assert "it runs already" in drive.text
        await drive.press("K")
        assert "Kill n1?" in drive.text
