"""What is known of files whose keys exist; how the sheet shows it is in test_store."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from dfs_tui.sheets.comparing import AT_ONCE, Comparing
from dfs_tui.view.plan import Found, ToStore
from dfs_tui.view.values import KeyEntry

FILES = tuple(ToStore(f"/{number}", f"k{number}", 10) for number in range(3 * AT_ONCE))


async def no_copies(files: Sequence[Found], moved: Callable[[int], None]) -> Sequence[Found]:
    return ()


async def test_a_verdict_holds_for_a_version_and_is_asked_for_once() -> None:
    existing = {file.key: KeyEntry(file.key, 1, 10, 0.0) for file in FILES}
    asked: list[tuple[str, int]] = []
    under_way, most = 0, 0

    async def same(file: ToStore, version: int, moved: Callable[[int], None]) -> bool:
        nonlocal under_way, most
        asked.append((file.key, version))
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0)
        under_way -= 1
        return file.key != "k1"

    comparing = Comparing(same, no_copies, existing)
    assert comparing.same(FILES[0]) is None
    for _ in range(2):
        await comparing.compare(FILES)
    assert [comparing.same(file) for file in FILES[:3]] == [True, False, True]
    assert len(asked) == len(FILES)
    assert most == AT_ONCE
    assert not comparing.progress()
    existing["k0"] = KeyEntry("k0", 2, 10, 0.0)
    assert comparing.same(FILES[0]) is None, "somebody stored another version meanwhile"
    existing["k0"] = KeyEntry("k0", 2, 11, 0.0)
    assert comparing.same(FILES[0]) is False, "another size is another content"
    del existing["k0"]
    assert comparing.same(FILES[0]) is False


async def test_who_begins_anew_is_not_ended_by_who_was_before() -> None:
    existing = {file.key: KeyEntry(file.key, 1, 10, 0.0) for file in FILES}
    goes_on = asyncio.Event()

    async def same(file: ToStore, version: int, moved: Callable[[int], None]) -> bool:
        await goes_on.wait()
        return True

    comparing = Comparing(same, no_copies, existing)
    first = asyncio.create_task(comparing.compare(FILES[:2]))
    await asyncio.sleep(0)
    first.cancel()
    second = asyncio.create_task(comparing.compare(FILES[1:3]))
    await asyncio.gather(first, return_exceptions=True)
    assert comparing.covers(FILES[1:3])
    assert not comparing.covers(FILES[:2])
    goes_on.set()
    await second
    assert comparing.same(FILES[2])
