"""The command line as a sheet."""

from __future__ import annotations

from collections.abc import Sequence

from dfs_tui.sheets.prompt import PromptSheet
from dfs_tui.view.commands import Known, Offer, offers
from dfs_tui.view.glyphs import UNICODE

from .sheeting import shown

KNOWN = Known(nodes=("n1", "n2"))


def sheet_of(*past: str, palette: bool = False) -> PromptSheet:
    def found(text: str) -> Sequence[Offer]:
        extra = [Offer("!kill Kill", "K at once")] if palette and "kill".startswith(text) else []
        return [*extra, *offers(text, KNOWN)]

    return PromptSheet("Command", found, UNICODE, past=past, palette=palette)


async def test_a_line_is_typed_and_given() -> None:
    async with shown(sheet_of) as sheet:
        await sheet.write("nodes")
        await sheet.press("enter")
        assert sheet.app.answers == ["nodes"]


async def test_a_line_from_the_list_that_wants_more_stays_in_the_field() -> None:
    async with shown(sheet_of) as sheet:
        await sheet.write("node s")
        await sheet.press("down", "down", "enter")
        assert sheet.app.answers == ["node stop"], "without a node it is the selected one"
    async with shown(sheet_of) as sheet:
        await sheet.write("sor")
        await sheet.press("down", "enter")
        assert sheet.app.answers == []
        assert "sort COLUMN" in sheet.text


async def test_escape_gives_nothing() -> None:
    async with shown(sheet_of) as sheet:
        await sheet.write("q")
        await sheet.press("escape")
        assert sheet.app.answers == [None]


async def test_the_past_is_gone_through_and_left_again() -> None:
    async with shown(lambda: sheet_of("nodes", "peers")) as sheet:
        field = sheet.app.sheet
        assert isinstance(field, PromptSheet)
        await sheet.press("up")
        assert field._field.value == "peers"
        await sheet.press("up", "up")
        assert field._field.value == "nodes"
        await sheet.press("down", "down")
        assert field._field.value == ""


async def test_the_palette_takes_the_first_that_fits() -> None:
    async with shown(lambda: sheet_of(palette=True)) as sheet:
        await sheet.write("ki")
        assert "K at once" in sheet.text
        await sheet.press("enter")
        assert sheet.app.answers == ["!kill"]
