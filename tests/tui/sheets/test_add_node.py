"""The sheet of a new node: chosen where nothing is typed, checked while it is, and never left with something wrong."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from dfs_tui.messages import AddRequested
from dfs_tui.sheets.add_node import AddNodeSheet
from dfs_tui.view.glyphs import UNICODE
from dfs_tui.view.values import NewNode, NodeProposal

from .sheeting import Shown, shown


async def listing(folder: str) -> tuple[str, ...]:
    return ("disk/",)


async def propose(new: NewNode) -> NodeProposal:
    """n4, in its usual place; 3000 is taken."""
    troubles = {"port": "port 3000 is n1's; 3001 is free"} if new.port == 3000 else {}
    chosen = replace(new, name=new.name or "n4", folder=new.folder or "/data/n4", port=new.port or 5001)
    return NodeProposal(chosen, troubles, 12 << 30)


def sheet_of(new: NewNode | None = None, trouble: str = "") -> AddNodeSheet:
    return AddNodeSheet(new or NewNode(), propose=propose, list_folder=listing, glyphs=UNICODE, trouble=trouble)


async def answered(sheet: Shown) -> object:
    async with asyncio.timeout(20):
        while not sheet.app.answers:
            await sheet.pilot.pause()
    return sheet.app.answers[0]


async def test_enter_at_once_wants_what_is_chosen() -> None:
    async with shown(sheet_of) as sheet:
        for chosen in ("n4", "/data/n4", "5001", "what is free (12.0 GiB)", "this cluster", "dfs-core local add"):
            await sheet.sees(chosen)
        await sheet.press("enter")
        assert await answered(sheet) == AddRequested(NewNode(), "dfs-core local add")


async def test_enter_that_comes_before_a_field_has_the_focus_counts_as_well() -> None:
    async with shown(sheet_of) as sheet:
        sheet.app.screen.set_focus(None)
        await sheet.press("enter")
        assert isinstance(await answered(sheet), AddRequested)


async def test_tab_goes_through_the_fields_and_completes_the_folder_on_its_way() -> None:
    async with shown(sheet_of) as sheet:
        await sheet.write("tea")
        await sheet.press("tab")
        await sheet.write("/d")
        await sheet.press("tab")
        await sheet.sees("/disk/")
        await sheet.press("tab")
        await sheet.write("7421")
        await sheet.press("tab")
        await sheet.write("5G")
        line = "dfs-core local add --name tea --folder /disk/ --port 7421"
        await sheet.sees(line)
        await sheet.sees("--capacity 5G")
        await sheet.press("tab", "tab", "shift+tab", "up", "down")
        await sheet.press("enter")
        wanted = NewNode("tea", "/disk/", 7421, 5 << 30)
        assert await answered(sheet) == AddRequested(wanted, f"{line} --capacity 5G")


async def test_an_empty_folder_is_passed_over_by_tab() -> None:
    async with shown(sheet_of) as sheet:
        await sheet.press("tab", "tab")
        await sheet.write("7421")
        await sheet.sees("--port 7421")


async def test_what_is_wrong_is_said_at_once_and_enter_does_nothing_until_it_is_right() -> None:
    async with shown(sheet_of) as sheet:
        await sheet.press("tab", "tab")
        await sheet.write("3000")
        await sheet.sees("✖ port 3000 is n1's; 3001 is free")
        assert "enter Add it" not in sheet.text
        await sheet.press("enter")
        await sheet.press("up", "up")
        await sheet.sees("✖ port: port 3000 is n1's")
        await sheet.press("down", "down")
        await sheet.press("backspace", "x")
        await sheet.sees("✖ a port is a number")
        await sheet.press("enter")
        assert sheet.app.answers == []
        await sheet.press("backspace", "1")
        await sheet.sees("enter Add it")
        await sheet.press("enter")
        assert await answered(sheet) == AddRequested(NewNode(port=3001), "dfs-core local add --port 3001")


async def test_more_than_the_disk_has_free_is_said_and_not_refused() -> None:
    async with shown(sheet_of) as sheet:
        await sheet.press("tab", "tab", "tab")
        await sheet.write("13G")
        await sheet.sees("only 12.0 GiB are free there now")
        await sheet.press("enter")
        assert isinstance(await answered(sheet), AddRequested)


async def test_an_invitation_is_not_shown_and_not_in_the_command() -> None:
    async with shown(sheet_of) as sheet:
        await sheet.press("tab", "tab", "tab", "tab")
        await sheet.write("dfs1-abc")
        await sheet.sees("dfs-core local add --join -")
        assert "dfs1-abc" not in sheet.text
        await sheet.press("enter")
        found = await answered(sheet)
        assert isinstance(found, AddRequested)
        assert found.new.invitation == "dfs1-abc"
        assert "dfs1-abc" not in repr(found)


async def test_a_try_that_failed_is_there_again_with_why() -> None:
    failed = NewNode("tea", port=7421, replaces="tea")
    async with shown(lambda: sheet_of(failed, "it did not join: no node answers")) as sheet:
        await sheet.sees("✖ it did not join: no node answers")
        await sheet.press("enter")
        found = await answered(sheet)
        assert isinstance(found, AddRequested)
        assert found.new == failed


async def test_enter_waits_for_the_check_and_what_cannot_be_checked_is_not_done() -> None:
    told: asyncio.Future[NodeProposal | str] = asyncio.get_running_loop().create_future()

    async def slow(new: NewNode) -> NodeProposal | str:
        return await asyncio.shield(told)

    async with shown(lambda: AddNodeSheet(NewNode(), propose=slow, list_folder=listing, glyphs=UNICODE)) as sheet:
        await sheet.press("enter")
        assert sheet.app.answers == []
        told.set_result("the cluster's folder cannot be read")
        await sheet.sees("✖ the cluster's folder cannot be read")
        assert sheet.app.answers == []


async def test_escape_wants_nothing() -> None:
    async with shown(sheet_of) as sheet:
        await sheet.press("escape")
        assert await answered(sheet) is None
