"""What is painted when one goes from view to view, and from table to table."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING
from unittest import mock

from textual._compositor import Compositor

from ..driving import dashboard

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
