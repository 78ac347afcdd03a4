from __future__ import annotations

from pathlib import Path

import pytest

from dfs_core.testing import simulation
from dfs_core.testing.cluster import SimNode, run_simulated
from dfs_core.testing.history import DONE, Attempt
from dfs_core.testing.simulation import Simulation, simulate


@pytest.fixture(autouse=True)
def short_storms(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulation, "STORM_S", 3.0)


def test_a_seed_that_fails_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(self: Simulation) -> None:
        raise AssertionError("no")

    monkeypatch.setattr(Simulation, "run", fail)
    with pytest.raises(AssertionError) as caught:
        simulate(12)
    assert caught.value.__notes__ == ["seed 12"]


def test_a_chunk_that_is_lost_afterwards_is_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulation, "HEALED_WITHIN_S", 5.0)

    class Lossy(Simulation):
        async def _judge_open(self) -> None:
            await super()._judge_open()
            for place in self.cluster.nodes:
                place.store.chunks.clear()

        async def _check_readable(self, place: SimNode, attempt: Attempt) -> None:
            """It would find out before."""

    with pytest.raises(AssertionError, match="every chunk is where it belongs") as caught:
        run_simulated(1, lambda: _run(Lossy, tmp_path))
    assert "lacks" in caught.value.__notes__[0]


def test_a_version_that_was_never_stored_is_found_out(tmp_path: Path) -> None:
    class Forgetful(Simulation):
        async def _judge_open(self) -> None:
            await super()._judge_open()
            self.history.end(self.history.begin("a/1", b"x", b"1" * 16), DONE, 10_000)

    with pytest.raises(Exception, match="has no version 10000"):
        run_simulated(1, lambda: _run(Forgetful, tmp_path))


async def _run(kind: type[Simulation], folder: Path) -> None:
    await kind(1, folder).run()
