from __future__ import annotations

from collections.abc import Iterable, Iterator

import pytest

from dfs_core.testing import seeds


def test_a_seed_that_fails_is_told_with_what_went_wrong_and_the_others_are_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def simulate(seed: int) -> None:
        assert seed != 2, "two is bad"

    def one_by_one(wanted: Iterable[int]) -> Iterator[tuple[int, str]]:
        yield from map(seeds.try_seed, wanted)

    monkeypatch.setattr(seeds, "simulate", simulate)
    assert seeds.run(range(1, 4), one_by_one) == [2]
    told = capsys.readouterr().out
    assert "seed 2 failed" in told
    assert "two is bad" in told
    assert "3 seeds in" in told
    assert seeds.run([1, 3], one_by_one) == []
    assert "none failed" in capsys.readouterr().out
