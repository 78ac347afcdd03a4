"""Old data looks old."""

from __future__ import annotations

from dfs_tui.view.events import LinkLost, LinkOpened

from ..driving import dashboard


async def test_while_nobody_answers_the_screen_is_dim_and_bright_again_afterwards() -> None:
    async with dashboard() as drive:
        assert not drive.app.main_screen.has_class("-stale")
        for name in drive.cluster.nodes:
            drive.app.bridge.receive(LinkLost(name, "no word for 5 s", drive.clock.now() + 4.0))
        await drive.look()
        assert drive.app.main_screen.has_class("-stale")
        assert "(ctrl+r: now)" in drive.text
        drive.app.bridge.receive(LinkOpened("n1"))
        await drive.look()
        assert not drive.app.main_screen.has_class("-stale")
