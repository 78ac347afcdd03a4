"""What share a node should have, and weights whose draws give it exactly that."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfs_core.model.shares import achievable_shares, draw_weights

capacities = st.lists(st.integers(1, 10**9), min_size=1, max_size=8)


@given(capacities, st.integers(1, 7))
def test_shares_add_up_to_the_copies_and_none_is_more_than_one_copy(sizes: list[int], copies: int) -> None:
    shares = achievable_shares(sizes, copies)
    assert sum(shares) == pytest.approx(min(copies, len(sizes)))
    assert all(0 < share <= 1 for share in shares)


@given(capacities, st.integers(1, 7))
def test_who_does_not_hold_everything_holds_in_proportion_to_its_capacity(sizes: list[int], copies: int) -> None:
    shares = achievable_shares(sizes, copies)
    rates = [share / size for share, size in zip(shares, sizes, strict=True) if share < 1]
    assert all(rate == pytest.approx(rates[0]) for rate in rates)
    full = [1 / size for share, size in zip(shares, sizes, strict=True) if share == 1]
    assert not rates or all(rate <= rates[0] * (1 + 1e-9) for rate in full), "a full node has at least the others' rate"


@pytest.mark.parametrize(
    ("sizes", "copies", "shares"),
    [
        ([4, 1, 1], 2, [1.0, 0.5, 0.5]),
        ([3, 2, 1], 2, [1.0, 2 / 3, 1 / 3]),
        ([1, 1, 1, 1], 3, [0.75] * 4),
        ([100, 90, 1, 1], 3, [1.0, 1.0, 0.5, 0.5]),
        ([5, 5], 3, [1.0, 1.0]),
    ],
)
def test_shares_by_hand(sizes: list[int], copies: int, shares: list[float]) -> None:
    assert achievable_shares(sizes, copies) == pytest.approx(shares)


def chances(weights: list[float], draws: int) -> list[float]:
    """By going through every order in which nodes can be drawn."""
    given = [0.0] * len(weights)
    for order in permutations(range(len(weights)), draws):
        chance, left = 1.0, sum(weights)
        for place in order:
            chance *= weights[place] / left
            left -= weights[place]
        for place in order:
            given[place] += chance
    return given


@given(st.lists(st.integers(1, 40), min_size=2, max_size=6), st.integers(1, 4))
def test_draws_with_the_weights_give_the_shares(sizes: list[int], copies: int) -> None:
    copies = min(copies, len(sizes))
    shares = achievable_shares(sizes, copies)
    weights = draw_weights(shares, copies)
    drawn = [weight for weight in weights if weight is not None]
    rest = [share for share, weight in zip(shares, weights, strict=True) if weight is not None]
    assert all(share == 1 for share, weight in zip(shares, weights, strict=True) if weight is None)
    assert chances(drawn, copies - weights.count(None)) == pytest.approx(rest, rel=0.01)


def test_equal_nodes_have_equal_weights() -> None:
    assert draw_weights(achievable_shares([7] * 5, 3), 3) == [1.0] * 5
