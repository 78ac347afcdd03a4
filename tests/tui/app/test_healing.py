"""How fast healing may go, changed on the recovery board."""

from __future__ import annotations

from dfs_tui.sources.base import SourceError
from dfs_tui.widgets.virtual_table import VirtualTable

from ..driving import Drive, dashboard

MIB = 1 << 20


async def hurt(drive: Drive) -> None:
    drive.cluster.kill("n2")
    await drive.sees("Recovery: n2")
    await drive.sees("limit ")


async def test_on_the_board_the_brackets_change_the_limit_and_say_so() -> None:
    async with dashboard() as drive:
        await hurt(drive)
        assert "limit     none  [ ] change" in drive.text
        assert "[ Slower  ] Faster" in drive.text
        await drive.press("left_square_bracket", "left_square_bracket")
        assert "limit     512 MiB/s a node" in drive.text
        await drive.until(lambda: drive.cluster.repair_limit == 512 * MIB)
        await drive.press("right_square_bracket", "right_square_bracket", "right_square_bracket")
        await drive.until(lambda: drive.cluster.repair_limit == 0)
        assert "It goes no faster" in drive.message
        await drive.press("at")
        assert "dfs-core settings repair_bytes_s 536870912" in drive.text


async def test_it_heals_slower_with_a_limit() -> None:
    async with dashboard() as drive:
        await hurt(drive)
        drive.cluster.repair_limit = 1
        await drive.sees("n2 is out")
        left = drive.cluster.healing.report(drive.cluster.keys, drive.cluster.now, begun=True).left
        await drive.pass_time(3.0)
        assert drive.cluster.healing.report(drive.cluster.keys, drive.cluster.now, begun=True).left > left / 2
        drive.cluster.repair_limit = 0
        await drive.sees("healed in")


async def test_a_limit_that_was_not_taken_is_not_shown() -> None:
    async with dashboard() as drive:
        await hurt(drive)

        async def refuse(bytes_s: int) -> None:
            raise SourceError("no majority")

        drive.app.bridge.source.limit_repair = refuse  # type: ignore[method-assign]
        await drive.press("left_square_bracket")
        await drive.sees("as before: no majority")
        assert "limit     none" in drive.text


async def test_beside_the_board_the_brackets_go_through_the_views_and_read_only_changes_nothing() -> None:
    async with dashboard() as drive:
        await drive.press("4", "1", "left_square_bracket")
        assert drive.app.view_name == "keys"
        await drive.press("1")
        drive.app.read_only = True
        await hurt(drive)
        assert "[ ] change" not in drive.text
        await drive.press("left_square_bracket")
        assert "off with --read-only" in drive.message


async def test_in_a_small_window_the_limit_has_a_line_of_its_own() -> None:
    async with dashboard(size=(80, 24)) as drive:
        await hurt(drive)
        assert " limit     none  [ ] change" in drive.text


async def test_a_node_that_is_started_while_it_heals_heals_for_free_and_the_end_says_so_everywhere() -> None:
    async with dashboard() as drive:
        await drive.press("2")
        drive.app.pane.main_table().select("n2")
        await drive.look()
        await drive.press("K", "k", "1", "t")
        await drive.sees("with fewer than 3 copies")
        await drive.press("2", "S", "1", "t")
        await drive.sees("healed for free: n2 still has them")
        await drive.sees("healed in")
        await drive.until(lambda: drive.app.bridge.timeline.current is None)
        (incident,) = drive.app.bridge.timeline.incidents
        short = f"{incident.reckoning.worst_under:,}".replace(",", " ")
        assert f"{short} chunks" in incident.outcome
        assert f"{short} for free" in incident.outcome, "nobody had begun to make copies"
        assert incident.outcome.endswith("0 unreadable at any time")
        assert f"n2: {incident.outcome}" in drive.app.bridge.log.text
        await drive.press("at")
        await drive.sees("Killed n2; healed in")


async def test_copies_that_others_made_are_not_counted_as_free() -> None:
    async with dashboard() as drive:
        await hurt(drive)
        drive.cluster.repair_limit = 40 << 20
        await drive.until(lambda: "healing begins" in drive.app.bridge.timeline.incidents[0].moments[-1].text)
        under = drive.cluster.nodes["n2"]
        await drive.until(lambda: drive.cluster.healing.done > 0)
        drive.cluster.start(under.name)
        await drive.until(lambda: drive.app.bridge.timeline.current is None)
        (incident,) = drive.app.bridge.timeline.incidents
        assert 0 < incident.reckoning.free < incident.reckoning.worst_under


async def test_counts_that_move_carry_an_arrow_for_a_moment() -> None:
    async with dashboard() as drive:
        await drive.press("1", "j", "j", "K", "k")
        nodes = drive.app.pane.query_one("#home-nodes-table", VirtualTable)

        def said() -> str:
            return "\n".join(nodes.render_line(y).text for y in range(1, 6))

        await drive.until(lambda: "▲" in said(), seconds=0.5)
        await drive.until(lambda: "copies" in drive.text and "▼" in drive.text, seconds=0.5)
        await drive.until(lambda: "HEALTHY" in drive.text, seconds=1.0)
        await drive.pass_time(4.0)
        assert "▲" not in said()
        assert not drive.app.bridge.changes.shows(drive.clock.now())
