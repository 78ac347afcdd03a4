"""Emptying nodes and taking them off, after saying what that would do."""

from __future__ import annotations

from dfs_tui.sources.base import SourceError
from dfs_tui.view.values import LayoutPreview

from ..driving import Drive, dashboard


def found(drive: Drive, preview: LayoutPreview | str) -> list[tuple[str, str]]:
    """What the nodes answer from now on; and what they were asked."""
    asked: list[tuple[str, str]] = []

    async def answer(node: str, state: str) -> LayoutPreview:
        asked.append((node, state))
        if isinstance(preview, str):
            raise SourceError(preview)
        return preview

    drive.app.bridge.source.preview_node = answer  # type: ignore[method-assign]
    return asked


async def test_a_node_is_drained_after_saying_what_moves_until_it_may_go_and_let_be_again() -> None:
    async with dashboard() as drive:
        await drive.press("j", "D")
        await drive.sees("Drain n2?")
        assert "copies of chunks" in drive.text
        assert "no chunk has too few copies at any moment" in drive.text
        await drive.press("d")
        await drive.until(lambda: drive.cluster.nodes["n2"].draining)
        await drive.sees("draining")
        await drive.sees("empty: safe to remove")
        assert not any("n2" in key.holders for key in drive.cluster.keys.values())
        assert all(key.entry.copies == 3 for key in drive.cluster.keys.values())
        await drive.press("D")
        await drive.sees("End draining n2?")
        await drive.press("d")
        await drive.until(lambda: not drive.cluster.nodes["n2"].draining)
        await drive.until(lambda: "safe to remove" not in drive.text.splitlines()[5])


async def test_a_command_says_which_way_and_never_means_the_other() -> None:
    async def obey(drive: Drive, line: str) -> None:
        await drive.press("colon")
        await drive.type(line)
        await drive.press("enter")

    async with dashboard() as drive:
        await obey(drive, "node undrain n2")
        await drive.sees("n2 is not being drained.")
        await obey(drive, "node drain n2")
        await drive.sees("Drain n2?")
        await drive.press("d")
        await drive.until(lambda: drive.cluster.nodes["n2"].draining)
        await drive.sees("draining")
        await obey(drive, "node drain n2")
        await drive.sees("n2 is being drained already.")
        assert len(drive.app.screen_stack) == 1
        await obey(drive, "node undrain n2")
        await drive.sees("End draining n2?")


async def test_with_too_few_others_it_says_why_not_and_asks_nothing() -> None:
    async with dashboard(nodes=3) as drive:
        await drive.press("D")
        await drive.sees("n1 cannot be draining: no such node, or too few others")
        assert len(drive.app.screen_stack) == 1


async def test_what_would_be_lost_is_said_before_a_node_is_taken_off() -> None:
    async with dashboard() as drive:
        asked = found(drive, LayoutPreview(5, 10, 20, 10, at_risk_chunks=3, lost_chunks=2))
        await drive.press("j", "ctrl+d")
        await drive.sees("Remove n2?")
        assert "3 chunks with too few copies" in drive.text
        assert "2 chunks would have no copy left" in drive.text
        assert "drain it first (D)" in drive.text
        assert asked == [(drive.cluster.nodes["n2"].node, "removed")]
        await drive.press("escape")
        assert "n2" in drive.cluster.nodes


async def test_when_nobody_can_say_what_it_would_do_that_is_said() -> None:
    async with dashboard() as drive:
        found(drive, "no majority")
        await drive.press("D")
        await drive.sees("What it would move is not known: no majority")
        assert "Drain n1?" in drive.text


async def test_one_that_is_empty_is_removed_with_a_good_conscience() -> None:
    async with dashboard() as drive:
        await drive.press("j", "D")
        await drive.sees("Drain n2?")
        await drive.press("d")
        await drive.sees("empty: safe to remove")
        await drive.press("ctrl+d")
        await drive.sees("Remove n2?")
        assert "It is empty: safe to remove." in drive.text
        await drive.type("n2")
        await drive.press("enter")
        await drive.sees("Removed n2 for ever")
