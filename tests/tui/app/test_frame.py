"""The main screen: every view at two sizes, going about, and what is said when something is not possible."""

from __future__ import annotations

from dataclasses import replace
from unittest import mock

import pytest
from rich.cells import cell_len

from dfs_tui.app import frame
from dfs_tui.app.dashboard import DfsApp
from dfs_tui.bridge import Bridge
from dfs_tui.keys import SIDE_VIEWS, VIEWS
from dfs_tui.panes.pane import Pane
from dfs_tui.sources.demo import DemoSource
from dfs_tui.sources.demo_cluster import DemoCluster
from dfs_tui.view import events
from dfs_tui.view import format as fmt
from dfs_tui.view.glyphs import ASCII, UNICODE
from dfs_tui.view.values import Level

from ..driving import NEVER_S, dashboard, screen_lines
from ..worlds import HandClock

SIZES = [(80, 24), (120, 36)]


@pytest.mark.parametrize("size", SIZES)
async def test_the_home_screen_shows_nodes_transfers_and_events(size: tuple[int, int]) -> None:
    async with dashboard(size=size) as drive:
        for text in (
            "HEALTHY",
            "nodes 5/5",
            "keys 40",
            "Nodes",
            "n1 ★",
            "● up",
            "127.0.0.1:3000",
            "Transfers",
            "Events",
        ):
            assert text in drive.text
        assert ("Health" in drive.text) == (size[0] >= 110)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("key", "wanted"),
    [
        ("1", ("NODE", "PEERS", "Nothing is being moved")),
        ("2", ("NODE", "node id", "process", "K kills it")),
        ("3", ("LINK", "n1 → n2", "ROUND TRIP", "20 of 20 links up")),
        ("4", ("KEY ▲", "SIZE", "COPIES", "●●●", "40 keys")),
        ("5", ("Transfers", "s stores")),
        ("6", ("Logs", "WHAT HAPPENED", "This is a demo", "all levels")),
    ],
)
async def test_every_view_shows_its_own(size: tuple[int, int], key: str, wanted: tuple[str, ...]) -> None:
    async with dashboard(size=size) as drive:
        await drive.press(key)
        for text in wanted:
            assert text in drive.text, drive.text


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (100, 30), (120, 36), (200, 60)])
async def test_no_line_is_wider_than_the_screen_in_any_view(size: tuple[int, int]) -> None:
    async with dashboard(size=size) as drive:
        for _, key, _ in VIEWS:
            await drive.press(key)
            lines = screen_lines(drive.app)
            assert len(lines) == size[1]
            assert max(cell_len(line) for line in lines) <= size[0]
            assert "? Help" in lines[-1]


async def test_a_window_that_is_too_small_says_so_and_comes_back() -> None:
    async with dashboard(size=(50, 12)) as drive:
        assert "50 x 12" in drive.text
        assert "60 x 16" in drive.text
        await drive.pilot.resize_terminal(80, 24)
        await drive.look()
        assert "n1 ★" in drive.text


async def test_ascii_mode_draws_nothing_else() -> None:
    async with dashboard(glyphs=ASCII, size=(80, 24)) as drive:
        for _, key, _ in VIEWS:
            await drive.press(key)
            assert drive.text.isascii(), [line for line in screen_lines(drive.app) if not line.isascii()]


async def test_an_action_of_another_view_says_where_it_works() -> None:
    async with dashboard() as drive:
        await drive.press("3", "K")
        assert "Kill works in Cluster and Nodes." in drive.message


async def test_enter_on_a_node_leads_to_its_detail() -> None:
    async with dashboard() as drive:
        await drive.press("j", "j", "enter")
        assert drive.app.view_name == "nodes"
        assert drive.app.pane.selected_node() == "n3"


async def test_escape_leads_home_and_never_out() -> None:
    async with dashboard() as drive:
        await drive.press("5", "escape")
        assert drive.app.view_name == "cluster"
        await drive.press("escape", "escape")
        assert drive.app.is_running


async def test_help_lists_every_action_and_does_the_chosen_one() -> None:
    async with dashboard(size=(120, 120)) as drive:
        await drive.press("question_mark")
        for text in ("store files or a folder", "ctrl+d", "end its process at once", "Moving"):
            assert text in drive.text
        await drive.press("escape")
        assert "Moving" not in drive.text
        await drive.press("question_mark", "j", "enter")
        await drive.sees("A file or a folder")


async def test_a_click_on_a_tab_or_a_hint_does_what_its_key_does() -> None:
    async with dashboard() as drive:
        tabs = screen_lines(drive.app)[1]
        await drive.pilot.click(offset=(tabs.index("5 Transfers"), 1))
        await drive.look()
        assert drive.app.view_name == "transfers"
        hints = screen_lines(drive.app)[-1]
        await drive.pilot.click(offset=(hints.index("Help"), 35))
        await drive.look()
        assert "enter does it" in drive.text


async def test_a_lost_cluster_keeps_its_data_says_its_age_and_when_it_is_tried_again() -> None:
    async with dashboard() as drive:
        await drive.press("4")
        for name in drive.cluster.nodes:
            drive.app.bridge.receive(events.LinkLost(name, "no word for 5 s", drive.clock.now() + 4.0))
        drive.clock.time += 3.0
        await drive.look()
        assert "RECONNECTING" in drive.text
        assert "data is 4 s old" in drive.text
        assert "No answer, trying again in 1 s (ctrl+r: now): no word for 5 s" in drive.message
        assert "backups/" in drive.text, "the keys stay on screen"


async def test_while_nothing_moves_only_the_clock_goes_on() -> None:
    async with dashboard() as drive:
        await drive.pass_time(60.0)  # what was stored meanwhile is no longer in the picture
        with mock.patch.object(drive.app.pane, "show") as shown:
            drive.clock.time += 1
            await drive.look()
            assert fmt.clock(drive.clock.wall()) in drive.text
            drive.clock.time += 1
            await drive.look()
            assert fmt.clock(drive.clock.wall()) in drive.text
            assert shown.call_count == 0
            drive.clock.time += frame.STILL_S
            await drive.look()
            assert shown.call_count == 1, "figures that move by themselves"


async def test_a_tick_without_anything_to_take_in_or_to_draw_does_nothing() -> None:
    async with dashboard() as drive:
        with mock.patch.object(drive.app.bridge, "pump", wraps=drive.app.bridge.pump) as pumped:
            drive.app._tick()
            assert pumped.call_count == 0
            drive.app.bridge.note(Level.INFO, "hello")
            drive.app._tick()
            assert pumped.call_count == 1
            drive.clock.time += 1
            drive.app._tick()
            assert pumped.call_count == 2
            drive.app.draw_soon()
            drive.app._tick()
            assert pumped.call_count == 3


async def test_what_only_grows_older_is_drawn_once_a_second_and_what_changes_at_once() -> None:
    async with dashboard() as drive:
        await drive.press("6")
        with mock.patch.object(drive.app.pane, "show") as shown:
            for _ in range(4):
                drive.clock.time += 0.25
                drive.app.pump()
            assert shown.call_count == 1
            found = drive.app.bridge.view.reports["n1"].report
            drive.app.bridge.receive(events.NodeReported("n1", replace(found, up_s=found.up_s + 1)))
            drive.app.pump()
            assert shown.call_count == 1
            drive.app.bridge.receive(events.NodeReported("n1", replace(found, health="DEGRADED")))
            drive.app.pump()
            assert shown.call_count == 2


async def test_the_first_word_of_a_node_is_shown_as_soon_as_it_comes() -> None:
    clock = HandClock()
    app = DfsApp(Bridge(DemoSource(DemoCluster(seed=7, keys_wanted=5, busy=False), clock), clock), UNICODE)
    with mock.patch.multiple(frame, PUMP_S=NEVER_S, REST_S=NEVER_S):
        async with app.run_test(size=(80, 24)) as pilot:
            while "n1 ★" not in "\n".join(screen_lines(app)):
                await pilot.pause()


async def test_a_message_goes_after_a_while() -> None:
    async with dashboard() as drive:
        drive.app.say("look at this", Level.WARNING)
        assert "▲ look at this" in "\n".join(screen_lines(drive.app)[-3:])
        drive.clock.time += 60
        await drive.look()
        assert "Drop a file" in drive.message


async def test_no_color_sends_no_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with dashboard() as drive:
        assert drive.app.theme == "ansi-dark"
        assert "n1 ★" in drive.text


async def test_a_view_that_is_asked_for_before_it_is_made_is_entered_as_soon_as_it_is() -> None:
    app = DfsApp(Bridge(DemoSource(DemoCluster(seed=7, keys_wanted=5, busy=False), HandClock()), HandClock()), UNICODE)
    async with app.run_test(size=(80, 24)) as pilot:
        app.enter("keys")
        app.enter("logs")
        while app.view_name != "logs":
            await pilot.pause()
        assert app.focused is app.pane.main_table()
        await app.make_views()
        assert len(app.query(Pane)) == len(VIEWS) + len(SIDE_VIEWS)
        assert [pane.id for pane in app.query(Pane) if pane.display] == ["logs"]
