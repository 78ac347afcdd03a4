"""Which versions a policy keeps: each rule by itself, and that they hold for any history."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from dfs_core.catalog.settings import SETTINGS
from dfs_core.model.retention import THINNED_ABOVE, Aged, Policy, expired

DAY = 86_400_000
POLICY = Policy(versions=10, age_ms=30 * DAY, removed_ms=30 * DAY)


def contents(*ages_days: float, first: int = 1) -> list[Aged]:
    """Contents of these ages at day 1,000, oldest first."""
    return [Aged(first + place, int((1_000 - age) * DAY), False) for place, age in enumerate(ages_days)]


def gone(rows: list[Aged], policy: Policy = POLICY, day: float = 1_000) -> list[int]:
    return expired(rows, policy, int(day * DAY))


def test_the_defaults_are_ten_versions_thirty_days_and_thirty_days_after_a_removal() -> None:
    assert Policy.of({name: setting.default for name, setting in SETTINGS.items()}) == POLICY


def test_a_key_without_history_loses_nothing() -> None:
    assert gone([]) == []
    assert gone(contents(900)) == []


def test_the_ten_newest_stay_however_old_they_are() -> None:
    assert gone(contents(*range(900, 890, -1))) == []
    assert gone(contents(*range(900, 888, -1))) == [1, 2]


def test_what_is_younger_than_thirty_days_stays_beyond_the_ten() -> None:
    rows = contents(31, 30, 29.99, *([5] * 10))
    assert gone(rows) == [1, 2]


def test_the_current_version_stays_under_the_tightest_policy() -> None:
    assert gone(contents(3, 2, 1), Policy(1, 0, 1)) == [1, 2]


def test_a_removed_key_keeps_its_history_until_its_tombstone_is_old() -> None:
    rows = [*contents(400, 300), Aged(3, 970 * DAY + 1, True)]
    assert gone(rows) == []
    assert gone(rows, day=1_000.1) == [1, 2, 3]


def test_an_old_tombstone_takes_what_it_ended_although_the_key_was_stored_again() -> None:
    rows = [*contents(90, 80), Aged(3, 960 * DAY, True), *contents(35, 34, first=4)]
    assert gone(rows) == [1, 2, 3]


def test_a_young_tombstone_takes_nothing_with_it_and_counts_as_no_version() -> None:
    rows = [*contents(90, 80), Aged(3, 999 * DAY, True), *contents(0.5, first=4)]
    assert gone(rows, Policy(2, 0, 30 * DAY)) == [1]


def test_history_that_is_switched_off_still_lets_a_removal_be_undone() -> None:
    rows = [*contents(90, 80), Aged(3, 999 * DAY, True)]
    assert gone(rows, Policy(1, 0, 30 * DAY)) == [1]


def test_a_hundred_young_versions_are_not_thinned_and_one_more_costs_the_one_with_the_closest_neighbours() -> None:
    minute = DAY // 1440
    rows = [Aged(number, 999 * DAY + number * minute, False) for number in range(1, 101)]
    assert gone(rows) == []
    crowded = [*rows[:50], Aged(1_000, 999 * DAY + 50 * minute + 1, False), *rows[50:]]
    assert gone(crowded) == [1_000]


def test_thinning_leaves_the_past_sparse_and_spread_out() -> None:
    rows = [Aged(number, 990 * DAY + number * 60_000, False) for number in range(1, 10_001)]
    lost = set(gone(rows))
    kept = [row for row in rows if row.number not in lost]
    assert len(kept) == THINNED_ABOVE
    assert [row.number for row in kept[-10:]] == list(range(9_991, 10_001))
    gaps = [later.number - earlier.number for earlier, later in pairwise(kept)]
    assert max(gaps) <= 4 * (10_000 // THINNED_ABOVE), "no stretch of the past is lost"


def test_the_newest_tombstone_is_not_thinned_away() -> None:
    rows = [Aged(number, 999 * DAY + number, number % 2 == 0) for number in range(1, 301)]
    lost = set(gone(rows))
    assert 300 not in lost
    assert len(rows) - len(lost) == THINNED_ABOVE


some_rows = st.lists(st.tuples(st.integers(0, 40 * DAY), st.booleans()), max_size=150).map(
    lambda items: [
        Aged(number, log_ms, removed)
        for number, (log_ms, removed) in enumerate(sorted(items, key=lambda item: item[0]), 1)
    ]
)
some_policy = st.builds(Policy, st.integers(1, 100), st.integers(0, 40 * DAY), st.integers(1_000, 40 * DAY))


@given(some_rows, some_policy, st.integers(40 * DAY, 90 * DAY))
def test_for_any_history_the_promises_hold_and_a_second_look_finds_nothing(
    rows: list[Aged], policy: Policy, now_ms: int
) -> None:
    lost = expired(rows, policy, now_ms)
    assert lost == sorted(set(lost))
    kept = [row for row in rows if row.number not in lost]
    assert not expired(kept, policy, now_ms)
    if rows and not rows[-1].removed:
        assert rows[-1] in kept, "the current version"
    for row in kept:
        assert not any(
            later.removed and now_ms - later.log_ms >= policy.removed_ms for later in rows[row.number - 1 :]
        ), "what was removed long ago is gone"
    assert len(kept) <= max(THINNED_ABOVE, policy.versions + 2)
    alive = rows[max((r.number for r in rows if r.removed and now_ms - r.log_ms >= policy.removed_ms), default=0) :]
    assert {r.number for r in [r for r in alive if not r.removed][-policy.versions :]} <= {r.number for r in kept}
