"""The dock below views that do not list what moves."""

from __future__ import annotations

from dfs_tui.app.docking import STAYS_S
from dfs_tui.view.events import TransferAdvanced, TransferEnded, TransferQueued
from dfs_tui.view.values import Direction, TransferState
from dfs_tui.widgets.lines import Lines

from ..driving import Drive, dashboard


async def begin(drive: Drive) -> None:
    drive.app.bridge.receive(
        TransferQueued("own/1", Direction.STORE, "beach.raw", 2048, 1, frozenset(("beach.raw",)), "")
    )
    drive.app.bridge.receive(TransferAdvanced("own/1", 1024, 0))
    await drive.look()


def docked(drive: Drive) -> bool:
    return bool(drive.app.main(Lines, "#dock").display)


async def test_what_moves_is_named_below_every_view_that_does_not_list_it() -> None:
    async with dashboard() as drive:
        await drive.press("2")
        assert not docked(drive)
        await begin(drive)
        assert docked(drive)
        dock = drive.text.splitlines()[-6:-2]
        assert "1 active" in dock[0]
        assert "beach.raw" in dock[1]
        assert "1 active" not in drive.message, "it is said once"
        for key in ("3", "4", "6", "7"):
            await drive.press(key)
            assert docked(drive)
        for key in ("1", "5"):
            await drive.press(key)
            assert not docked(drive)


async def test_it_stays_for_a_moment_after_the_last_and_then_gives_its_room_back() -> None:
    async with dashboard() as drive:
        await drive.press("2")
        await begin(drive)
        drive.app.bridge.receive(TransferEnded("own/1", TransferState.DONE))
        await drive.look()
        assert docked(drive)
        await drive.pass_time(STAYS_S + 1.0)
        assert not docked(drive)


async def test_on_a_low_screen_one_line_says_it() -> None:
    async with dashboard(size=(80, 24)) as drive:
        await drive.press("2")
        await begin(drive)
        assert not docked(drive)
        await drive.until(lambda: "1 active" in drive.message)


async def test_while_the_picture_is_held_nothing_grows_older_in_it() -> None:
    async with dashboard() as drive:
        await drive.press("2")
        await begin(drive)
        shown = drive.app.main(Lines, "#dock").shown
        drive.app.bridge.freeze()
        drive.clock.time += 60.0
        drive.app.draw()
        assert drive.app.main(Lines, "#dock").shown == shown
