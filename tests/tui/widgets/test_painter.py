"""The same picture as the toolkit's, with less drawn for it."""

from __future__ import annotations

from unittest import mock

import pytest
from textual._compositor import Compositor

from dfs_tui.widgets.painter import Painter

from ..driving import Drive, dashboard


def both(drive: Drive) -> tuple[list[object], list[object]]:
    """The picture of this painter, and the toolkit's."""
    drawn = drive.app.screen._compositor
    assert isinstance(drawn, Painter)
    ours = [list(strip) for strip in drawn.render_strips()]
    with mock.patch.object(Painter, "_get_renders", Compositor._get_renders):
        return ours, [list(strip) for strip in drawn.render_strips()]


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (50, 12)])
async def test_every_view_looks_as_the_toolkit_would_draw_it(size: tuple[int, int]) -> None:
    async with dashboard(size=size) as drive:
        for key in "1234567":
            await drive.press(key)
            ours, theirs = both(drive)
            assert ours == theirs


@pytest.mark.parametrize("key", ["question_mark", "K", "colon", "s"])
async def test_a_sheet_looks_so_with_what_is_around_it(key: str) -> None:
    async with dashboard() as drive:
        await drive.press(key)
        ours, theirs = both(drive)
        assert len(drive.app.screen_stack) == 2
        assert ours == theirs


async def test_what_others_cover_wholly_is_not_drawn() -> None:
    async with dashboard() as drive:
        with mock.patch.object(drive.app.pane, "render_lines") as drawn:
            drive.app.screen._compositor.render_strips()
            assert not drawn.called


async def test_for_one_line_only_that_line_is_drawn() -> None:
    async with dashboard() as drive:
        await drive.pass_time(60.0)
        nodes = drive.app.pane.main_table()
        with mock.patch.object(nodes, "render_lines", wraps=nodes.render_lines) as drawn:
            drive.clock.time += 1
            await drive.look()  # the clock goes on
            assert not drawn.called
            nodes.refresh_line(1)
            await drive.look()
            assert {call.args[0].height for call in drawn.call_args_list} == {1}
