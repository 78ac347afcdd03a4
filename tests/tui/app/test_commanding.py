"""The command line and the palette, on the screen."""

from __future__ import annotations

import json
from pathlib import Path
from unittest import mock

from textual.widgets import Input

from dfs_tui.sheets.confirm import ConfirmSheet
from dfs_tui.sheets.prompt import PromptSheet
from dfs_tui.sheets.retrieve import RetrieveSheet
from dfs_tui.sources.demo import DemoSource
from dfs_tui.sources.demo_cluster import DemoCluster

from ..driving import Drive, dashboard, make_tree


async def command(drive: Drive, line: str) -> None:
    await drive.press("colon")
    await drive.until(lambda: isinstance(drive.app.screen, PromptSheet))
    await drive.type(line)
    await drive.press("enter")


async def test_a_view_is_an_address() -> None:
    async with dashboard() as drive:
        await command(drive, "keys notes")
        await drive.until(lambda: drive.app.view_name == "keys")
        await drive.sees("/notes")
        assert "backups/" not in drive.text
        await command(drive, "logs demo")
        await drive.until(lambda: drive.app.view_name == "logs")
        assert drive.app.bridge.log.filter.text == "demo"


async def test_a_node_is_named_and_the_same_question_is_asked() -> None:
    async with dashboard() as drive:
        await command(drive, "node kill n3")
        await drive.sees("Kill n3?")
        await drive.press("k")
        await drive.until(lambda: drive.cluster.nodes["n3"].state == "killed")
        await command(drive, "node kill n9")
        await drive.sees("There is no node n9")


async def test_a_key_is_named_and_the_same_question_is_asked() -> None:
    async with dashboard() as drive:
        key = sorted(drive.cluster.keys)[3]
        await command(drive, f"retrieve {key}")
        await drive.until(lambda: isinstance(drive.app.screen, RetrieveSheet))
        await drive.press("escape")
        await command(drive, f"rm {key}")
        await drive.until(lambda: isinstance(drive.app.screen, ConfirmSheet))
        assert key in drive.text
        await drive.press("escape")
        assert key in drive.cluster.keys
        await command(drive, "rm no such key")
        await drive.sees("There is no key no such key")


async def test_what_is_no_command_is_said_and_can_be_mended() -> None:
    async with dashboard() as drive:
        await command(drive, "fly")
        await drive.sees("There is no command 'fly'")
        assert isinstance(drive.app.screen, PromptSheet)
        await drive.clear()
        await drive.type("theme nord")
        await drive.press("enter")
        await drive.until(lambda: drive.app.theme == "nord")
        await command(drive, "theme mud")
        await drive.sees("There is no theme mud")
        await command(drive, "sort size")
        assert drive.app.bridge.keys.order.column == "size"
        await command(drive, "sort weight")
        await drive.sees("Keys are sorted by")
        await command(drive, "cluster moon")
        await drive.sees("There is no cluster moon")


async def test_tab_completes_and_up_goes_back_to_what_was_typed_before(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    async with dashboard(state=path) as drive:
        await drive.press("colon")
        await drive.type("node k")
        await drive.press("tab")
        assert isinstance(drive.app.screen, PromptSheet)
        assert drive.app.screen._field.value == "node kill "
        await drive.sees("node kill n5")
        await drive.press("escape")
        await command(drive, "nodes")
        await command(drive, "freeze")
        await command(drive, "freeze")
        await drive.until(lambda: json.loads(path.read_text()).get("commands") == ["nodes", "freeze"])
    async with dashboard(state=path) as drive:
        await drive.press("colon", "up", "up")
        assert isinstance(drive.app.screen, PromptSheet)
        assert drive.app.screen._field.value == "nodes"
        await drive.press("enter")
        await drive.until(lambda: drive.app.view_name == "nodes")


async def test_the_palette_finds_by_words_and_does_what_was_found() -> None:
    async with dashboard() as drive:
        await drive.press("ctrl+p")
        await drive.sees("What to do?")
        await drive.type("log view")
        await drive.press("enter")
        await drive.until(lambda: drive.app.view_name == "logs")
        await drive.press("ctrl+p", "down", "enter")
        assert not isinstance(drive.app.screen, PromptSheet)


async def test_healing_is_limited_and_a_key_verified_by_name() -> None:
    async with dashboard() as drive:
        await command(drive, "repair 80M")
        await drive.sees("Healing may take 80.0 MiB/s")
        await command(drive, "repair fast")
        await drive.sees("not 'fast'")
        key = sorted(drive.cluster.keys)[2]
        await command(drive, f"verify {key}")
        await drive.sees(f"{key}: verified")


async def test_a_pattern_means_many_keys_and_a_place_can_be_named(tmp_path: Path) -> None:
    async with dashboard() as drive:
        keys = sorted(key for key in drive.cluster.keys if key.startswith("photos/"))
        await command(drive, f"retrieve photos/* to {tmp_path}/")
        await drive.sees(f"Retrieve {len(keys)} keys")
        assert isinstance(drive.app.screen, RetrieveSheet)
        assert drive.app.screen._place.value == f"{tmp_path}/"
        await drive.press("escape")
        await command(drive, "rm nothing/*")
        await drive.sees("No key matches nothing/*")
        small = min(drive.cluster.keys, key=lambda key: drive.cluster.keys[key].entry.size_bytes)
        await command(drive, f"retrieve {small} to {tmp_path / 'here.bin'}")
        await drive.sees("Retrieved")
        assert (tmp_path / "here.bin").exists()
        (tmp_path / "here.bin").write_text("mine")
        await command(drive, f"retrieve {small} to {tmp_path / 'here.bin'} --if-exists replace")
        await drive.until(
            lambda: any("replacing what was" in line.text for line in drive.app.bridge.log.lines.values())
        )
        assert (tmp_path / "here.bin").read_text() != "mine"
        await command(drive, "retrieve photos/* --if-exists skip")
        await drive.sees("[skip]")


async def test_files_are_stored_into_a_folder_that_is_named(tmp_path: Path) -> None:
    tree = make_tree(tmp_path)
    async with dashboard() as drive:
        await command(drive, f"store {tree} as holiday/")
        await drive.sees("holiday/pics/a b.raw")


async def test_a_path_is_completed_from_the_disk(tmp_path: Path) -> None:
    make_tree(tmp_path)
    async with dashboard() as drive:
        await drive.press("colon")
        await drive.type(f"store {tmp_path}/p")
        sheet = drive.app.screen
        assert isinstance(sheet, PromptSheet)
        await drive.until(lambda: bool(sheet._shown))
        await drive.press("tab")
        assert sheet._field.value == f"store {tmp_path}/pics/"


async def test_an_address_leads_to_a_view_of_another_cluster_and_to_a_tab() -> None:
    async with dashboard() as drive:
        second = DemoCluster(seed=3, nodes_wanted=2, keys_wanted=5, busy=False, wall_s=drive.clock.wall())
        first = drive.app.bridge.source
        drive.app.clusters = {"home": lambda: first, "nas": lambda: DemoSource(second, drive.clock)}
        await command(drive, "transfers failed")
        await drive.sees("[failed]")
        await command(drive, "transfers sunk")
        await drive.sees("not 'sunk'")
        await command(drive, "keys /notes @na")
        await drive.until(lambda: drive.app.shown_cluster == "nas")
        await drive.until(lambda: drive.app.view_name == "keys")
        assert drive.app.bridge.keys.filter.text == "notes"
        await command(drive, "keys @moon")
        await drive.sees("There is no cluster moon")


async def test_up_starts_what_rests_and_adds_what_is_missing() -> None:
    async with dashboard() as drive:
        drive.cluster.kill("n2")
        await drive.pass_time(1.0)
        await command(drive, "up 7")
        await drive.until(lambda: "n2, n6, n7 run now" in drive.app.bridge.log.text)
        await drive.sees("nodes 7/7")
        await command(drive, "up 2")
        await drive.sees("7 nodes run already; ':node stop'")
        await command(drive, "up 70")
        await drive.sees("up to 9 on one machine")


async def test_the_command_line_is_kept_and_comes_back_as_new() -> None:
    async with dashboard() as drive:
        await drive.press("colon")
        first = drive.app.screen
        await drive.type("theme nord")
        await drive.press("enter")
        await drive.until(lambda: drive.app.theme == "nord")
        await drive.press("colon")
        await drive.type("fly")
        await drive.press("enter")
        await drive.sees("There is no command 'fly'")
        await drive.press("escape", "colon")
        assert drive.app.screen is first
        await drive.sees("attach")
        assert "fly" not in drive.text
        assert first.query_one("#prompt").has_focus
        assert first.styles.background.rgb == drive.app.main_screen.styles.background.rgb
        await drive.press("up")
        assert drive.app.focused is not None
        assert drive.app.focused.value == "theme nord"  # type: ignore[attr-defined]


async def test_nobody_blinks_while_nobody_looks() -> None:
    async with dashboard() as drive:
        await drive.press("colon")
        field = drive.app.focused
        assert isinstance(field, Input)
        assert field.cursor_blink
        await drive.press("escape")
        assert not field.cursor_blink
        await drive.press("colon")
        assert field.cursor_blink


async def test_the_command_line_is_made_with_the_last_view_and_laid_out_once() -> None:
    async with dashboard() as drive:
        await drive.app.make_views()
        sheet = drive.app.get_screen("Command", PromptSheet)
        assert sheet.query_one("#prompt").size.width
        await drive.press("colon", "escape")
        with mock.patch.object(sheet, "_refresh_layout") as laid:
            await drive.press("colon")
            assert drive.app.screen is sheet
        assert not laid.called
