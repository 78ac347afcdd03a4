"""How fast something moves, and what is left of it."""

from __future__ import annotations

import pytest

from dfs_tui.view.rates import STALLED_S, Rate


def steady(per_s: float, seconds: float, step_s: float = 0.25) -> Rate:
    rate = Rate.begin(0.0)
    for number in range(1, int(seconds / step_s) + 1):
        rate = rate.observe(number * step_s, int(per_s * number * step_s))
    return rate


def test_a_steady_flow_is_told_as_it_is_from_the_start() -> None:
    assert steady(1000, 0.5).per_s == pytest.approx(1000)
    assert steady(1000, 30).per_s == pytest.approx(1000)


def test_a_change_is_followed_within_a_few_seconds() -> None:
    rate = steady(1000, 20)
    for number in range(1, 41):
        rate = rate.observe(20 + number * 0.25, 20000 + number * 50)
    assert 200 <= rate.per_s < 400


def test_the_remaining_time_waits_for_enough_data() -> None:
    assert steady(1000, 1).remaining_s(10_000, 1.0) is None
    assert steady(1000, 4).remaining_s(10_000, 4.0) == pytest.approx(6.0)


def test_an_unknown_size_has_no_remaining_time() -> None:
    assert steady(1000, 10).remaining_s(-1, 10.0) is None


def test_what_stands_still_is_stalled_and_has_no_remaining_time() -> None:
    rate = steady(1000, 10)
    later = 10 + STALLED_S
    assert rate.stalled_s(10.5) is None
    assert rate.stalled_s(later) == pytest.approx(STALLED_S)
    assert rate.remaining_s(20_000, later) is None


def test_the_same_total_at_a_later_time_does_not_count_as_movement() -> None:
    rate = steady(1000, 10).observe(14.0, 10_000)
    assert rate.stalled_s(14.0) is not None


def test_a_smaller_total_begins_anew() -> None:
    assert steady(1000, 10).observe(11.0, 0) == Rate.begin(11.0)


def test_two_observations_at_one_moment_do_not_divide_by_zero() -> None:
    rate = Rate.begin(5.0).observe(5.0, 100)
    assert (rate.total, rate.per_s) == (100, 0.0)
