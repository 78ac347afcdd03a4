"""Seeds decide everything, and a run ends in calm."""

from __future__ import annotations

from random import Random

import pytest

from dfs_core.testing.raft_chaos import RaftChaos, run
from dfs_core.testing.raft_checks import RaftViolation


def test_seeds_differ_in_what_befalls_a_cluster() -> None:
    chosen = {tuple(sorted({action.__name__ for action in RaftChaos(seed).actions})) for seed in range(20)}
    assert len(chosen) > 10
    assert {len(RaftChaos(seed).cluster.nodes) for seed in range(40)} >= {1, 2, 3, 4, 5, 6}


def test_a_run_ends_with_all_members_level() -> None:
    chaos = RaftChaos(3)
    outcome = chaos.run()
    assert chaos.is_level()
    assert outcome.acknowledged > 0
    assert {node.applied for node in chaos.members()} == {len(chaos.cluster.checks.applied)}


def test_a_cluster_that_cannot_come_to_rest_is_a_broken_promise() -> None:
    chaos = RaftChaos(3)
    chaos.cluster.heal = lambda: None  # type: ignore[method-assign]
    for node in chaos.cluster.nodes.values():
        chaos.cluster.isolate(node)
    with pytest.raises(RaftViolation, match="no progress"):
        chaos.calm_down()


def test_the_dice_of_a_run_are_its_own() -> None:
    Random(0).random()
    assert run(7, steps=10) == run(7, steps=10)
