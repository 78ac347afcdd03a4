"""The counts whose moves are shown."""

from __future__ import annotations

from dataclasses import replace

from dfs_tui.view import events
from dfs_tui.view.cluster import ClusterView, reduce
from dfs_tui.view.counts import copy_counts, key_counts, node_counts, of_copies, of_keys, of_node

from ..worlds import healthy, report


def test_chunks_are_counted_of_nodes_that_answer_only() -> None:
    assert node_counts(healthy(), 0.0) == {of_node(name): 100 for name in ("n1", "n2", "n3")}
    lost = reduce(healthy(), events.LinkLost("n3", "no word", 9.0), 1.0)
    assert set(node_counts(lost, 1.0)) == {of_node("n1"), of_node("n2")}
    for name in ("n1", "n2"):
        lost = reduce(lost, events.LinkLost(name, "no word", 9.0), 1.0)
    assert node_counts(lost, 1.0) == {}


def test_more_copies_than_wanted_count_as_wanted() -> None:
    told = replace(report("n1"), copies_found=(1, 0, 5, 90, 4))
    view = reduce(healthy(), events.NodeReported("n1", told), 1.0)
    assert copy_counts(view) == {of_copies(0): 1, of_copies(1): 0, of_copies(2): 5, of_copies(3): 94}
    assert copy_counts(ClusterView()) == copy_counts(healthy()) == {}


def test_a_count_of_keys_that_has_become_nothing_is_still_one() -> None:
    assert key_counts({3: 7, 1: 2, -1: 5}) == {of_keys(0): 0, of_keys(1): 2, of_keys(2): 0, of_keys(3): 7}
    assert key_counts({}) == {}
