"""What is about to be stored."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence

import pytest
from textual import events

from dfs_tui.messages import StoreRequested
from dfs_tui.sheets import store
from dfs_tui.sheets.comparing import CopiesAmong, SameContent
from dfs_tui.sheets.store import StoreSheet
from dfs_tui.sources.base import Moved
from dfs_tui.view.glyphs import UNICODE
from dfs_tui.view.plan import Found, Scan, Skipped, ToStore
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


async def same(item: ToStore, version: int, moved: Moved) -> bool:
    return False


async def no_copies(files: Sequence[Found], moved: Moved) -> Sequence[Found]:
    return ()


def sheet_of(
    *paths: str,
    free_bytes: int = 1 << 40,
    room: dict[str, int] | None = None,
    same_content: SameContent = same,
    copies_among: CopiesAmong = no_copies,
    existing: dict[str, KeyEntry] | None = None,
) -> StoreSheet:
    here = {"copies": 3, "free": free_bytes} if room is None else room
    existing = existing if existing is not None else {"beach.raw": KeyEntry("beach.raw", 1, 1, 0.0)}
    return StoreSheet(
        paths,
        scan=scan,
        list_folder=listed,
        dropped=dropped,
        existing=existing,
        room=lambda: (here["copies"], here["free"]),
        same_content=same_content,
        copies_among=copies_among,
        glyphs=UNICODE,
    )


async def test_why_a_file_is_left_out_is_told_from_its_beginning(monkeypatch: pytest.MonkeyPatch) -> None:
    async def odd(paths: Sequence[str]) -> Scan:
        why = "a key must be valid UTF-8: 'pics/invalid-name-that-is-rather-long.txt'"
        return Scan((), (Found("/d/pics/a", "pics/a", 1),), (Skipped("/d/pics/invalid\udcff.txt", why),))

    monkeypatch.setattr(sys.modules[__name__], "scan", odd)
    async with shown(lambda: sheet_of("/d/pics"), (80, 30)) as sheet:
        await sheet.sees("skipped: a key must be valid UTF-8")


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
        await sheet.sees("1 key exists already: beach.raw (gets a new version)")
        assert "this will not fit" in sheet.text


@pytest.mark.parametrize(("free_bytes", "said"), [(300, True), (310, True), (400, False)])
async def test_room_that_is_only_just_enough_is_called_tight(free_bytes: int, said: bool) -> None:
    async with shown(lambda: sheet_of("/x/beach.raw", free_bytes=free_bytes)) as sheet:
        await sheet.sees(f"300 B of {free_bytes} B free")
        assert ("tight" in sheet.text) is said
        assert "will not fit" not in sheet.text


async def test_files_are_compared_with_what_is_stored_and_enter_does_not_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "LOOK_AGAIN_S", 0.02)
    goes_on = asyncio.Event()
    asked: list[tuple[str, int]] = []

    async def compare(item: ToStore, version: int, moved: Moved) -> bool:
        asked.append((item.key, version))
        moved(1 << 19)
        if item.key != "pics/00.raw":
            await goes_on.wait()
        return True

    existing = {file.name: KeyEntry(file.name, 7, file.size_bytes, 0.0) for file in FOLDER[:3]}
    existing["pics/05.raw"] = KeyEntry("pics/05.raw", 1, 5, 0.0)  # another size need not be read
    made = lambda: sheet_of("/d/pics", same_content=compare, existing=existing)  # noqa: E731
    async with shown(made, (80, 34)) as sheet:
        await sheet.sees("4 keys exist: 1 same (skipped), 1 new version, 2 to compare")
        await sheet.sees("comparing 1 of 3, 1.50 MiB of 3.00 MiB read")
        goes_on.set()
        await sheet.sees("4 keys exist: 3 same (skipped), 1 new version")
        assert sorted(asked) == [(f"pics/0{number}.raw", 7) for number in range(3)], "each once"
        assert "6 files, 6.00 MiB" in sheet.text
        await sheet.press("enter")
    goes_on.clear()
    async with shown(made, (80, 34)) as sheet:
        await sheet.sees("2 to compare")
        await sheet.press("enter")
        (answer,) = sheet.app.answers
        assert isinstance(answer, StoreRequested)
        assert len(answer.plan.files) == 8, "what is not known to be stored is stored"


async def test_comparing_ends_with_the_sheet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "LOOK_AGAIN_S", 0.02)
    ended: list[str] = []

    async def compare(item: ToStore, version: int, moved: Moved) -> bool:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(item.key)
        return True

    existing = {"beach.raw": KeyEntry("beach.raw", 1, 100, 0.0)}
    async with shown(lambda: sheet_of("/x/beach.raw", same_content=compare, existing=existing)) as sheet:
        await sheet.sees("beach.raw (to compare)")
        await sheet.sees("comparing 0 of 1")
        await sheet.press("escape")
        async with asyncio.timeout(20):
            while not ended:
                await sheet.pilot.pause(0.01)
        assert sheet.app.answers == [None]


async def test_ctrl_t_says_what_happens_to_keys_that_exist() -> None:
    existing = {name: KeyEntry(name, 1, 5, 0.0) for name in ("pics/00.raw", "pics/00-2.raw", "pics/01.raw")}
    async with shown(lambda: sheet_of("/d/pics", existing=existing), (80, 34)) as sheet:
        await sheet.sees("2 keys exist: 2 new versions")
        assert "ctrl+t [skip same] new version  rename" in sheet.text
        await sheet.press("ctrl+t", "ctrl+t")
        assert "2 keys exist: 2 renamed" in sheet.text
        await sheet.press("enter")
        (answer,) = sheet.app.answers
        assert isinstance(answer, StoreRequested)
        assert [file.key for file in answer.plan.files[:3]] == ["pics/00-3.raw", "pics/01-2.raw", "pics/02.raw"]


async def test_tab_completes_the_folders_of_keys_that_exist() -> None:
    existing = {name: KeyEntry(name, 1, 5, 0.0) for name in ("photos/2024/a", "photos/2025/b", "plain")}
    async with shown(lambda: sheet_of("/d/pics", existing=existing), (80, 34)) as sheet:
        await sheet.sees("9 files")
        await sheet.write("ph")
        await sheet.press("tab")
        await sheet.sees("photos/pics/00.raw and 8 more")
        await sheet.press("tab")
        await sheet.sees("2024/                   2025/")
        await sheet.write("4/")
        await sheet.sees("photos/2024/pics/00.raw and 8 more")
        assert "2025/" not in sheet.text
        assert "tab complete" in sheet.text


async def test_copies_within_a_drop_are_told() -> None:
    async def two(files: Sequence[Found], moved: Moved) -> Sequence[Found]:
        return files[1:3]

    async with shown(lambda: sheet_of("/d/pics", copies_among=two), (80, 34)) as sheet:
        await sheet.sees("2 files are copies of others here (2.00 MiB)")
        await sheet.press("ctrl+l", "j", "space", "enter")
        await sheet.sees("1 file is a copy of others here (1.00 MiB)")


async def test_files_are_taken_out_and_put_back() -> None:
    async with shown(lambda: sheet_of("/d/pics"), (80, 34)) as sheet:
        await sheet.sees("9 files")
        await sheet.press("ctrl+l")
        await sheet.sees("What is stored")
        await sheet.press("asterisk", "escape")
        await sheet.sees("9 files, 9.00 MiB")
        await sheet.press("ctrl+l", "space", "enter")
        await sheet.sees("8 files, 8.00 MiB")
        await sheet.press("ctrl+l", "asterisk", "space", "enter")
        await sheet.sees("all files were taken out of the list")
        await sheet.press("enter")
        assert sheet.app.answers == []


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
