"""The progress bar: only for a terminal, and only when there is something to watch."""

from __future__ import annotations

import asyncio
import io
import sys

import pytest

from dfs_core.cli import progress
from dfs_core.cli.progress import ProgressBar


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


async def test_a_short_run_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    said = Terminal()
    monkeypatch.setattr(sys, "stderr", said)
    with ProgressBar("storing", 100) as bar:
        bar.moved(100)
    assert said.getvalue() == ""
