"""The sheet that asks where a cluster is that does not answer."""

from __future__ import annotations

from dfs_tui.sheets.address import AddressSheet
from dfs_tui.view.glyphs import UNICODE

from .sheeting import shown


async def listing(folder: str) -> tuple[str, ...]:
    return ("node/",)


async def test_it_says_what_came_of_the_old_place_and_takes_a_new_one() -> None:
    why = "nas.lan:7420: no connection within 3 s"
    async with shown(lambda: AddressSheet("nas.lan:7420", why, listing, UNICODE)) as sheet:
        assert why in sheet.text
        assert "HOST:PORT of a node, its data folder or its control socket" in sheet.text
        await sheet.press("ctrl+u", "enter")
        assert sheet.app.answers == [], "an empty place is none"
        await sheet.write("/srv/n")
        await sheet.press("tab")
        await sheet.sees("/srv/node/")
        await sheet.press("enter")
        assert sheet.app.answers == ["/srv/node/"]
