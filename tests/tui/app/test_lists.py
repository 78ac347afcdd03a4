"""Filtering and sorting lists, on the screen."""

from __future__ import annotations

from pathlib import Path

from dfs_tui.sheets.store import StoreSheet
from dfs_tui.view.events import KeyStored
from dfs_tui.view.sort import Order
from dfs_tui.view.values import KeyEntry

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
