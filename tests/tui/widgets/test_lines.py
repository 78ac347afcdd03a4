"""A widget of plain lines."""

from __future__ import annotations

from dfs_tui.view.cells import cell
from dfs_tui.widgets.lines import Lines

from ..hosting import hosted


async def test_lines_are_shown_as_they_are_and_cut_at_the_edge() -> None:
    lines = Lines("x")
    async with hosted(lines, (20, 4)) as host:
        lines.set_lines([(("[b]", "bad"), ("plain", "")), cell("a line that is too long for it")])
        await host.pilot.pause()
        assert host.lines[0] == "[b]plain"
        assert host.lines[1] == "a line that is too…"
        lines.set_lines([cell("one")])
        await host.pilot.pause()
        assert host.text.strip() == "one"


async def test_a_line_that_says_the_same_is_not_painted_again() -> None:
    lines = Lines("x")
    async with hosted(lines, (20, 4)) as host:
        lines.set_lines([cell("a"), cell("b")])
        await host.pilot.pause()
        painted: list[int] = []
        original = lines.render_line

        def watch(y: int):  # type: ignore[no-untyped-def]
            painted.append(y)
            return original(y)

        lines.render_line = watch  # type: ignore[method-assign]
        lines.set_lines([cell("a"), cell("b")])
        await host.pilot.pause()
        assert painted == []
        lines.set_lines([cell("a"), cell("c")])
        await host.pilot.pause()
        assert painted == [1]


async def test_a_title_is_never_markup() -> None:
    lines = Lines("x", classes="panel")
    async with hosted(lines, (30, 5)) as host:
        lines.set_title("[/]n1[b]")
        await host.pilot.pause()
        assert "[/]n1[b]" in host.text
        assert lines.shown == ()
