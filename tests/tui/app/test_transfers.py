"""Pausing, going on, cancelling, trying again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dfs_tui.sources.base import SourceError
from dfs_tui.view.plan import ToStore

from ..driving import Drive, dashboard


async def begin(drive: Drive, folder: Path) -> None:
    with (folder / "big.raw").open("wb") as file:
        file.truncate(400 << 20)
    await drive.paste(str(folder / "big.raw"))
    await drive.sees("1 file")
    await drive.press("enter", "5")
    await drive.sees("%")


async def test_a_transfer_is_paused_and_goes_on_to_its_end(tmp_path: Path) -> None:
    async with dashboard() as drive:
        await begin(drive, tmp_path)
        await drive.press("p")
        await drive.sees("○ paused")
        assert "1 paused" in drive.text
        assert not drive.cluster.transfers, "nothing is sent any more"
        await drive.press("p")
        await drive.until(lambda: "✓ stored" in drive.text, seconds=0.5)
        assert "big.raw" in drive.cluster.keys


async def test_a_store_shows_what_is_safe_and_enter_says_all_of_it(tmp_path: Path) -> None:
    async with dashboard() as drive:
        await begin(drive, tmp_path)
        await drive.until(lambda: "▰▬" in drive.text and "▬▭" in drive.text)
        await drive.press("enter")
        await drive.sees("on as many nodes as it takes")
        assert "with all copies" in drive.text
        await drive.press("escape")
        await drive.until(lambda: "✓ stored" in drive.text, seconds=0.5)
        assert "MiB/s" in next(line for line in drive.text.splitlines() if "✓ stored" in line)


async def test_a_transfer_that_fails_half_way_says_why_and_stays_so(tmp_path: Path) -> None:
    async with dashboard() as drive:
        await begin(drive, tmp_path)
        (transfer,) = drive.cluster.transfers.values()
        transfer.fails = "1 of 2 needed copies could be made: n4: no room. What arrived stays"
        await drive.until(lambda: "✖ failed after" in drive.text)
        await drive.press("enter")
        await drive.sees("What arrived stays")
        assert "big.raw" not in drive.cluster.keys


async def test_a_cancelled_transfer_is_tried_again(tmp_path: Path) -> None:
    async with dashboard() as drive:
        await begin(drive, tmp_path)
        await drive.press("x")
        await drive.sees("○ cancelled")
        await drive.press("R")
        await drive.until(lambda: "✓ stored" in drive.text, seconds=0.5)
        assert "big.raw" in drive.cluster.keys


async def test_what_failed_is_tried_again_and_only_once(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"x")
    async with dashboard() as drive:
        source = drive.app.bridge.source
        store = source.store

        async def refuse(item: ToStore, moved: object) -> None:
            raise SourceError("no majority", everything=True)

        source.store = refuse  # type: ignore[method-assign, assignment]
        await drive.paste(str(tmp_path / "x"))
        await drive.sees("1 file")
        await drive.press("enter", "5")
        await drive.sees("no majority")
        source.store = store  # type: ignore[method-assign]
        await drive.press("R")
        await drive.sees("✓ stored")
        await drive.press("R")
        assert "Only what failed" in drive.message


async def test_without_a_transfer_every_key_says_what_it_wants() -> None:
    async with dashboard() as drive:
        await drive.press("5", "x")
        assert "No running transfer" in drive.message
        await drive.press("p")
        assert "No running transfer" in drive.message
        await drive.press("R")
        assert "Only what failed" in drive.message


async def queue(drive: Drive, folder: Path, names: str) -> None:
    """A folder of five large files, of which one has to wait, and behind it single ones."""
    for path in (*(folder / "many" / str(number) for number in range(5)), *(folder / name for name in names)):
        path.parent.mkdir(exist_ok=True)
        with path.open("wb") as file:
            file.truncate(200 << 20)
    for name in ("many", *names):
        await drive.paste(str(folder / name))
        await drive.sees("5 files" if name == "many" else "1 file")
        await drive.press("enter", "5")
        await drive.look()


def spy_on_stores(drive: Drive) -> list[str]:
    """The keys whose bytes begin to be sent from now on."""
    begun: list[str] = []
    begin_one = drive.cluster.store

    def store(key: str, *rest: Any) -> str:
        begun.append(key)
        return begin_one(key, *rest)

    drive.cluster.store = store  # type: ignore[method-assign]
    return begun


def under_way(drive: Drive) -> set[str]:
    return {transfer.key for transfer in drive.cluster.transfers.values()}


async def test_what_is_put_before_others_gets_the_next_turn_and_says_so(tmp_path: Path) -> None:
    async with dashboard() as drive:
        await queue(drive, tmp_path, "xy")
        assert under_way(drive) == {f"many/{number}" for number in range(4)}
        await drive.press("G", "less_than_sign")
        assert "y goes before others (+1)" in drive.message
        assert drive.text.index("↑ +1 y") < drive.text.index("↑ x")
        begun = spy_on_stores(drive)
        await drive.until(lambda: len(begun) == 3)
        assert begun == ["y", "many/4", "x"]
        await drive.until(lambda: "many/4" in drive.cluster.keys)
        await drive.press("g", "less_than_sign")
        assert "Nothing of it waits" in drive.message or "No running" in drive.message


async def test_marks_of_one_tab_are_not_meant_in_another(tmp_path: Path) -> None:
    async with dashboard() as drive:
        await queue(drive, tmp_path, "xyz")
        await drive.press("g", "j", "space")
        assert "1 marked" in drive.text
        await drive.press("right_square_bracket")
        assert "marked" not in drive.text
        assert not drive.app.bridge.row_marks["transfers"]


async def test_marked_transfers_are_put_behind_others_and_cancelled_together(tmp_path: Path) -> None:
    async with dashboard() as drive:
        await queue(drive, tmp_path, "xyz")
        await drive.press("g", "j", "space", "space")
        assert "2 marked" in drive.text
        await drive.press("greater_than_sign")
        assert "They go after others (-1)" in drive.message
        assert drive.text.index("↑ z") < drive.text.index("↑ -1 x") < drive.text.index("↑ -1 y")
        await drive.press("x")
        await drive.until(lambda: drive.text.count("○ cancelled") == 2)
        assert "marked" not in drive.text
        await drive.until(lambda: "z" in drive.cluster.keys, seconds=0.5)
        assert not {"x", "y"} & set(drive.cluster.keys)
