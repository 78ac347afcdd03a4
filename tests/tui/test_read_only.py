"""With --read-only no line of the screen names a key that does nothing there, whatever the view and its state."""

from __future__ import annotations

import re

from dfs_tui.keys import ACTIONS, READING, key_name, meant
from dfs_tui.view.values import ProcessState
from dfs_tui.widgets.virtual_table import VirtualTable

from .driving import Drive, dashboard
from .states import states


def off(view: str) -> set[str]:
    """Keys, as they are written, that do nothing with --read-only in this view."""
    keys = {key for action in ACTIONS for key in action.keys}
    does = {key: meant(key, view).id for key in keys}
    return {key_name(key) for key, what in does.items() if what not in READING and not what.startswith("view_")}


def named(text: str, view: str) -> list[str]:
    """Where a line names one of them: a key is a word of its own before what it does, or behind 'press'."""
    keys = "|".join(re.escape(key) for key in sorted(off(view), key=len, reverse=True))
    verbs = r"[a-z]{2,}s\b|again\b|\w+s it\b"
    found = re.compile(rf"(?<![\w:/'.-])(?<!\d )({keys}) (?:{verbs})|press ({keys})(?!\w)|:up\b")
    return [line for line in text.splitlines() if found.search(line)]


def test_a_line_that_names_such_a_key_is_found() -> None:
    assert named("  S starts the selected one", "nodes")
    assert named("Drop a file here, or press s.", "keys")
    assert named("ctrl+d forgets it", "nodes")
    assert not named("12 s ago; r retrieves the selected key; h lists all 9; n2 stops", "keys")


async def test_no_hint_names_a_key_that_is_off_in_any_view_and_state() -> None:
    seen = 0

    async def look(name: str, drive: Drive) -> None:
        nonlocal seen
        seen += 1
        await drive.look()
        assert named(drive.text, drive.app.view_name) == [], name
        assert "READ-ONLY" in drive.text, name

    await states((120, 36), look, read_only=True)
    assert seen > 50


async def test_a_node_that_ended_and_a_banned_link_name_no_key_either() -> None:
    async with dashboard(keys=0) as drive:
        drive.app.read_only = True
        drive.cluster.nodes["n1"].bans[drive.cluster.nodes["n3"].node] = drive.cluster.now + 600.0
        drive.cluster.nodes["n2"].state = ProcessState.FAILED
        drive.cluster.kill("n4")
        await drive.pass_time(3.0)
        for view in ("cluster", "nodes", "peers", "keys", "transfers", "repair", "timeline"):
            await drive.app.make_views((view,))
            drive.app.enter(view)
            table: VirtualTable = drive.app.pane.main_table()
            for row in tuple(table.ids)[:12]:
                table.select(row)
                drive.app.draw()
                await drive.look()
                assert named(drive.text, view) == [], f"{view} {row}"
