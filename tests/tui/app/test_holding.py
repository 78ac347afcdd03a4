"""Behind a question nothing moves."""

from __future__ import annotations

from dfs_tui.sheets.confirm import ConfirmSheet

from ..driving import dashboard


async def test_while_a_question_names_a_node_its_row_stays_as_it_is() -> None:
    async with dashboard() as drive:
        await drive.press("j", "j", "K")
        await drive.until(lambda: isinstance(drive.app.screen, ConfirmSheet))
        assert "Kill n3?" in drive.text
        assert "FROZEN" in drive.text
        drive.cluster.kill("n1")
        await drive.pass_time(2.0)
        assert "killed" not in drive.text
        assert "nodes 5/5" in drive.text
        await drive.press("k")
        await drive.until(lambda: drive.cluster.nodes["n3"].state == "killed")
        await drive.sees("nodes 3/5")
        assert "FROZEN" not in drive.text


async def test_without_an_answer_it_goes_on_as_well() -> None:
    async with dashboard() as drive:
        await drive.press("K", "escape")
        assert "FROZEN" not in drive.text
        drive.cluster.kill("n2")
        await drive.sees("nodes 4/5")


async def test_what_was_held_before_the_question_stays_held() -> None:
    async with dashboard() as drive:
        await drive.press("f", "K", "escape")
        assert "FROZEN" in drive.text
        await drive.press("f")
        assert "FROZEN" not in drive.text


async def test_other_sheets_hold_nothing() -> None:
    async with dashboard() as drive:
        await drive.press("question_mark")
        assert "FROZEN" not in drive.text
