"""Marking rows and folding keys."""

from __future__ import annotations

import pytest

from dfs_tui.view.notices import NOTICE_S
from dfs_tui.view.values import ProcessState

from ..driving import Drive, dashboard


async def test_marked_keys_are_counted_weighed_and_acted_upon_together() -> None:
    async with dashboard() as drive:
        await drive.press("4", "space", "space")
        first, second = sorted(drive.cluster.keys)[:2]
        assert "2 marked" in drive.text
        assert "▸ ✔" not in drive.text
        assert drive.app.selected_keys() == [first, second]
        await drive.press("ctrl+d")
        assert "Delete 2 keys" in drive.text
        await drive.press("d")
        await drive.sees(f"Removed {first} and {second}")
        assert first not in drive.cluster.keys
        assert "marked" not in drive.text


async def test_a_range_an_inversion_and_escape() -> None:
    async with dashboard(keys=10) as drive:
        await drive.press("4", "v", "j", "j", "v")
        assert "3 marked" in drive.text
        await drive.press("asterisk")
        assert "7 marked" in drive.text
        await drive.press("escape")
        assert "marked" not in drive.text
        assert drive.app.view_name == "keys"


async def test_marking_up_to_here() -> None:
    async with dashboard(keys=10) as drive:
        await drive.press("4", "space", "j", "j", "ctrl+@")
        assert "4 marked" in drive.text


async def test_a_folder_is_folded_to_one_row_which_stands_for_its_keys() -> None:
    async with dashboard() as drive:
        await drive.press("4", "e")
        assert "▸ backups/" in drive.text
        below = [key for key in drive.cluster.keys if key.startswith("backups/")]
        assert sorted(drive.app.selected_keys()) == sorted(below)
        await drive.press("enter")
        assert "backups/etc.tar" in drive.text or "backups/home.tar" in drive.text
        assert drive.app.keys_pane.table.cursor_id == min(below)


async def test_in_another_order_nothing_is_folded() -> None:
    async with dashboard() as drive:
        await drive.press("4", "o", "s", "e")
        assert "in the order of keys only" in drive.message


def running(drive: Drive) -> list[str]:
    return [name for name, node in drive.cluster.nodes.items() if node.state is ProcessState.RUNNING]


@pytest.mark.parametrize("view", ["1", "2"])
async def test_marked_nodes_are_named_and_stopped_together(view: str) -> None:
    async with dashboard() as drive:
        await drive.pass_time(NOTICE_S)
        await drive.press(view, "j", "space", "space")
        assert "2 marked: actions apply to the marked nodes" in drive.message
        assert drive.text.count("✔ n") == 2
        await drive.press("2", "t")
        assert "Stop n2 and n3?" in drive.text
        await drive.press("t")
        await drive.until(lambda: running(drive) == ["n1", "n4", "n5"])
        assert "marked" not in drive.text
        assert "✔" not in drive.app.pane.main_table().render_line(1).text


async def test_what_would_take_the_majority_away_wants_all_names_typed() -> None:
    async with dashboard() as drive:
        await drive.press("v", "j", "j", "v", "K")
        assert "Kill n1 n2 n3?" in drive.text
        assert "Only 2 of 5 voters would be left" in drive.text
        await drive.type("n1 n2")
        await drive.press("enter")
        assert len(running(drive)) == 5
        await drive.type(" n3")
        await drive.press("enter")
        await drive.until(lambda: running(drive) == ["n4", "n5"])


async def test_of_marked_nodes_only_those_are_started_that_rest() -> None:
    async with dashboard() as drive:
        drive.cluster.kill("n2")
        drive.cluster.kill("n3")
        await drive.pass_time(0.5)
        await drive.press("2", "asterisk", "S")
        await drive.until(lambda: len(running(drive)) == 5)
        assert "marked" not in drive.text


async def test_several_nodes_are_drained_after_one_question_and_removed_after_one_each() -> None:
    async with dashboard() as drive:
        await drive.press("2", "j", "space", "space", "D")
        await drive.sees("Drain n2 and n3?")
        assert "n2       moves" in drive.text
        assert "n3       moves" in drive.text
        await drive.press("escape", "ctrl+d")
        await drive.sees("Remove n2?")
        assert "After it, n3 is asked for." in drive.text
        await drive.type("n2")
        await drive.press("enter")
        await drive.sees("Remove n3?")
        await drive.press("escape")
        await drive.until(lambda: "n2" not in drive.cluster.nodes)
        assert "n3" in drive.cluster.nodes


async def test_the_marked_links_are_named_and_told_together() -> None:
    async with dashboard() as drive:
        await drive.press("3", "space", "space", "D")
        assert "Disconnect 2 links?" in drive.text
        assert "n1>n2, n1>n3" in drive.text
        await drive.press("escape", "B")
        assert "Ban on 2 links?" in drive.text
        await drive.press("B")
        await drive.until(lambda: len(drive.cluster.nodes["n1"].bans) == 2)
        assert "marked" not in drive.text
        await drive.until(lambda: drive.text.count("○ banned") == 2)
        await drive.press("g", "space", "space", "B")
        await drive.until(lambda: not drive.cluster.nodes["n1"].bans)


async def test_marks_that_a_filter_hides_are_still_meant_and_it_is_said() -> None:
    async with dashboard() as drive:
        await drive.pass_time(NOTICE_S)
        await drive.press("2", "space", "space", "slash")
        await drive.type("n2")
        await drive.press("enter")
        assert "2 marked, 1 of them hidden by the filter" in drive.message
        await drive.press("t")
        assert "Stop n2 and n1?" in drive.text
        await drive.press("escape", "escape")
        assert "marked" not in drive.text
        assert "1 of 5" in drive.text, "the filter goes after the marks"
        await drive.press("escape")
        assert "1 of 5" not in drive.text


async def test_a_node_that_a_command_names_is_meant_and_not_what_was_marked() -> None:
    async with dashboard() as drive:
        await drive.press("2", "space", "space", "colon")
        await drive.type("node kill n4")
        await drive.press("enter")
        await drive.sees("Kill n4?")
        await drive.press("escape", "colon")
        await drive.type("node stop n3 n4")
        await drive.press("enter")
        await drive.sees("Stop n3 and n4?")


async def test_beside_the_list_that_has_marks_nothing_is_marked_by_mistake() -> None:
    async with dashboard() as drive:
        await drive.press("tab", "space")
        assert "Marks are for nodes here" in drive.message
        assert not drive.app.bridge.row_marks["nodes"]


async def test_marks_of_a_node_that_is_gone_go_with_it() -> None:
    async with dashboard() as drive:
        await drive.press("2", "G", "space", "g", "space")
        assert "2 marked" in drive.text
        drive.cluster.remove_node("n5")
        await drive.until(lambda: "n5" not in drive.app.pane.main_table().ids)
        assert drive.app.bridge.row_marks["nodes"].marked == {"n1"}
