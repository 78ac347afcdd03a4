"""Draining a node from the dashboard."""

from __future__ import annotations

from ..driving import dashboard


async def test_a_node_is_drained_after_a_question_and_let_be_again() -> None:
    async with dashboard() as drive:
        await drive.press("j", "D")
        await drive.sees("Drain n2?")
        assert "nothing is ever short of a copy" in drive.text
        await drive.press("d")
        await drive.until(lambda: drive.cluster.nodes["n2"].draining)
        await drive.sees("draining")
        await drive.until(lambda: not any("n2" in key.holders for key in drive.cluster.keys.values()))
        assert all(key.entry.copies == 3 for key in drive.cluster.keys.values())
        await drive.press("D")
        await drive.sees("End draining n2?")
        await drive.press("d")
        await drive.until(lambda: not drive.cluster.nodes["n2"].draining)


async def test_with_too_few_others_it_says_why_not() -> None:
    async with dashboard(nodes=3) as drive:
        await drive.press("D")
        await drive.sees("Drain n1?")
        await drive.press("d")
        await drive.sees("too few others")
