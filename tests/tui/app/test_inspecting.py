"""The key under the cursor, looked into."""

from __future__ import annotations

from dfs_tui.app.inspecting import AGAIN_S
from dfs_tui.sources.base import SourceError
from dfs_tui.view.values import KeyFacts

from ..driving import dashboard


async def test_the_detail_follows_the_cursor() -> None:
    async with dashboard() as drive:
        await drive.press("4")
        first, second = sorted(drive.cluster.keys)[:2]
        await drive.until(lambda: isinstance(drive.app.bridge.facts, KeyFacts))
        assert "COPIES" in drive.text
        assert "3 of 3 whole" in drive.text
        await drive.press("j")
        await drive.until(lambda: getattr(drive.app.bridge.facts, "key", "") == second)
        assert second in drive.text
        assert first in drive.text


async def test_the_key_one_finds_on_entering_is_looked_into_without_waiting_for_the_next_second() -> None:
    async with dashboard() as drive:
        await drive.press("4")
        drive.app.enter("cluster")
        asked = drive.app._asked_at
        drive.clock.time += AGAIN_S
        drive.app.enter("keys")
        while drive.app._asked_at == asked:
            await drive.pilot.pause()


async def test_a_killed_holder_is_seen_in_the_detail() -> None:
    async with dashboard() as drive:
        await drive.press("4")
        await drive.until(lambda: isinstance(drive.app.bridge.facts, KeyFacts))
        key = sorted(drive.cluster.keys)[0]
        drive.cluster.kill(min(drive.cluster.keys[key].holders))
        await drive.pass_time(AGAIN_S + 0.2)
        await drive.sees("2 of 3 whole")


async def test_on_a_narrow_screen_enter_opens_it_and_escape_closes_it() -> None:
    async with dashboard(size=(80, 24)) as drive:
        await drive.press("4")
        assert "whole" not in drive.text
        await drive.press("enter")
        await drive.sees("3 of 3 whole")
        await drive.press("escape")
        assert "whole" not in drive.text
        assert drive.app.view_name == "keys"


async def test_more_and_less_room() -> None:
    async with dashboard() as drive:
        await drive.press("4")
        await drive.sees("whole")
        await drive.press("underscore")
        assert "whole" not in drive.text
        await drive.press("plus", "plus", "plus")
        await drive.sees("whole")
        assert drive.app.room == 1


async def test_what_cannot_be_asked_says_why() -> None:
    async with dashboard() as drive:

        async def refuse(key: str, version: int = 0) -> KeyFacts:
            raise SourceError("no answer within 30 s")

        drive.app.bridge.source.inspect = refuse  # type: ignore[method-assign]
        await drive.press("4")
        await drive.sees("no answer within 30 s")


async def test_a_small_file_is_looked_into_and_a_large_one_is_not() -> None:
    async with dashboard() as drive:
        await drive.press("4", "slash")
        await drive.type("notes/")
        await drive.press("enter")
        await drive.sees("PREVIEW")
        await drive.sees("This stands for the demo's")
        await drive.press("escape", "slash")
        await drive.type("backups/")
        await drive.press("enter")
        await drive.sees("COPIES  3 of 3")
        assert "PREVIEW" not in drive.text
