"""Links dropped and peers banned in Peers."""

from __future__ import annotations

import pytest

from dfs_tui.view.events import LinkLost
from dfs_tui.view.peers import peer_links

from ..driving import Drive, dashboard


async def on_link(drive: Drive, by: str, name: str) -> None:
    await drive.press("3")

    def select() -> bool:
        found = [link.id for link in peer_links(drive.app.bridge.view) if (link.seen_by, link.name) == (by, name)]
        return bool(found) and drive.app.pane.main_table().select(found[0])

    await drive.until(select)
    await drive.look()


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_a_ban_asks_says_what_it_means_is_a_state_and_is_lifted(size: tuple[int, int]) -> None:
    async with dashboard(size=size) as drive:
        await on_link(drive, "n1", "n3")
        await drive.press("B")
        assert "Ban n3 from n1?" in drive.text
        assert "n1 leads: n3 reads nothing new" in drive.text
        await drive.press("B")
        await drive.sees("banned, 9 m")
        assert drive.cluster.nodes["n1"].bans
        await on_link(drive, "n1", "n3")
        assert "○ banned" in drive.text
        await drive.press("B")
        await drive.sees("n1 lets n3 in again")
        assert len(drive.app.screen_stack) == 1, "lifting a ban asks nothing"
        await drive.until(lambda: "○ banned" not in drive.text)
        await drive.press("at")
        n3 = drive.cluster.nodes["n3"].node
        lines = [deed.line for deed in drive.app.bridge.activity.deeds.values()]
        assert lines[0] == f"dfs-core peers ban {n3[:12]} --for 10m  # on n1"
        assert "dfs-core peers ban" in drive.text


async def test_a_ban_is_seen_from_the_other_end_and_on_the_home_screen() -> None:
    async with dashboard() as drive:
        await on_link(drive, "n1", "n3")
        await drive.press("B", "h")
        await on_link(drive, "n3", "n1")
        await drive.sees("n1 refuses n3: banned, 59 m")
        await drive.press("1")
        await drive.sees("n1 refuses n3: banned, 59 m")


async def test_a_link_is_dropped_after_a_question_and_escape_leaves_it() -> None:
    async with dashboard() as drive:
        await on_link(drive, "n2", "n4")
        await drive.press("D", "escape")
        assert not drive.app.bridge.activity.deeds
        await drive.press("D", "D")
        await drive.sees("n2 has dropped its link to n4")


async def test_a_node_that_is_gone_cannot_be_told_and_read_only_tells_nobody() -> None:
    async with dashboard() as drive:
        drive.app.read_only = True
        await on_link(drive, "n1", "n3")
        for key in ("B", "D"):
            await drive.press(key)
            assert "--read-only" in drive.message
            assert len(drive.app.screen_stack) == 1


async def test_who_cannot_be_told_stays_marked() -> None:
    async with dashboard() as drive:
        await on_link(drive, "n1", "n3")
        await drive.press("space")
        drive.app.bridge.receive(LinkLost("n1", "no word for 5 s", drive.clock.now() + 60.0))
        await drive.look()
        await drive.press("B")
        assert "n1 does not answer, so it cannot be told." in drive.message
        assert len(drive.app.bridge.row_marks["peers"]) == 1


async def obey(drive: Drive, line: str) -> None:
    await drive.press("colon")
    await drive.type(line)
    await drive.press("enter")
    await drive.look()


async def test_commands_ask_what_the_keys_ask() -> None:
    async with dashboard() as drive:
        await obey(drive, "peers ban n2 n4")
        await drive.sees("Ban n4 from n2?")
        await drive.press("B")
        await drive.until(lambda: bool(drive.cluster.nodes["n2"].bans))
        await drive.sees("○ banned")
        await obey(drive, "peers ban n2 n4")
        assert "n2 refuses n4 as it is." in drive.message
        await obey(drive, "peers allow n2 n4")
        await drive.sees("n2 lets n4 in again")
        await obey(drive, "peers disconnect n2 n4")
        await drive.sees("Disconnect n2 from n4?")
        await drive.press("escape")
        await obey(drive, "peers ban n2 n9")
        assert "No link from n2 to n9" in drive.message
