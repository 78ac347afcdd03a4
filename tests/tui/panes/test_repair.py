"""Workers, reach and weak keys."""

from __future__ import annotations

import pytest

from ..driving import dashboard


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_it_shows_workers_and_who_reaches_whom(size: tuple[int, int]) -> None:
    async with dashboard(size=size) as drive:
        await drive.press("7")
        await drive.sees("audit")
        for text in ("Workers", "Who reaches whom", "All nodes that answer reach each other"):
            assert text in drive.text


async def test_while_healing_the_weakest_keys_are_listed() -> None:
    async with dashboard() as drive:
        await drive.press("7")
        drive.cluster.kill("n2")
        await drive.sees("2 of 3")
        assert "Keys below 3 copies" in drive.text
        await drive.until(lambda: "Every key that was counted has 3 copies" in drive.text, seconds=1.0)
