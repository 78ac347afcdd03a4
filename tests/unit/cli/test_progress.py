"""The progress bar: only for a terminal, and only when there is something to watch."""

from __future__ import annotations

import asyncio
import io
import sys

import pytest

from dfs_core.cli import progress
from dfs_core.cli.progress import ProgressBar, pace_words


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


async def test_in_a_pipe_there_is_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    said = io.StringIO()
    monkeypatch.setattr(sys, "stderr", said)
    monkeypatch.setattr(progress, "_APPEARS_AFTER_S", 0.0)
    with ProgressBar("storing", 100) as bar:
        assert not bar.watched
        bar.moved(50)
        await asyncio.sleep(0.01)
        bar.at(100)
    assert said.getvalue() == ""


async def test_on_a_terminal_a_long_run_shows_what_it_does_and_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    said = Terminal()
    monkeypatch.setattr(sys, "stderr", said)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setattr(progress, "_APPEARS_AFTER_S", 0.0)
    with ProgressBar("storing [red]a[/red]") as bar:
        assert bar.watched
        bar.moved(40 * 2**20)
        await asyncio.sleep(0.01)
        bar.set_total(80 * 2**20)
        bar.moved(20 * 2**20)
        assert bar._bar is not None
        bar._bar.refresh()
    shown = said.getvalue()
    assert "storing [red]a[/red]" in shown, "a name is no markup"
    assert "60.0/80.0 MiB" in shown
    assert "left" not in shown, "nobody can tell after a moment"


@pytest.mark.parametrize(
    ("moved", "total", "rate", "elapsed_s", "still_s", "said"),
    [
        (0, 100, None, 0.5, 0.5, ""),
        (10, 100, 20.0, 0.5, 0.0, "20 B/s"),
        (10, 100, 10.0, 2.0, 0.0, "10 B/s  9 s left"),
        (10, None, 10.0, 2.0, 0.0, "10 B/s  —"),
        (0, 100, None, 2.5, 2.5, "—"),
        (10, 100, 10.0, 60.0, 3.0, "stalled 3 s"),
        (10, 100, 10.0, 600.0, 125.0, "stalled 2 min"),
        (100, 100, 10.0, 60.0, 9.0, "confirming"),
        (0, 0, None, 9.0, 0.0, "—"),
    ],
)
def test_a_run_says_of_its_pace_what_is_known(
    moved: int, total: int | None, rate: float | None, elapsed_s: float, still_s: float, said: str
) -> None:
    assert pace_words(moved, total, rate, elapsed_s=elapsed_s, still_s=still_s) == said


async def test_a_short_run_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    said = Terminal()
    monkeypatch.setattr(sys, "stderr", said)
    with ProgressBar("storing", 100) as bar:
        bar.moved(100)
    assert said.getvalue() == ""
