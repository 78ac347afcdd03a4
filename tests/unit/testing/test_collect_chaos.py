from __future__ import annotations

import pytest

from dfs_core.testing import collect_chaos
from dfs_core.testing.collect_chaos import ChunkLost, CollectChaos, run


def test_a_run_stores_purges_and_collects_and_is_the_same_for_the_same_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collect_chaos, "STORM_S", 4.0)
    figures = run(3)
    assert figures.stored
    assert figures.purged
    assert figures.condemned_at
    assert run(3) == figures


def test_a_chunk_that_is_taken_away_behind_the_cluster_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collect_chaos, "STORM_S", 4.0)
    check = CollectChaos.check_copies

    def steal(chaos: CollectChaos) -> None:
        check(chaos)
        for place in chaos.cluster.nodes:
            place.store.chunks.clear()
        check(chaos)

    monkeypatch.setattr(CollectChaos, "check_copies", steal)
    with pytest.raises((ChunkLost, ExceptionGroup)) as caught:
        run(3)
    lost = caught.value
    assert isinstance(lost, ChunkLost) or lost.subgroup(ChunkLost) is not None
    assert "seed 3" in lost.__notes__
