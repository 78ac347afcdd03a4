"""Looking at the log: by words, level, node and age; wrapped, marked, followed; written to a file."""

from __future__ import annotations

from pathlib import Path

from dfs_tui.view.events import Noted
from dfs_tui.view.values import Level

from ..driving import Drive, dashboard

LONG = " ".join(f"word{number}" for number in range(30))


def say(drive: Drive, text: str, node: str = "", *, ago: float = 0.0) -> None:
    drive.app.bridge.receive(Noted(Level.INFO, text, node, drive.clock.wall() - ago if ago else 0.0))


async def test_the_log_is_filtered_and_its_level_raised() -> None:
    async with dashboard() as drive:
        for level, text in ((Level.INFO, "alpha one"), (Level.WARNING, "alpha two"), (Level.ERROR, "beta")):
            drive.app.bridge.receive(Noted(level, text, "n1"))
        await drive.press("6", "slash")
        await drive.type("alpha")
        await drive.press("enter")
        assert "alpha one" in drive.text
        assert "beta" not in drive.text.splitlines()[4]
        await drive.press("L")
        assert "alpha one" not in "\n".join(drive.text.splitlines()[3:30])
        assert "warnings and errors" in drive.text
        await drive.press("L", "escape")
        assert "beta" in drive.text


async def test_the_log_follows_its_end_until_the_cursor_leaves_it() -> None:
    async with dashboard(size=(80, 24)) as drive:
        await drive.press("6")
        table = drive.app.pane.main_table()
        for number in range(40):
            drive.app.bridge.receive(Noted(Level.INFO, f"line {number}", "n1"))
        await drive.look()
        assert "line 39" in drive.text
        await drive.press("k")
        chosen = table.cursor_id
        drive.app.bridge.receive(Noted(Level.INFO, "later"))
        await drive.look()
        assert table.cursor_id == chosen


async def test_lines_of_one_node_only_and_lines_without_a_word() -> None:
    async with dashboard() as drive:
        say(drive, "apples", "n1")
        say(drive, "pears", "n2")
        await drive.look()
        await drive.press("6", "slash")
        await drive.type("!apples")
        await drive.press("enter")
        assert "pears" in drive.text
        assert "n1    " not in drive.text
        await drive.press("escape", "n")
        assert "only n1" in drive.text
        assert "apples" in drive.text
        assert "pears" not in drive.text
        await drive.press("n")
        assert "only n2" in drive.text
        await drive.press("escape")
        assert "only" not in drive.text


async def test_only_the_last_minutes_are_shown_and_esc_shows_all_again() -> None:
    async with dashboard() as drive:
        say(drive, "long ago", "n1", ago=400.0)
        say(drive, "just now", "n1", ago=30.0)
        await drive.look()
        await drive.press("6", "0")
        assert "5 minutes      and nothing older" in drive.text
        await drive.press("2")
        assert "last 5 minutes" in drive.text
        assert "just now" in drive.text
        assert "long ago" not in drive.text
        await drive.pass_time(300.0)
        assert "just now" not in drive.text
        await drive.press("escape")
        assert "long ago" in drive.text


async def test_a_long_line_is_wrapped_and_is_still_one_line() -> None:
    async with dashboard(size=(80, 24)) as drive:
        say(drive, LONG, "n1")
        await drive.look()
        await drive.press("6")
        assert "word29" not in drive.text
        await drive.press("w")
        assert "word29" in drive.text
        assert drive.app.pane.main_table().cursor_id.endswith(("+3", "+4"))
        await drive.press("x")
        assert "Record" in drive.text
        await drive.press("escape", "y")
        assert "Copy what?" in drive.text
        await drive.press("escape", "w")
        assert "word29" not in drive.text


async def test_times_are_told_as_one_likes_and_a_mark_stays_in_sight() -> None:
    async with dashboard() as drive:
        say(drive, "before", "n1", ago=125.0)
        await drive.look()
        await drive.press("6", "m")
        assert "mark " in drive.text
        for said in ("date and time", "how long ago", "no times", "the time of day"):
            await drive.press("t")
            assert f"The log shows {said}." in drive.message
            assert ("2 m " in drive.text) == (said == "how long ago")
        await drive.press("slash")
        await drive.type("nowhere")
        await drive.press("enter")
        assert "before" not in drive.text
        assert "mark " in drive.text
        await drive.press("g", "x")
        assert "Record" not in drive.text, "there is nothing more to a mark"


async def test_it_stands_still_when_told_to_and_goes_on_at_the_end() -> None:
    async with dashboard(size=(80, 24)) as drive:
        say(drive, "first")
        await drive.look()
        await drive.press("6")
        assert "following" in drive.text
        await drive.press("s")
        assert "standing still" in drive.text
        table = drive.app.pane.main_table()
        here = table.cursor_id
        say(drive, "second")
        await drive.look()
        assert table.cursor_id == here
        await drive.press("s")
        assert table.cursor_id != here
        assert "following" in drive.text


async def test_what_is_looked_at_is_written_to_a_file(tmp_path: Path) -> None:
    async with dashboard() as drive:
        drive.app.downloads = f"{tmp_path}/"
        say(drive, "apples", "n1")
        say(drive, "pears", "n2")
        await drive.look()
        await drive.press("6", "slash")
        await drive.type("pears")
        await drive.press("enter", "ctrl+s")
        assert "Write 1 line of the log" in drive.text
        await drive.press("enter")
        await drive.sees("Wrote 1 line to")
        [written] = tmp_path.iterdir()
        assert written.name.startswith("dfs-log-")
        assert written.read_text(encoding="utf-8").endswith("INFO    n2 pears\n")
        await drive.press("slash")
        await drive.type("nothing")
        await drive.press("enter", "ctrl+s")
        assert "no line to write" in drive.message


async def test_a_moment_of_the_timeline_leads_to_the_log_of_that_time_and_a_deed_is_shown_in_full() -> None:
    async with dashboard() as drive:
        await drive.press("K", "k")
        await drive.until(lambda: bool(drive.app.bridge.timeline.incidents))
        await drive.press("t", "enter")
        await drive.until(lambda: drive.app.view_name == "logs" and not drive.app.logs_pane.follows)
        assert drive.app.logs_pane.line in drive.app.bridge.log.lines
        await drive.press("at", "enter")
        assert "What was done" in drive.text
        assert ":node kill n1" in drive.text
        await drive.press("escape", "y")
        assert "Copy what?" in drive.text
