"""The next dashboard goes on where this one stopped."""

from __future__ import annotations

import json
from pathlib import Path
from unittest import mock

import pytest

from dfs_tui.app import remembering
from dfs_tui.app.dashboard import DfsApp
from dfs_tui.bridge import Bridge
from dfs_tui.sources.demo import DemoSource
from dfs_tui.sources.demo_cluster import DemoCluster
from dfs_tui.view.glyphs import UNICODE
from dfs_tui.view.remembered import Remembered, written
from dfs_tui.view.sort import Order

from ..driving import dashboard
from ..worlds import HandClock


async def test_view_order_theme_and_room_are_there_again(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    async with dashboard(state=path) as drive:
        await drive.press("4", "O", "plus", "T")
        drive.app.bridge.keys.arrange(Order("size", True), 0.0)
        theme, room = drive.app.theme, drive.app.room
        await drive.until(lambda: path.is_file() and json.loads(path.read_text())["sort"] == "size")
    async with dashboard(state=path) as drive:
        await drive.until(lambda: drive.app.view_name == "keys")
        assert drive.app.bridge.keys.order == Order("size", True)
        assert (drive.app.theme, drive.app.room) == (theme, room)
        assert theme != "dfs-dark"


async def test_what_has_not_changed_is_not_even_compared_with_the_file(tmp_path: Path) -> None:
    async with dashboard(state=tmp_path / "state.json") as drive:
        await drive.look()
        with mock.patch.object(remembering, "written", wraps=written) as made:
            await drive.look()
            assert made.call_count == 0
            await drive.press("T")
            assert made.call_count == 1


async def test_who_asks_for_a_view_before_the_first_picture_is_there_gets_that_one(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    path.write_text(written(Remembered(view="keys")))
    clock = HandClock()
    app = DfsApp(Bridge(DemoSource(DemoCluster(seed=7, keys_wanted=5, busy=False), clock), clock), UNICODE)
    app.remember_in(path)
    app.call_later(app.enter, "logs")  # a key that waited in the terminal
    async with app.run_test(size=(80, 24)) as pilot:
        while not app.has_arrived:
            await pilot.pause()
        await pilot.pause()
        assert app.view_name == "logs"


@pytest.mark.parametrize("text", ["", "{", '{"dfs_dashboard": 1, "view": 5}', "\0"])
async def test_a_damaged_file_is_the_defaults_and_a_word(tmp_path: Path, text: str) -> None:
    path = tmp_path / "state.json"
    path.write_text(text)
    async with dashboard(state=path) as drive:
        await drive.sees("What was remembered")
        assert drive.app.view_name == "cluster"


async def test_a_view_that_is_not_known_any_more_is_no_trouble(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    path.write_text('{"dfs_dashboard": 1, "view": "weather", "theme": "gone"}')
    async with dashboard(state=path) as drive:
        assert drive.app.view_name == "cluster"
        assert drive.app.theme == "dfs-dark"


async def test_a_folder_that_cannot_be_written_is_said_once_and_nothing_fails(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    async with dashboard(state=tmp_path / "file" / "below" / "state.json") as drive:
        await drive.press("4")
        await drive.press("6")
        await drive.sees("will not be remembered")
        assert drive.app.is_running


async def test_themes_go_round_and_no_color_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    async with dashboard() as drive:
        seen = []
        for _ in range(12):
            await drive.press("T")
            seen.append(drive.app.theme)
        assert "dfs-dark" in seen
        assert len(set(seen)) == 10
    monkeypatch.setenv("NO_COLOR", "1")
    async with dashboard() as drive:
        await drive.press("T")
        assert "NO_COLOR is set" in drive.message
        assert drive.app.theme == "ansi-dark"
