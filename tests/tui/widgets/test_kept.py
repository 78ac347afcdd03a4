"""What is drawn anew when the focus or a layout comes by, and what is not."""

from __future__ import annotations

from textual.containers import Container

from dfs_tui.view.cells import Column, Row, cell
from dfs_tui.widgets.virtual_table import VirtualTable

from ..hosting import Hosted, hosted


async def filled(host: Hosted, made: VirtualTable) -> list[int]:
    """Its lines as they are drawn from now on, when it has rows and the focus."""

    def cells(row: str) -> Row:
        return {"name": cell(row)}

    made.set_rows([str(number) for number in range(50)], cells)
    made.focus()
    await host.pilot.pause()
    await host.pilot.pause()
    drawn: list[int] = []
    draw = made.render_line

    def watched(y: int):  # type: ignore[no-untyped-def]
        drawn.append(y)
        return draw(y)

    made.render_line = watched  # type: ignore[method-assign]
    return drawn


def table() -> VirtualTable:
    return VirtualTable("t", (Column("name", "NAME", 10, flex=1),))


async def test_who_is_hidden_and_gets_the_focus_when_it_comes_back_is_not_drawn_anew() -> None:
    made = table()
    view = Container(made)
    async with hosted(view) as host:
        made.regains_focus = True
        drawn = await filled(host, made)
        for shown in (False, True):
            view.display = shown
            host.app.set_focus(made if shown else None)
            await host.pilot.pause()
        assert made.has_focus
        assert made.dressed_focused
        assert drawn == []


async def test_who_is_seen_without_the_focus_looks_so() -> None:
    made = table()
    async with hosted(made) as host:
        made.regains_focus = True
        drawn = await filled(host, made)
        host.app.set_focus(None)
        await host.pilot.pause()
        assert not made.dressed_focused
        assert len(set(drawn)) == made.size.height


async def test_a_layout_that_changes_nothing_leaves_the_scrollbar_alone() -> None:
    made = table()
    async with hosted(made) as host:
        await filled(host, made)
        asked: list[object] = []
        made.vertical_scrollbar.refresh = lambda *regions, **_: asked.append(regions)  # type: ignore[assignment]
        host.app.screen._refresh_layout()
        assert asked == []
