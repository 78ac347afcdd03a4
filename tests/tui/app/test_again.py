"""Doing again what was done here."""

from __future__ import annotations

from pathlib import Path

from ..driving import Drive, dashboard, make_tree


async def to_activity(drive: Drive, line: str) -> None:
    """The cursor stands on the last deed with this line."""
    await drive.press("at")
    deeds = drive.app.bridge.activity.deeds
    await drive.until(lambda: any(deed.line.startswith(line) and deed.outcome for deed in deeds.values()))
    drive.app.pane.main_table().select(next(name for name in reversed(deeds) if deeds[name].line.startswith(line)))
    await drive.look()


async def test_what_ends_something_asks_again_and_nothing_happens_before_the_answer() -> None:
    async with dashboard() as drive:
        await drive.press("2")
        drive.app.pane.main_table().select("n2")
        await drive.look()
        await drive.press("K", "k")
        await drive.until(lambda: not drive.app.bridge.view.local["n2"].pid)
        drive.cluster.start("n2")
        await drive.until(lambda: "nodes 5/5" in drive.text)
        pid = drive.cluster.nodes["n2"].pid
        await to_activity(drive, ":node kill n2")
        await drive.press("r")
        await drive.sees("Kill n2?")
        assert drive.cluster.nodes["n2"].pid == pid
        await drive.press("k")
        await drive.until(lambda: drive.cluster.nodes["n2"].state == "killed")


async def test_from_a_deed_in_full_too() -> None:
    async with dashboard() as drive:
        await drive.press("4")
        key = drive.app.keys_pane.table.cursor_id
        await drive.press("V")
        await to_activity(drive, "dfs-core verify")
        await drive.press("enter")
        await drive.sees("r does it again, esc closes")
        await drive.press("r")
        deeds = drive.app.bridge.activity.deeds
        await drive.until(lambda: [deed.line for deed in deeds.values()] == [f"dfs-core verify {key}"] * 2)


async def test_a_store_shows_its_sheet_once_more(tmp_path: Path) -> None:
    async with dashboard() as drive:
        await drive.paste(str(make_tree(tmp_path)))
        await drive.sees("2 files")
        await drive.press("enter")
        await to_activity(drive, "dfs-core store")
        await drive.press("r")
        await drive.sees("x 3 copies")


async def test_what_cannot_be_done_again_says_why() -> None:
    async with dashboard() as drive:
        await drive.press("at", "r")
        assert "Nothing is selected" in drive.message
        await drive.press("4", "ctrl+d", "d")
        await drive.press("z")
        await to_activity(drive, "dfs-core restore")
        await drive.press("r")
        assert "restores any version" in drive.message
        await to_activity(drive, "dfs-core rm")
        drive.app.read_only = True
        await drive.press("r")
        assert "--read-only" in drive.message
        await drive.press("enter")
        assert "esc closes" in drive.text
        assert "r does it again" not in drive.text
