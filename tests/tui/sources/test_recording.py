"""A session kept in a file, and played."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest

from dfs_tui.sources.base import SourceError
from dfs_tui.sources.recording import KINDS, Recorder, ReplaySource, is_recording, read
from dfs_tui.view import events
from dfs_tui.view.events import SourceEvent
from dfs_tui.view.values import Direction, KeyEntry, Level, NewNode, TransferReport, TransferState, WorkerReport

from ..worlds import WALL_S, HandClock, local, report
from .watched import Heard

TOLD: tuple[SourceEvent, ...] = (
    events.SourceOpened("local", can_run_nodes=True),
    events.LocalNodesListed((local("n1"), local("n2"))),
    events.LinkOpened("n1"),
    events.NodeReported("n1", report("n1")),
    events.WorkersReported("n1", (WorkerReport("resync", "busy", waiting=3),)),
    events.KeysRestarted(),
    events.KeysListed((KeyEntry("größe \udce4", 1, 5, WALL_S, 3),), complete=True),
    events.TransferQueued("t1", Direction.STORE, "a", 5, 1, frozenset(("a", "b"))),
    events.TransferReported(
        "n1", TransferReport("x", Direction.STORE, "a", TransferState.ACTIVE, 1, 5, copies={"n1": 2})
    ),
    events.TransferEnded("t1", TransferState.DONE),
    events.Noted(Level.WARNING, "look", "n1", WALL_S),
    events.ActivityBegun("1", ":node kill n1"),
    events.LinkLost("n1", "gone", 77.0),
)


def kept(folder: Path, *told: SourceEvent, every_s: float = 1.0) -> Path:
    clock = HandClock()
    recorder = Recorder(folder / "session", clock)
    for event in told:
        recorder.take(event)
        clock.time += every_s
    recorder.close()
    assert recorder.trouble == ""
    return folder / "session"


def test_a_node_that_was_not_made_and_a_link_that_was_given_up_are_read_again(tmp_path: Path) -> None:
    told = (
        events.LinkLost("n1", "gone", -1.0, denied=True),
        events.LocalNodesListed((replace(local("n3"), wish=NewNode("n3", port=7)),)),
    )
    assert tuple(event for _, _, event in read(kept(tmp_path, *told))) == told


def test_what_was_told_is_read_again_with_its_moments(tmp_path: Path) -> None:
    path = kept(tmp_path, *TOLD)
    found = list(read(path))
    assert tuple(event for _, _, event in found) == TOLD
    assert [at for at, _, _ in found] == [float(number) for number in range(len(TOLD))]
    assert found[0][1] == WALL_S + 1000
    assert is_recording(path)
    assert path.stat().st_mode & 0o077 == 0, "names of keys are nobody else's business"


def test_every_event_there_is_can_be_kept() -> None:
    assert {type(event) for event in TOLD} < set(KINDS.values())
    assert {"KeyStored", "TransferHeld", "ActivityEnded", "LinkDropped"} < set(KINDS)


def test_a_file_that_is_there_is_not_written_over(tmp_path: Path) -> None:
    path = kept(tmp_path)
    with pytest.raises(FileExistsError):
        Recorder(path, HandClock())


def test_a_line_that_was_cut_off_is_left_out_and_a_damaged_one_is_named(tmp_path: Path) -> None:
    path = kept(tmp_path, *TOLD)
    text = path.read_text(encoding="utf-8")
    path.write_text(text[:-20], encoding="utf-8")
    assert len(list(read(path))) == len(TOLD) - 1
    lines = text.splitlines()
    for damage in ("{}", "no json", json.dumps({"at": 1, "wall": 1, "kind": "NodeReported", "event": {"link": 5}})):
        path.write_text("\n".join([*lines[:2], damage, *lines[2:], ""]), encoding="utf-8")
        with pytest.raises(SourceError, match="line 3 is not understood"):
            list(read(path))
    path.write_text("something else\n", encoding="utf-8")
    with pytest.raises(SourceError, match="no recording of a dashboard"):
        list(read(path))
    assert not is_recording(tmp_path / "missing")
    with pytest.raises(SourceError, match="cannot be read: No such file"):
        list(read(tmp_path / "missing"))


async def test_it_is_played_as_fast_as_one_likes_and_nothing_can_be_asked_of_it(tmp_path: Path) -> None:
    path = kept(tmp_path, *TOLD, every_s=4.0)
    clock, heard = HandClock(), Heard()
    source = ReplaySource(path, clock, speed=4.0)
    task = asyncio.create_task(source.watch(heard.append))
    await heard.has(events.SourceOpened)
    opened = heard[0]
    assert isinstance(opened, events.SourceOpened)
    assert (opened.label, opened.can_run_nodes) == ("recording of local", False)
    assert not heard.of(events.NodeReported)
    await clock.advance(3.0)
    await heard.has(events.NodeReported)
    await clock.advance(60.0)
    await heard.has(events.LinkLost)
    assert heard.of(events.LinkLost)[0].retry_at == pytest.approx(1012.0), "not at some moment of then"  # type: ignore[attr-defined]
    await heard.until(lambda: any("is over (48 s)" in event.text for event in heard.of(events.Noted)))  # type: ignore[attr-defined]
    with pytest.raises(SourceError, match="this is a recording"):
        await source.kill_node("n1")
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await source.close(stop_nodes=True)
    assert source.nodes_to_stop() == ()


async def test_a_recording_that_cannot_be_played_says_why(tmp_path: Path) -> None:
    heard = Heard()
    await ReplaySource(tmp_path / "missing", HandClock()).watch(heard.append)
    assert "cannot be read" in heard[0].text  # type: ignore[union-attr]


async def test_what_a_node_counted_is_as_old_as_the_speed_makes_it(tmp_path: Path) -> None:
    counted = replace(report("n1"), health_age_s=2.0)
    path = kept(tmp_path, events.NodeReported("n1", counted), events.NodeReported("n2", report("n2")))
    clock, heard = HandClock(), Heard()
    task = asyncio.create_task(ReplaySource(path, clock, speed=4.0).watch(heard.append))
    await heard.has(events.NodeReported)  # the file was read
    await clock.advance(1.0)
    await heard.until(lambda: len(heard.of(events.NodeReported)) == 2)
    ages = [event.report.health_age_s for event in heard if isinstance(event, events.NodeReported)]
    assert ages == [0.5, -1.0], "what was never counted stays so"
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
