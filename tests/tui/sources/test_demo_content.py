"""Generated keys."""

from __future__ import annotations

import random

from dfs_tui.sources.demo_content import COPIES, generate_keys
from dfs_tui.view.plan import key_problem

from ..worlds import WALL_S


def test_generated_keys_are_valid_seeded_and_held_by_as_many_nodes_as_there_are_copies() -> None:
    keys = generate_keys(random.Random(1), 300, ["n1", "n2", "n3", "n4"], WALL_S)
    assert len(keys) == 300
    assert keys == generate_keys(random.Random(1), 300, ["n1", "n2", "n3", "n4"], WALL_S)
    for key in keys.values():
        assert not key_problem(key.entry.key)
        assert len(key.holders) == key.entry.copies == COPIES
        assert key.entry.size_bytes > 0
        assert key.entry.stored_s < WALL_S


def test_fewer_nodes_hold_fewer_copies() -> None:
    (key,) = generate_keys(random.Random(1), 1, ["n1"], WALL_S).values()
    assert key.entry.copies == 1
