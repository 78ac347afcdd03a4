"""The orders of the key list."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfs_tui.view.sort import COLUMNS, Order
from dfs_tui.view.values import KeyEntry

KEYS = [KeyEntry("b", 1, 10, 5.0, 3), KeyEntry("a", 2, 10, 9.0, 1), KeyEntry("c", 3, 99, 1.0, 2)]


@pytest.mark.parametrize(("column", "keys"), [("key", "abc"), ("size", "cab"), ("copies", "acb"), ("age", "abc")])
def test_what_people_want_first_comes_first(column: str, keys: str) -> None:
    assert "".join(entry.key for entry in sorted(KEYS, key=Order(column).rank)) == keys


@given(
    st.lists(st.tuples(st.text(max_size=3), st.integers(0, 3), st.integers(0, 3)), unique_by=lambda item: item[0]),
    st.sampled_from(COLUMNS),
    st.booleans(),
)
def test_the_quick_way_to_arrange_is_the_order_of_the_ranks(
    items: list[tuple[str, int, int]], column: str, reverse: bool
) -> None:
    entries = {key: KeyEntry(key, 1, size, float(size % 2), copies) for key, size, copies in items}
    order = Order(column, reverse)
    by_rank = sorted(entries, key=lambda key: order.rank(entries[key]), reverse=reverse)
    assert order.arranged(entries) == by_rank


def test_next_goes_round_all_columns() -> None:
    order = Order()
    seen = []
    for _ in COLUMNS:
        seen.append(order.column)
        order = order.next()
    assert tuple(seen) == COLUMNS
    assert order == Order()


def test_only_the_order_of_the_nodes_is_natural() -> None:
    assert Order().natural
    assert not Order().turned().natural
    assert not Order("size").natural
    assert Order("size").turned().turned() == Order("size")
