"""Behind a browser a retrieved key is delivered to it, and nothing stays on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.events import DeliveryComplete, DeliveryFailed

from dfs_tui.app.dashboard import DfsApp
from dfs_tui.sources.base import SourceError
from dfs_tui.sources.demo import DemoSource

from ..driving import Drive, dashboard


class Taken:
    """What was handed to the browser."""

    def __init__(self) -> None:
        self.files: dict[str, Path] = {}

    def __call__(self, app: DfsApp, file: Path, *, save_filename: str, mime_type: str) -> str:
        assert file.name == save_filename
        key = f"delivery-{len(self.files)}"
        self.files[key] = file
        return key


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> Iterator[Taken]:
    found = Taken()
    monkeypatch.setattr(DfsApp, "is_web", property(lambda self: True))
    monkeypatch.setattr(
        DfsApp, "deliver_binary", lambda app, file, **options: found(app, file, **options), raising=True
    )
    yield found


async def retrieve(drive: Drive, taken: Taken) -> tuple[str, Path]:
    await drive.press("4", "r")
    await drive.until(lambda: bool(taken.files))
    return next(iter(taken.files.items()))


async def test_r_asks_for_no_place_and_delivers_the_file(taken: Taken) -> None:
    async with dashboard() as drive:
        key, file = await retrieve(drive, taken)
        assert "stands for the demo's" in file.read_text()
        assert len(drive.app.screen_stack) == 1
        drive.app.post_message(DeliveryComplete(key))
        await drive.until(lambda: not file.parent.exists())


async def test_a_browser_that_gives_up_is_said_and_leaves_nothing_behind(taken: Taken) -> None:
    async with dashboard() as drive:
        key, file = await retrieve(drive, taken)
        drive.app.post_message(DeliveryFailed(key, OSError()))
        await drive.sees("did not take the download")
        await drive.until(lambda: not file.parent.exists())


async def test_what_cannot_be_retrieved_is_said_and_leaves_nothing_behind(
    taken: Taken, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refused(*_: object, **__: object) -> None:
        raise SourceError("chunk 112 is held by no node")

    monkeypatch.setattr(DemoSource, "retrieve", refused)
    async with dashboard() as drive:
        await drive.press("4", "r")
        await drive.sees("was not retrieved")
        kept = drive.app._kept
        assert kept is not None
        await drive.until(lambda: not list(Path(kept.name).iterdir()))
        assert not taken.files
