"""A field that offers what is pasted into it before it takes it."""

from __future__ import annotations

from textual import events

from dfs_tui.widgets.drop_input import DropInput

from ..hosting import hosted


async def test_a_paste_is_offered_and_not_taken() -> None:
    async with hosted(DropInput) as host:
        host.app.query_one(DropInput).focus()
        await host.pilot.pause()
        host.app.post_message(events.Paste("/pics/a.raw\n/pics/b.raw"))
        await host.pilot.pause()
        (offered,) = host.said(DropInput.Pasted)
        assert isinstance(offered, DropInput.Pasted)
        assert offered.text == "/pics/a.raw\n/pics/b.raw"
        assert host.app.query_one(DropInput).value == ""


async def test_text_that_is_given_back_lands_at_the_cursor_without_line_breaks_or_controls() -> None:
    async with hosted(lambda: DropInput(value="ad")) as host:
        field = host.app.query_one(DropInput)
        field.cursor_position = 1
        field.take_text("b\x1bc\nrest")
        assert field.value == "ab\\x1bcd"
        field.take_text("")
        assert field.value == "ab\\x1bcd"
