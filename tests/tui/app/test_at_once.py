"""A small file is stored as soon as it is dropped, for who has chosen that, and z takes it back."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from dfs_tui.sheets.store import StoreSheet
from dfs_tui.sources.base import Moved
from dfs_tui.view.plan import AT_ONCE_BYTES, ToStore
from dfs_tui.view.values import Version

from ..driving import Drive, dashboard, make_tree


async def choose(drive: Drive, line: str) -> None:
    await drive.press("colon")
    await drive.type(line)
    await drive.press("enter")


async def test_a_small_file_is_stored_at_once_taken_back_and_stored_again(tmp_path: Path) -> None:
    path = tmp_path / "note.md"
    path.write_text("x" * 100)
    async with dashboard() as drive:
        await choose(drive, "drop instant")
        await drive.sees("stored at once when dropped; z takes it back")
        await drive.paste(str(path))
        await drive.sees("Storing note.md at once")
        await drive.sees("note.md is stored; z takes it back")
        assert "note.md" in drive.cluster.keys
        await drive.press("z")
        await drive.sees("Took back note.md; Z stores it again")
        assert "note.md" not in drive.cluster.keys
        await drive.press("Z")
        await drive.until(lambda: "note.md" in drive.cluster.keys)
        await drive.until(lambda: drive.app.bridge.next_undo() == ("note.md",))
        await drive.press("z")
        await drive.until(lambda: "note.md" not in drive.cluster.keys)


async def test_while_it_is_being_stored_z_cancels_it(tmp_path: Path) -> None:
    with (tmp_path / "big.raw").open("wb") as file:
        file.truncate(AT_ONCE_BYTES - 1)
    async with dashboard() as drive:
        await choose(drive, "drop instant")
        await drive.paste(str(tmp_path / "big.raw"))
        await drive.sees("Storing big.raw at once")
        await drive.until(lambda: bool(drive.cluster.transfers))
        await drive.press("z")
        await drive.sees("Taken back before it was stored")
        await drive.pass_time(5.0)
        assert "big.raw" not in drive.cluster.keys
        await drive.press("z")
        await drive.sees("Nothing was")


async def test_when_all_of_it_is_sent_z_waits_until_it_is_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "note.md").write_text("x" * 100)
    confirmed = asyncio.Event()
    async with dashboard() as drive:
        store = drive.app.bridge.source.store

        async def slow(item: ToStore, moved: Moved, *more: object) -> None:
            moved(item.size_bytes)
            await confirmed.wait()
            await store(item, moved, *more)  # type: ignore[arg-type]

        monkeypatch.setattr(drive.app.bridge.source, "store", slow)
        await choose(drive, "drop instant")
        await drive.paste(str(tmp_path / "note.md"))
        await drive.sees("Storing note.md at once")
        await drive.until(lambda: any(t.done_bytes == 100 for t in drive.app.bridge.view.transfers.values()))
        await drive.press("z")
        await drive.sees("taken back as soon as it is stored")
        confirmed.set()
        await drive.sees("Took back note.md")
        assert "note.md" not in drive.cluster.keys


@pytest.mark.parametrize("held", [False, True], ids=["picture moves", "picture is held"])
async def test_what_is_stored_and_not_counted_yet_is_taken_back_and_not_called_cancelled(
    held: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "note.md").write_text("x" * 100)
    asked, told = asyncio.Event(), asyncio.Event()
    async with dashboard() as drive:
        history = drive.app.bridge.source.history

        async def slow(key: str) -> tuple[Version, ...]:
            asked.set()
            await told.wait()
            return await history(key)

        monkeypatch.setattr(drive.app.bridge.source, "history", slow)
        await choose(drive, "drop instant")
        if held:
            drive.app.bridge.freeze()
        await drive.paste(str(tmp_path / "note.md"))
        await drive.until(asked.is_set)
        await drive.press("z")
        await drive.sees("taken back as soon as it is stored")
        told.set()
        await drive.until(lambda: "note.md" not in drive.cluster.keys)


async def test_whatever_there_is_to_decide_is_asked(tmp_path: Path) -> None:
    tree = make_tree(tmp_path)
    with (tmp_path / "large.raw").open("wb") as file:
        file.truncate(AT_ONCE_BYTES)
    async with dashboard() as drive:
        await choose(drive, "drop instant")
        key = next(key for key in drive.cluster.keys if key.startswith("notes/"))
        drive.app.bridge.keys.entries["there.md"] = drive.app.bridge.keys.entries[key]
        (tmp_path / "there.md").write_text("x")
        for path in (tree, tmp_path / "large.raw", tmp_path / "there.md"):
            await drive.paste(str(path))
            await drive.until(lambda: isinstance(drive.app.screen, StoreSheet))
            await drive.press("escape")
        assert not drive.app.bridge.view.transfers


async def test_a_drop_asks_unless_that_was_chosen_and_the_choice_is_kept(tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    (tmp_path / "note.md").write_text("x")
    async with dashboard(state=state) as drive:
        await drive.paste(str(tmp_path / "note.md"))
        await drive.until(lambda: isinstance(drive.app.screen, StoreSheet))
        await drive.press("escape")
        await choose(drive, "drop perhaps")
        await drive.sees("not 'perhaps'")
        await choose(drive, "drop instant")
        await drive.until(lambda: '"drop": "instant"' in state.read_text())
    async with dashboard(state=state) as drive:
        await choose(drive, "drop")
        await drive.sees("stored at once when dropped")
        await choose(drive, "drop ask")
        await drive.sees("Every drop asks first")


async def test_a_reading_dashboard_stores_nothing_at_once(tmp_path: Path) -> None:
    (tmp_path / "note.md").write_text("x")
    async with dashboard() as drive:
        await choose(drive, "drop instant")
        drive.app.read_only = True
        await drive.paste(str(tmp_path / "note.md"))
        await drive.sees("Nothing can be stored")
        assert not drive.app.bridge.view.transfers
