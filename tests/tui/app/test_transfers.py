"""Pausing, going on, cancelling, trying again."""

from __future__ import annotations

from pathlib import Path

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
