"""The timeline."""

from __future__ import annotations

from ..driving import dashboard


async def test_a_kill_is_told_from_beginning_to_end() -> None:
    async with dashboard() as drive:
        await drive.press("0", "2", "j", "K", "k", "1", "t")
        await drive.sees("n2 was killed (SIGKILL) by you")
        assert "[t Timeline]" in drive.text
        for text in ("suspected by", "is down for", "is out", "healing begins", "healed in"):
            await drive.until(lambda wanted=text: wanted in drive.text, seconds=0.5)  # type: ignore[misc]


async def test_before_that_it_says_how_to_see_one() -> None:
    async with dashboard() as drive:
        await drive.press("t")
        assert "No node has gone away" in drive.text
        await drive.press("escape")
        assert drive.app.view_name == "cluster"
