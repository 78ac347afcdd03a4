"""Marking and folding keys."""

from __future__ import annotations

from ..driving import dashboard


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
