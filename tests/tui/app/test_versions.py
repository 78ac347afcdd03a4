"""History, comparing, restoring, undoing."""

from __future__ import annotations

from pathlib import Path

from ..driving import Drive, dashboard


def with_a_past(drive: Drive) -> str:
    return next(key for key, versions in sorted(drive.cluster.past.versions.items()) if len(versions) > 1)


async def on_a_key_with_a_past(drive: Drive) -> str:
    key = with_a_past(drive)
    await drive.press("4")
    drive.app.keys_pane.table.select(key)
    await drive.press("h")
    await drive.sees(f"History of {key[:12]}")
    return key


async def test_two_versions_are_compared_and_closing_leads_back_to_the_history() -> None:
    async with dashboard() as drive:
        await on_a_key_with_a_past(drive)
        await drive.press("c")
        await drive.sees("The content differs")
        assert "@@" in drive.text
        await drive.press("escape")
        await drive.sees("History of")


async def test_an_older_version_is_restored_after_a_question() -> None:
    async with dashboard() as drive:
        key = await on_a_key_with_a_past(drive)
        before = drive.cluster.keys[key].entry.version
        await drive.press("j", "R")
        assert "Restore this version?" in drive.text
        await drive.press("enter")
        assert drive.cluster.keys[key].entry.version == before, "enter is no answer"
        await drive.press("R")
        await drive.sees("Restored version")
        assert drive.cluster.keys[key].entry.version > before


async def test_an_older_version_is_retrieved_under_its_own_name(tmp_path: Path) -> None:
    async with dashboard() as drive:
        key = await on_a_key_with_a_past(drive)
        old = drive.cluster.past.of(key)[1]
        await drive.press("j", "r")
        await drive.clear()
        await drive.type(f"{tmp_path}/")
        await drive.press("enter")
        await drive.sees("Retrieved")
        (written,) = tmp_path.iterdir()
        assert f".{old.version}." in written.name


async def test_a_removal_is_undone_and_done_again() -> None:
    async with dashboard() as drive:
        await drive.press("4")
        key = drive.app.keys_pane.table.cursor_id
        await drive.press("ctrl+d", "d")
        await drive.sees("z brings it back")
        await drive.press("z")
        await drive.sees(f"Brought back {key}")
        assert key in drive.cluster.keys
        await drive.press("Z")
        assert "Delete this key?" in drive.text
        await drive.press("d")
        await drive.until(lambda: key not in drive.cluster.keys)


async def test_nothing_to_undo_says_so() -> None:
    async with dashboard() as drive:
        await drive.press("z")
        assert "Nothing was removed here" in drive.message
        await drive.press("Z")
        assert "Nothing was undone" in drive.message


async def test_a_history_that_cannot_be_had_says_why() -> None:
    async with dashboard() as drive:
        drive.app.show_history("never")
        await drive.sees("No history: no such key: never")
