"""What is painted when one goes from view to view, and from table to table."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING
from unittest import mock

from textual._compositor import Compositor

from dfs_tui.widgets.virtual_table import VirtualTable

from ..driving import Drive, dashboard

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual.geometry import Region


@contextmanager
def paintings() -> Iterator[list[set[Region]]]:
    """The regions of every picture that is painted meanwhile."""
    found: list[set[Region]] = []
    paint = Compositor.render_update

    def painting(self: Compositor, *arguments: object, **options: object) -> object:
        if self._dirty_regions:
            found.append(set(self._dirty_regions))
        return paint(self, *arguments, **options)  # type: ignore[arg-type]

    with mock.patch.object(Compositor, "render_update", painting):
        yield found


async def test_a_view_is_entered_in_one_picture_with_the_width_and_the_focus_it_keeps() -> None:
    async with dashboard() as drive:
        await drive.press("4", "1")
        with paintings() as painted:
            drive.app.enter("keys")
            assert drive.app.keys_pane.table.name_width("key") > 20
            await drive.look()
            assert drive.app.keys_pane.table.has_focus
        pictures = [regions for regions in painted if any(region.width > 1 for region in regions)]
        assert len(pictures) == 1, pictures


async def test_a_change_of_focus_paints_the_two_tables_and_not_the_screen() -> None:
    async with dashboard() as drive:
        with paintings() as painted:
            await drive.press("tab")
        assert painted
        assert all(region != drive.app.screen.region for regions in painted for region in regions)


async def test_a_sheet_and_what_is_below_it_are_one_picture() -> None:
    async with dashboard() as drive:
        await drive.press("colon", "escape")  # it is kept: only the first time it is laid out as well
        with paintings() as painted:
            await drive.press("colon")
        whole = [regions for regions in painted if drive.app.screen.region in regions]
        assert len(whole) == 1, painted


async def test_a_view_one_comes_back_to_is_as_it_was_and_not_drawn_anew() -> None:
    async with dashboard() as drive:
        await drive.press("4", "1")
        table = drive.app.keys_pane.table
        with mock.patch.object(table, "render_line", side_effect=table.render_line) as drawn:
            await drive.press("4")
        assert drive.app.focused is table
        assert not drawn.call_count
        assert marked(drive) == [table]


async def test_only_the_table_with_the_focus_looks_so_whatever_happened_since_it_was_left() -> None:
    async with dashboard() as drive:
        await drive.press("4", "1", "tab", "4", "1")
        assert marked(drive) == [drive.app.focused]
        await drive.press("4")
        drive.app.theme = "nord"
        await drive.press("1")
        assert marked(drive) == [drive.app.focused]
        await drive.press("tab")
        assert marked(drive) == [drive.app.focused]


def marked(drive: Drive) -> list[VirtualTable]:
    """The tables on screen whose frame is not that of most."""
    drive.app.main_screen.lay_out()
    tables = [table for table in drive.app.pane.query(VirtualTable) if table.size]
    accent = drive.app.theme_variables["accent"].casefold()
    return [table for table in tables if table.styles.border_top[1].hex.casefold() == accent]
