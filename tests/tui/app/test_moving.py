"""Back, forward, and holding the picture."""

from __future__ import annotations

from dfs_tui.bridge import FROZEN_MAX
from dfs_tui.view.events import Noted
from dfs_tui.view.values import Level

from ..driving import dashboard


async def test_back_forward_and_the_last_view() -> None:
    async with dashboard() as drive:
        await drive.press("4", "6")
        await drive.press("left_square_bracket")
        assert drive.app.view_name == "keys"
        await drive.press("left_square_bracket", "left_square_bracket")
        assert drive.app.view_name == "cluster"
        assert "This is where it began" in drive.message
        await drive.press("right_square_bracket")
        assert drive.app.view_name == "keys"
        await drive.press("minus")
        assert drive.app.view_name == "cluster"
        await drive.press("right_square_bracket")
        assert "nothing to go forward to" in drive.message


async def test_a_frozen_picture_stays_and_nothing_is_lost() -> None:
    async with dashboard() as drive:
        await drive.press("f")
        assert "FROZEN" in drive.text
        first = drive.text.splitlines()[0]
        drive.cluster.kill("n2")
        await drive.pass_time(2.0)
        assert drive.text.splitlines()[0] == first, "not even its clock goes on"
        assert "killed" not in drive.text
        drive.app.bridge.note(Level.WARNING, "said meanwhile")
        await drive.look()
        assert "said meanwhile" in drive.message
        await drive.press("f")
        await drive.sees("killed")
        assert "FROZEN" not in drive.text


async def test_too_much_to_keep_back_ends_it() -> None:
    async with dashboard() as drive:
        await drive.press("f")
        drive.app.bridge._pending += [(0.0, Noted(Level.INFO, "x", "n1"))] * (FROZEN_MAX + 1)
        await drive.look()
        await drive.sees("No longer frozen")
        assert not drive.app.bridge.frozen


async def test_arrows_go_from_pane_to_pane_and_the_shell_is_a_key_away() -> None:
    async with dashboard() as drive:
        first = drive.app.focused
        await drive.press("right")
        assert drive.app.focused is not first
        await drive.press("left")
        assert drive.app.focused is first
        await drive.press("ctrl+r")
        assert "Asking for everything again" in drive.message
        suspended: list[bool] = []
        drive.app.action_suspend_process = lambda: suspended.append(True)  # type: ignore[method-assign]
        await drive.press("ctrl+z")
        assert suspended == [True]
