"""Filtering and sorting lists, on the screen."""

from __future__ import annotations

from pathlib import Path

import pytest

from dfs_tui.sheets.store import StoreSheet
from dfs_tui.view.events import KeyStored, TransferQueued
from dfs_tui.view.sort import Order
from dfs_tui.view.values import Direction, KeyEntry
from dfs_tui.widgets.virtual_table import VirtualTable

from ..driving import dashboard


async def test_the_keys_are_filtered_as_one_types_and_esc_clears() -> None:
    async with dashboard() as drive:
        await drive.press("4", "slash")
        await drive.type("notes !todo")
        assert "/notes !todo" in drive.text
        assert "photos/" not in drive.text.replace("/photos", "")
        await drive.press("enter")
        assert drive.app.focused is drive.app.pane.main_table()
        assert drive.app.bridge.keys.filter.text == "notes !todo"
        await drive.press("escape")
        assert "40 keys" in drive.text


async def test_letters_typed_into_the_filter_are_never_commands() -> None:
    async with dashboard() as drive:
        await drive.press("4", "slash")
        await drive.type("qKtaS")
        assert drive.app.is_running
        assert len(drive.app.screen_stack) == 1
        assert "No key matches qKtaS" in drive.text
        await drive.press("escape")
        assert drive.app.bridge.keys.filter.text == ""
        assert "40 keys" in drive.text


async def test_the_cursor_stays_on_its_key_when_the_list_changes_around_it() -> None:
    async with dashboard() as drive:
        await drive.press("4", "j", "j", "j")
        table = drive.app.pane.main_table()
        chosen = table.cursor_id
        drive.app.bridge.receive(KeyStored(KeyEntry("aaa/first", 9999, 1, drive.clock.wall(), 3)))
        await drive.look()
        assert table.cursor_id == chosen
        await drive.press("o", "o")
        assert table.cursor_id == chosen
        drive.cluster.remove(chosen)
        await drive.pass_time(0.2)
        assert table.cursor_id != chosen
        assert table.cursor_id in drive.cluster.keys


async def test_sorting_is_shown_in_the_heading_and_turned_round() -> None:
    async with dashboard() as drive:
        await drive.press("4", "o", "s")
        assert "▲ SIZE" in drive.text
        sizes = [drive.app.bridge.keys.entries[key].size_bytes for key in drive.app.bridge.keys.visible]
        assert sizes == sorted(sizes, reverse=True)
        await drive.press("O")
        assert "▼ SIZE" in drive.text
        sizes = [drive.app.bridge.keys.entries[key].size_bytes for key in drive.app.bridge.keys.visible]
        assert sizes == sorted(sizes)


async def test_a_drop_on_the_filter_field_opens_the_store_sheet_and_text_stays_text(tmp_path: Path) -> None:
    (tmp_path / "x.raw").write_bytes(b"x")
    async with dashboard() as drive:
        await drive.press("4", "slash")
        await drive.paste("just words")
        await drive.until(lambda: drive.app.bridge.keys.filter.text == "just words")
        await drive.paste(str(tmp_path / "x.raw"))
        await drive.until(lambda: isinstance(drive.app.screen, StoreSheet))


async def test_a_click_on_a_heading_sorts_keys_and_a_second_one_turns_them_round() -> None:
    async with dashboard() as drive:
        await drive.press("4")
        for reverse in (False, True):
            y, line = next((y, line) for y, line in enumerate(drive.text.splitlines()) if "SIZE" in line)
            await drive.pilot.click(offset=(line.index("SIZE"), y))
            await drive.look()
            assert drive.app.bridge.keys.order == Order("size", reverse)


async def test_other_tables_are_sorted_by_a_heading_or_from_the_menu() -> None:
    async with dashboard() as drive:
        await drive.press("2")
        table = drive.app.pane.main_table()
        y, line = next((y, line) for y, line in enumerate(drive.text.splitlines()) if "BYTES" in line)
        await drive.pilot.click(offset=(line.index("BYTES"), y))
        await drive.look()
        largest = list(table.ids)
        assert largest != sorted(largest)
        await drive.press("O")
        assert list(table.ids) == largest[::-1]
        await drive.press("o", "0")
        assert list(table.ids) == sorted(largest)
        await drive.press("o", "1", "O")
        assert list(table.ids) == sorted(largest, reverse=True)


@pytest.mark.parametrize(
    ("view", "typed", "said", "other"),
    [
        ("cluster", "n3", "1 of 5 · /n3", "n2  "),
        ("nodes", "chunks>4000", "2 of 5", "n1 "),
        ("peers", "n1 !n2", "6 of 20", "n1 → n2"),
        ("repair", "node:n4 audit", "1 of ", "n2        audit"),
    ],
)
async def test_every_table_is_filtered_as_one_types(view: str, typed: str, said: str, other: str) -> None:
    async with dashboard() as drive:
        drive.app.enter(view)
        await drive.until(lambda: drive.app.view_name == view and other in drive.text)
        table = drive.app.pane.main_table()
        await drive.press("slash")
        await drive.type(typed)
        await drive.look()
        assert said in drive.text
        assert all(other not in line for line in drive.text.splitlines()[3 : 3 + table.size.height])
        await drive.press("enter")
        assert drive.app.focused is table
        await drive.press("escape")
        assert other in drive.text
        assert drive.app.view_name == view


async def test_a_table_that_matches_nothing_says_so_and_names_the_way_out() -> None:
    async with dashboard() as drive:
        await drive.press("2", "slash")
        await drive.type("no such thing")
        assert "No node matches no such thing." in drive.text
        assert "esc clears the filter" in drive.text
        await drive.press("enter", "K")
        assert "No node is selected" in drive.message
        await drive.press("escape")
        assert "5 on this machine" not in drive.message
        assert drive.app.pane.main_table().row_count == 5


async def test_what_leads_to_a_row_takes_a_filter_away_that_hides_it() -> None:
    async with dashboard() as drive:
        await drive.press("2", "slash")
        await drive.type("n2")
        await drive.press("enter", "1", "j", "j", "enter")
        assert drive.app.view_name == "nodes"
        assert drive.app.pane.main_table().cursor_id == "n3"
        assert drive.app.pane.main_table().row_count == 5


async def test_the_table_with_the_focus_is_the_one_that_is_filtered() -> None:
    async with dashboard() as drive:
        for name in ("a.raw", "b.raw"):
            drive.app.bridge.receive(
                TransferQueued(f"own/{name}", Direction.STORE, name, 10, 1, frozenset((name,)), name)
            )
        await drive.look()
        transfers = drive.app.pane.query_one("#home-transfers-table", VirtualTable)
        transfers.focus()
        await drive.press("slash")
        await drive.type("b.raw")
        assert list(transfers.ids) == ["own/b.raw"]
        assert drive.app.pane.main_table().row_count == 5
        await drive.press("enter", "escape")
        assert transfers.row_count == 2
