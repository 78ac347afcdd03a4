"""What was retrieved is opened by the system's opener, or it is said why not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from unittest import mock

import pytest

from dfs_tui.app.dashboard import DfsApp
from dfs_tui.sources import opener
from dfs_tui.sources.base import SourceError

from ..driving import Drive, dashboard


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths that were handed to the opener."""
    paths: list[str] = []

    async def open_file(path: str) -> None:
        if not Path(path).exists():
            raise SourceError("it is not there any more")
        paths.append(path)

    monkeypatch.setattr(opener, "open_file", open_file)
    return paths


async def retrieve_first(drive: Drive, folder: Path) -> Path:
    """The first key, retrieved into this folder, in a cluster that is not called a demo."""
    drive.app.bridge.view = replace(drive.app.bridge.view, generated=False)
    await drive.press("4", "r")
    await drive.clear()
    await drive.type(f"{folder}/")
    await drive.press("enter")
    path = folder / drive.app.pane.main_table().cursor_id.rpartition("/")[2]
    await drive.sees("✓ Retrieved")
    return path


async def test_enter_opens_a_retrieved_file_and_open_the_last_one(tmp_path: Path, opened: list[str]) -> None:
    async with dashboard() as drive:
        path = await retrieve_first(drive, tmp_path)
        await drive.press("5")
        assert "enter Open" in drive.text
        await drive.press("enter")
        await drive.sees("✓ Opened")
        assert opened == [str(path)]
        await drive.press("1", "colon")
        await drive.type("open")
        await drive.press("enter")
        await drive.until(lambda: len(opened) == 2)
        path.unlink()
        await drive.press("5", "enter")
        await drive.sees("Not opened: it is not there any more")
        await drive.press("at")
        await drive.sees(f"{opener.program()} ")


async def test_its_path_is_copied_from_the_key_as_well(tmp_path: Path, opened: list[str]) -> None:
    async with dashboard() as drive:
        path = await retrieve_first(drive, tmp_path)
        await drive.press("y", "p")
        await drive.look()
        assert drive.app.clipboard == str(path)


async def test_a_program_is_opened_only_after_a_question(tmp_path: Path, opened: list[str]) -> None:
    async with dashboard() as drive:
        path = await retrieve_first(drive, tmp_path)
        path.chmod(0o755)
        await drive.press("5", "enter")
        await drive.sees("Open this program?")
        await drive.press("escape")
        assert not opened
        await drive.press("enter")
        await drive.sees("Open this program?")
        await drive.press("o")
        await drive.until(lambda: opened == [str(path)])


async def test_what_is_no_file_here_is_not_opened(tmp_path: Path, opened: list[str]) -> None:
    async with dashboard() as drive:
        drive.app.bridge.view = replace(drive.app.bridge.view, generated=False)
        await drive.press("5")
        drive.app.perform("open")
        await drive.sees("Only what was retrieved here can be opened")
        await drive.press("1")
        drive.app.open_retrieved()
        assert "Only what was retrieved here can be opened" in drive.message
        assert not opened


async def test_in_a_demo_and_in_a_browser_it_is_not_offered_and_the_reason_is_said(opened: list[str]) -> None:
    async with dashboard() as drive:
        await drive.press("5")
        assert "enter Open" not in drive.text
        await drive.press("enter")
        assert "This is a demo" in drive.message
        with mock.patch.object(DfsApp, "is_web", True):
            drive.app.open_retrieved()
            await drive.look()
            assert "the browser opens it" in drive.message
        assert not opened
