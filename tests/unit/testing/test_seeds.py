from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from dfs_core.testing import seeds


def one_by_one(wanted: Iterable[int]) -> Iterator[seeds.Tried]:
    yield from map(seeds.try_seed, wanted)


@pytest.fixture(autouse=True)
def ran(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The seeds that were run; two is bad."""
    ran: list[int] = []

    def simulate(seed: int) -> tuple[str, str]:
        ran.append(seed)
        assert seed != 2, "two is bad"
        return "figures", "trace"

    monkeypatch.setattr(seeds, "simulate", simulate)
    return ran


def test_a_seed_that_fails_is_told_with_what_went_wrong_and_the_others_are_run(
    ran: list[int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert seeds.run(range(1, 4), one_by_one) == [2]
    told = capsys.readouterr().out
    assert "seed 2 failed" in told
    assert "two is bad" in told
    assert "3 seeds in" in told
    assert ran == [1, 2, 3]
    assert seeds.run([1, 3], one_by_one) == []
    assert "none failed" in capsys.readouterr().out


def test_a_seed_alone_is_told_with_its_trace(capsys: pytest.CaptureFixture[str]) -> None:
    assert seeds.run([1], one_by_one) == []
    assert "1 trace figures" in capsys.readouterr().out


def test_what_the_log_names_is_not_run_again_and_its_failures_still_count(ran: list[int], tmp_path: Path) -> None:
    log = tmp_path / "seeds.txt"
    assert seeds.run(range(1, 4), one_by_one, log) == [2]
    log.write_text(log.read_text() + "4 pas")  # and there the machine was switched off
    assert seeds.run(range(1, 6), one_by_one, log) == [2]
    assert ran == [1, 2, 3, 4, 5]
