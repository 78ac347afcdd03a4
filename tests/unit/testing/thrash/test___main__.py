"""The thrasher's command line."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, ClassVar

import pytest

from dfs_core.testing.thrash import __main__ as command
from dfs_core.testing.thrash.figures import Figures


class Told:
    """Stands in for a thrash: seed 2 fails."""

    runs: ClassVar[list[tuple[int, float]]] = []

    def __init__(self, root: Path, seed: int, say: Any) -> None:
        assert root.is_dir()
        self._seed = seed
        say("killed n1")

    async def run(self, storm_s: float) -> Figures:
        self.runs.append((self._seed, storm_s))
        assert self._seed != 2, "a file is gone"
        return Figures(storm_s)


def run(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    Told.runs.clear()
    monkeypatch.setattr(command, "Thrash", Told)
    monkeypatch.setattr(sys, "argv", ["thrash", *words])
    return command.main()


def test_each_seed_is_run_for_so_long(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, "5", "3", "4") == 0
    assert Told.runs == [(3, 5.0), (4, 5.0)]
    assert "nothing was lost" in capsys.readouterr().out


def test_a_failure_is_shown_with_its_seed_and_the_others_still_run(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "5", "2", "3") == 1
    out, err = capfd.readouterr()
    assert "failed: [2]" in out
    assert "a file is gone" in err
    assert Told.runs == [(2, 5.0), (3, 5.0)]


def test_where_the_kernel_does_not_tell_it_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "may_read_proc", lambda: False)
    assert run(monkeypatch) == 2
    assert "/proc" in capsys.readouterr().err
