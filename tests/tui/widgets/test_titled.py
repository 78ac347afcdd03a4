"""What stands in the frame of a box."""

from __future__ import annotations

from dfs_tui.widgets.lines import Lines

from ..hosting import hosted


def framed() -> Lines:
    made = Lines("box", classes="panel")
    made.styles.border = ("round", "white")
    made.styles.height = 4
    return made


async def test_how_much_is_shown_stands_before_what_else_is_said_below() -> None:
    made = framed()
    async with hosted(made) as host:
        made.set_title("Nodes", "5 here")
        made.set_count("3 of 12")
        await host.pilot.pause()
        assert "Nodes" in host.text
        assert "3 of 12 \u00b7 5 here" in host.text
        made.set_count("")
        made.set_title("", "")
        await host.pilot.pause()
        assert made.border_title is None
        assert made.border_subtitle is None


async def test_a_title_is_never_markup() -> None:
    made = framed()
    async with hosted(made) as host:
        made.set_title("[bold]x[/bold] [link=y]")
        await host.pilot.pause()
        assert "[bold]x[/bold] [link=y]" in host.text
