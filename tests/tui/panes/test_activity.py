"""What was done here."""

from __future__ import annotations

from ..driving import dashboard


async def test_deeds_are_listed_as_the_command_line_says_them() -> None:
    async with dashboard() as drive:
        await drive.press("at")
        assert "Nothing was done here yet" in drive.text
        await drive.press("4")
        key = drive.app.keys_pane.table.cursor_id
        await drive.press("ctrl+d", "d", "at")
        await drive.sees(f"dfs-core rm {key}")
        assert "✓ 1 key removed" in drive.text
