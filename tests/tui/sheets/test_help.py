"""The help."""

from __future__ import annotations

from dfs_tui.keys import ACTIONS, MOVES
from dfs_tui.sheets.help import HelpSheet
from dfs_tui.view.glyphs import UNICODE

from .sheeting import shown


async def test_every_action_and_every_moving_key_is_listed() -> None:
    async with shown(lambda: HelpSheet("cluster", UNICODE), (130, 130)) as sheet:
        for action in ACTIONS:
            assert action.text in sheet.text
        for keys, text in MOVES:
            assert keys in sheet.text
            assert text in sheet.text


async def test_enter_on_an_action_chooses_it_and_on_a_heading_nothing() -> None:
    async with shown(lambda: HelpSheet("cluster", UNICODE)) as sheet:
        await sheet.press("enter")
        assert sheet.app.answers == []
        await sheet.press("j", "enter")
        assert sheet.app.answers == [ACTIONS[0].id]


async def test_the_key_that_opens_it_closes_it() -> None:
    async with shown(lambda: HelpSheet("keys", UNICODE)) as sheet:
        await sheet.press("question_mark")
        assert sheet.app.answers == [None]
