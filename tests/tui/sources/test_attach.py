"""Reading a place that was typed, and trying it before anything is left for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from dfs_tui.sources.attach import reach
from dfs_tui.sources.base import SourceError
from dfs_tui.sources.choose import LateSource
from dfs_tui.sources.demo import DemoSource
from dfs_tui.sources.recording import Recorder, ReplaySource

from ..worlds import HandClock
from .watched import WatchedNode


async def test_a_folder_and_a_socket_with_a_node_behind_them_are_places(tmp_path: Path) -> None:
    async with WatchedNode(tmp_path / "control.sock"):
        for place in (str(tmp_path), str(tmp_path / "control.sock")):
            assert isinstance((await reach(place))(HandClock()), LateSource)
    assert isinstance((await reach("demo"))(HandClock()), DemoSource)
    Recorder(tmp_path / "session", HandClock()).close()
    assert isinstance((await reach(str(tmp_path / "session")))(HandClock()), ReplaySource)


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("/no/such/place", "there is nothing at /no/such/place"),
        ("{folder}", "no node runs with its data in {folder}; 'dfs-core node --data-dir D' starts one"),
        ("{folder}/file", "no node listens at {folder}/file"),
        ("somewhere", "not an operator's folder"),
        ("localhost:1", "make one with 'dfs-core join'"),
    ],
)
async def test_a_place_where_nobody_answers_says_what_is_wrong(place: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SourceError) as error:
        await reach(place.format(folder=tmp_path), str(tmp_path))
    assert said.format(folder=tmp_path) in str(error.value)
