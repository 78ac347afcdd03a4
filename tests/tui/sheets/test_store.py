"""What is about to be stored."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from textual import events

from dfs_tui.messages import StoreRequested
from dfs_tui.sheets import store
from dfs_tui.sheets.store import StoreSheet
from dfs_tui.view.glyphs import UNICODE
from dfs_tui.view.plan import Found, Scan, Skipped
from dfs_tui.view.values import KeyEntry

from .sheeting import shown

FOLDER = tuple(Found(f"/d/pics/{number:02}.raw", f"pics/{number:02}.raw", 1 << 20) for number in range(9))
SKIPPED = tuple(Skipped(f"/d/pics/lock{number}", "not readable") for number in range(5))


async def scan(paths: Sequence[str]) -> Scan | str:
    if paths == ("/slow",):
        return "the disk did not answer within 5 s"
    files: list[Found] = []
    for path in paths:
        files += (
            FOLDER if path == "/d/pics" else [] if path == "/empty" else [Found(path, path.rpartition("/")[2], 100)]
        )
    return Scan(tuple(paths), tuple(files), SKIPPED if "/d/pics" in paths else ())


async def listed(folder: str) -> Sequence[str]:
    return ("pics/", "docs/") if folder.rstrip("/") == "/d" else ()


async def dropped(text: str) -> Sequence[str]:
    return (text,) if text.startswith("/") else ()


def sheet_of(*paths: str, free_bytes: int = 1 << 40, room: dict[str, int] | None = None) -> StoreSheet:
    here = {"copies": 3, "free": free_bytes} if room is None else room
    existing = {"beach.raw": KeyEntry("beach.raw", 1, 1, 0.0)}
    return StoreSheet(
        paths,
        scan=scan,
        list_folder=listed,
        dropped=dropped,
        existing=existing,
        room=lambda: (here["copies"], here["free"]),
        glyphs=UNICODE,
    )


async def test_a_dropped_folder_is_summed_up_with_what_is_left_out() -> None:
    async with shown(lambda: sheet_of("/d/pics"), (80, 30)) as sheet:
        await sheet.sees("9 files")
        for text in ("00.raw", "1.00 MiB", "3 more", "lock0  skipped: not readable", "and 2 more skipped"):
            assert text in sheet.text
        assert "9 files, 9.00 MiB x 3 copies = 27.0 MiB of 1.00 TiB free" in sheet.text
        await sheet.press("enter")
        (answer,) = sheet.app.answers
        assert isinstance(answer, StoreRequested)
        assert (len(answer.plan.files), answer.origin) == (9, "/d/pics")


async def test_what_is_stored_may_be_chosen_by_looking() -> None:
    async with shown(sheet_of) as sheet:
        await sheet.write("/d/")
        await sheet.press("ctrl+o")
        await sheet.sees("Choose what to store")
        await sheet.sees("pics/")
        await sheet.press("j", "s")
        await sheet.sees("9 files")
        await sheet.press("enter")
        assert isinstance(sheet.app.answers[0], StoreRequested)


async def test_what_it_costs_follows_the_cluster_while_the_sheet_is_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "LOOK_AGAIN_S", 0.02)
    room = {"copies": 2, "free": 1 << 40}
    async with shown(lambda: sheet_of("/d/pics", room=room), (80, 30)) as sheet:
        await sheet.sees("9.00 MiB x 2 copies = 18.0 MiB of 1.00 TiB free")
        room["copies"] = 3
        await sheet.sees("9.00 MiB x 3 copies = 27.0 MiB of 1.00 TiB free")


async def test_a_path_is_asked_for_completed_and_reviewed_before_enter_stores() -> None:
    async with shown(sheet_of) as sheet:
        await sheet.write("/d/p")
        await sheet.press("tab")
        await sheet.sees("/d/pics/")
        await sheet.press("enter")
        await sheet.sees("enter Store")
        assert sheet.app.answers == []
        await sheet.press("enter")
        assert isinstance(sheet.app.answers[0], StoreRequested)


async def test_choices_are_shown_when_there_are_several() -> None:
    async with shown(sheet_of) as sheet:
        await sheet.write("/d/")
        await sheet.press("tab")
        await sheet.sees("docs/")
        assert "pics/" in sheet.text


async def test_what_cannot_be_read_is_said_and_another_path_can_be_typed() -> None:
    async with shown(sheet_of) as sheet:
        await sheet.write("/slow")
        await sheet.press("enter")
        await sheet.sees("did not answer")
        await sheet.press("ctrl+u")
        await sheet.write("/empty")
        await sheet.press("enter")
        await sheet.sees("there is nothing in it")


async def test_an_existing_key_and_a_lack_of_space_are_announced() -> None:
    async with shown(lambda: sheet_of("/x/beach.raw", free_bytes=100)) as sheet:
        await sheet.sees("1 key exists already and gets a new version")
        assert "this will not fit" in sheet.text


async def test_a_name_that_was_typed_survives_another_drop() -> None:
    async with shown(lambda: sheet_of("/d/pics")) as sheet:
        await sheet.sees("9 files")
        await sheet.write("mine")
        sheet.app.post_message(events.Paste("/x/more.raw"))
        await sheet.sees("mine/pics/00.raw and 9 more")
        sheet.app.post_message(events.Paste(" yours"))
        await sheet.sees("mine yours")


async def test_an_empty_drop_says_there_is_nothing_and_stores_nothing() -> None:
    async with shown(lambda: sheet_of("/empty")) as sheet:
        await sheet.sees("nothing")
        await sheet.press("enter")
        assert sheet.app.answers == []
