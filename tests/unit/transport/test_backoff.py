"""Waits between dials: doubling, bounded, jittered, forgotten on success."""

from __future__ import annotations

from random import Random

from dfs_core.limits import DIAL_BACKOFF_S_MAX, DIAL_BACKOFF_S_MIN
from dfs_core.transport.backoff import Backoff


def test_waits_grow_to_a_bound() -> None:
    backoff = Backoff(Random(1))
    ceiling = DIAL_BACKOFF_S_MIN
    for _ in range(20):
        assert ceiling / 2 <= backoff.next_s() <= ceiling
        ceiling = min(2 * ceiling, DIAL_BACKOFF_S_MAX)
    assert ceiling == DIAL_BACKOFF_S_MAX


def test_a_reset_starts_anew() -> None:
    backoff = Backoff(Random(1))
    for _ in range(9):
        backoff.next_s()
    backoff.reset()
    assert backoff.next_s() <= DIAL_BACKOFF_S_MIN


def test_two_nodes_do_not_keep_step() -> None:
    one, other = Backoff(Random(1)), Backoff(Random(2))
    assert [one.next_s() for _ in range(5)] != [other.next_s() for _ in range(5)]


def test_the_same_seed_waits_the_same() -> None:
    one, other = Backoff(Random(3)), Backoff(Random(3))
    assert [one.next_s() for _ in range(5)] == [other.next_s() for _ in range(5)]
